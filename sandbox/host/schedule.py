"""NCRONTAB: `{second} {minute} {hour} {day} {month} {day of week}`, as timer triggers take it."""

import re
from datetime import datetime, timedelta
from typing import Final

_FIELDS: Final = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 6),
)
_PART: Final = re.compile(r"(?:\*|([0-9]+)(?:-([0-9]+))?)(?:/([0-9]+))?")
_HORIZON: Final = timedelta(days=366 * 41)
"""The longest that a date takes to come again: 29 February on one weekday, over 2100."""


class Schedule:
    """A parsed schedule; raises ValueError where the text is none."""

    def __init__(self, text: str) -> None:
        parts = text.split()
        if len(parts) != len(_FIELDS):
            raise ValueError(f"a schedule has six fields, not {len(parts)}")
        self._allowed = [_numbers(part, *field) for part, field in zip(parts, _FIELDS, strict=True)]

    def after(self, moment: datetime) -> datetime:
        """Give the first time that is later than `moment`; raises ValueError if none ever is."""
        at = moment.replace(microsecond=0) + timedelta(seconds=1)
        second, minute, hour, day, month, weekday = self._allowed
        end = at + _HORIZON
        while at < end:
            if at.month not in month or at.day not in day or at.isoweekday() % 7 not in weekday:
                at = at.replace(hour=0, minute=0, second=0) + timedelta(days=1)
            elif at.hour not in hour:
                at = at.replace(minute=0, second=0) + timedelta(hours=1)
            elif at.minute not in minute:
                at = at.replace(second=0) + timedelta(minutes=1)
            elif at.second not in second:
                at += timedelta(seconds=1)
            else:
                return at
        raise ValueError("the schedule never comes")


def _numbers(text: str, name: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        matched = _PART.fullmatch(part)
        if matched is None:
            raise ValueError(f"{name}: {part!r} is no number, range or step")
        start, stop, step = matched.groups()
        first = int(start) if start else low
        last = int(stop) if stop else (first if start and not step else high)
        every = int(step) if step else 1
        if not low <= first <= last <= high or every < 1:
            raise ValueError(f"{name}: {part!r} is outside {low} to {high}")
        found.update(range(first, last + 1, every))
    return frozenset(found)
