"""When a message is sent again: the app's own backoff (the queue trigger has none)."""

from typing import Final

from dsr.errors import Unavailable

ATTEMPTS: Final = 4
"""Times that one step is tried by messages, each of which tries a call three times."""
_LONGEST: Final = 3600.0


def delay(attempt: int, error: Unavailable | None = None) -> float:
    """Give the seconds before attempt number `attempt` (from 1); Retry-After is obeyed."""
    own = 2.0 * 3.0 ** (attempt - 1)
    return min(max(own, error.retry_after if error else 0.0), _LONGEST)
