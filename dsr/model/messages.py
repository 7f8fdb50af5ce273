"""The messages of the app's own queues: ids and numbers, never anything personal."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

REQUESTS: Final = "dsr-requests"
PLAN: Final = "dsr-plan"
EXPORT: Final = "dsr-export"
DELETE: Final = "dsr-delete"
FINISH: Final = "dsr-finish"
QUEUES: Final = (REQUESTS, PLAN, EXPORT, DELETE, FINISH)
"""The queues that the app listens to; the first is for others to send to."""

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class _Message:
    request: str

    def to_bytes(self) -> bytes:
        """Give the message's body (before the queue's Base64)."""
        return json.dumps({"v": 1} | asdict(self), separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Read a message; raises ValueError where it is none of ours."""
        try:
            value: Any = json.loads(body)
        except RecursionError:
            value = None
        if not isinstance(value, dict) or value.pop("v", None) != 1:
            raise ValueError("not a message of this version")
        if not _ID.fullmatch(str(value.get("request"))):
            raise ValueError("not a message about a request")
        try:
            return cls(**value)
        except TypeError:
            raise ValueError("not a message of this queue") from None


@dataclass(frozen=True, slots=True)
class PlanMessage(_Message):
    """One step of planning.

    `start` opens every workspace; `workspace` reads a workspace's record and users; `list` reads
    page `page` of kind number `kind`; `dispatch` sends the batches of an approved plan.
    """

    step: Literal["start", "workspace", "list", "dispatch"] = "start"
    workspace: int = 0
    kind: int = 0
    page: int = 0
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class ExportMessage(_Message):
    """One attempt at one batch, which is the plan's page `page`, staged into part `part`.

    `whole` does all of it; else only what the attempt before deferred. `tries` counts the
    attempts before it, in a row, in which some asset was asked for in vain.
    """

    batch: int = 0
    page: str = ""
    part: int = 1
    attempt: int = 0
    whole: bool = True
    tries: int = 0


@dataclass(frozen=True, slots=True)
class DeleteMessage(_Message):
    """One attempt at one batch of deletes, which is the plan's page `page`."""

    batch: int = 0
    page: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class FinishMessage(_Message):
    """One look at whether all batches are there, and the finishing if they are.

    A `nudge` comes from the worker that saw the last batch done; no look follows it.
    """

    attempt: int = 0
    nudge: bool = False
