"""When a message is sent again: the app's own backoff (the queue trigger has none)."""

from typing import Final

ATTEMPTS: Final = 4
"""Times that one step is tried by messages, each of which tries a call three times."""
_LONGEST: Final = 3600.0


def delay(first: float, attempt: int, retry_after: float = 0.0) -> float:
    """Give the seconds before attempt number `attempt` (from 1); Retry-After is obeyed.

    `first` is the wait before attempt 1; each following one is three times as long.
    """
    return min(max(first * 3.0 ** (attempt - 1), retry_after), _LONGEST)
