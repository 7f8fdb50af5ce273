"""NCRONTAB: `{second} {minute} {hour} {day} {month} {day of week}`, as timer triggers take it."""

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
        end = at + timedelta(days=366 * 5)
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
        base, _, step = part.partition("/")
        try:
            if base == "*":
                first, last = low, high
            else:
                start, _, stop = base.partition("-")
                first = int(start)
                last = int(stop) if stop else (high if step else first)
            every = int(step) if step else 1
        except ValueError:
            raise ValueError(f"{name}: {part!r} is no number, range or step") from None
        if not low <= first <= last <= high or every < 1:
            raise ValueError(f"{name}: {part!r} is outside {low} to {high}")
        found.update(range(first, last + 1, every))
    return frozenset(found)
