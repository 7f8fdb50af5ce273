"""When a request has to be answered, by its regulation."""

import calendar
from datetime import datetime, timedelta


def due_at(regulation: str, submitted_at: datetime) -> datetime:
    """Give the last moment to answer.

    gdpr: one month (Art. 12(3)), to the same day of the next month or that month's last day.
    ccpa: 45 days (Cal. Civ. Code 1798.130(a)(2)).
    """
    if regulation == "ccpa":
        return submitted_at + timedelta(days=45)
    year, month = divmod(submitted_at.year * 12 + submitted_at.month, 12)
    month += 1
    day = min(submitted_at.day, calendar.monthrange(year, month)[1])
    return submitted_at.replace(year=year, month=month, day=day)
