"""When a message is sent again: the app's own backoff (the queue trigger has none)."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dsr.model.record import RequestRecord
from dsr.usecases.ports import Ports

_NOTABLE: Final = 60.0
ATTEMPTS: Final = 4
"""Times that one step is tried by messages, each of which tries a call three times."""
_LONGEST: Final = 3600.0


def delay(first: float, attempt: int, retry_after: float = 0.0) -> float:
    """Give the seconds before attempt number `attempt` (from 1); Retry-After is obeyed.

    `first` is the wait before attempt 1; each following one is three times as long.
    """
    return min(max(first * 3.0 ** (attempt - 1), retry_after), _LONGEST)


def be_patient(ports: Ports, request_id: str, seconds: float) -> None:
    """Write down a long wait, so that the sweeper does not take it for a standstill."""
    if seconds < _NOTABLE:
        return
    until = ports.now() + timedelta(seconds=seconds)

    def patient(record: RequestRecord) -> RequestRecord | None:
        if record.final or (record.wait_until and record.wait_until >= until):
            return None
        return replace(record, wait_until=until)

    ports.ledger.update(request_id, patient)
