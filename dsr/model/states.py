"""The life of a request as data: its states and the transitions that are allowed."""

from enum import StrEnum
from typing import Final

from dsr.errors import Conflict


class State(StrEnum):
    """The states of a request."""

    RECEIVED = "received"
    PLANNING = "planning"
    AWAITING_APPROVAL = "awaiting_approval"
    RUNNING = "running"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    COMPLETED_WITH_EXCEPTIONS = "completed_with_exceptions"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


_S = State

TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    _S.RECEIVED: frozenset({_S.PLANNING, _S.CANCELLED, _S.FAILED}),
    _S.PLANNING: frozenset(
        {_S.AWAITING_APPROVAL, _S.RUNNING, _S.COMPLETED, _S.CANCELLED, _S.FAILED}
    ),
    _S.AWAITING_APPROVAL: frozenset({_S.RUNNING, _S.REJECTED, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.VERIFYING, _S.CANCELLED, _S.FAILED}),
    _S.VERIFYING: frozenset(
        # back to running: blocks of a batch were lost and it is exported again, or what was
        # exported first is now deleted
        {_S.RUNNING, _S.COMPLETED, _S.COMPLETED_WITH_EXCEPTIONS, _S.CANCELLED, _S.FAILED}
    ),
    _S.COMPLETED: frozenset(),
    # only a delete is run again, for what failed of it
    _S.COMPLETED_WITH_EXCEPTIONS: frozenset({_S.RUNNING}),
    _S.FAILED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
}

FINAL: Final = frozenset(
    {_S.COMPLETED, _S.COMPLETED_WITH_EXCEPTIONS, _S.FAILED, _S.REJECTED, _S.CANCELLED}
)
"""The ends. Nothing leaves them, but that somebody has what failed of a delete run again."""

WITH_PACKAGE: Final = frozenset({_S.COMPLETED, _S.COMPLETED_WITH_EXCEPTIONS})
"""Final states in which an export may have a package; every other end deletes its blob."""


def check_transition(before: State, after: State) -> None:
    """Raise Conflict where the table does not allow the step."""
    if after not in TRANSITIONS[before]:
        raise Conflict(f"the request is {before}; from there it can't become {after}")
