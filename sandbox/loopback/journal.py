"""What a server was asked, for tests to read; tokens and signatures are never in it."""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 1_000_000


@dataclass(slots=True)
class Call:
    """One call; `sent` grows while its body goes out, `blob` is what `sharedaccess` gave.

    `query` is there for deletes alone: their parameters say what goes, and hold no signature.
    """

    method: str
    path: str
    status: int
    token_sent: bool
    blob: str | None = None
    range: str | None = None
    sent: int = 0
    query: str | None = None


class Journal:
    """The last million calls, oldest first; a call is in it before its answer is on the wire."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_KEPT)

    def add(self, call: Call) -> None:
        """Note a call."""
        self._calls.append(call)

    def calls(self) -> tuple[Call, ...]:
        """Give the calls."""
        # Copying runs without releasing the interpreter lock, so no append comes in between.
        return tuple(self._calls.copy())

    def clear(self) -> None:
        """Forget the calls."""
        self._calls.clear()

    def to_json(self) -> list[dict[str, Any]]:
        """Give the calls as GET `/_sandbox/journal` does."""
        return [asdict(call) for call in self.calls()]
