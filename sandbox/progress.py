"""A request's progress as lines for a terminal: one a stage, with the status document's counts."""

import sys
import time
from collections.abc import Callable
from typing import Any, Final, TextIO

_STAGES: Final = {
    "received": "received",
    "planning": "planning: who owns what",
    "awaiting_approval": "waiting for approval",
    "running": "exporting",
    "verifying": "joining the package",
}
_DELETING: Final = {
    "running": "deleting, looking again",
    "verifying": "adding up",
}
_SHOWN: Final = ("exported", "deleted", "manual", "retained", "skipped", "failed")


class ProgressLines:
    """Shows a status document as it changes; on a terminal a stage's line is rewritten in place."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._stage = ""
        self._line = ""

    def show(self, document: dict[str, Any]) -> None:
        """Show the newest state."""
        line = "  " + describe(document)
        if line == self._line:
            return
        if self._out.isatty():
            same = document["status"] == self._stage
            self._out.write(("\r\x1b[K" if same else "\n" if self._stage else "") + line)
        else:
            self._out.write(line + "\n")
        self._out.flush()
        self._stage, self._line = document["status"], line

    def end(self) -> None:
        """Leave the last line."""
        if self._out.isatty():
            self._out.write("\n")


def describe(document: dict[str, Any]) -> str:
    """Give one line for a status document."""
    counts = document["counts"]
    done = sum(counts[name] for name in _SHOWN)
    parts = [f"{counts[name]} {name}" for name in _SHOWN if counts[name]]
    words = _STAGES | (_DELETING if document.get("type") == "delete" else {})
    text = f"{words.get(document['status'], document['status']):<26}"
    text += f" {done:>5} of {counts['total']} assets"
    if parts:
        text += f"  ({', '.join(parts)})"
    if counts["unattributed"]:
        text += f"  [{counts['unattributed']} unattributed]"
    return text


def follow(
    read: Callable[[], dict[str, Any]], lines: ProgressLines, seconds: float = 600.0
) -> dict[str, Any]:
    """Show a request until it waits for someone or ends; raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        document = read()
        lines.show(document)
        if document["status"] not in ("received", "planning", "running", "verifying"):
            lines.end()
            return document
        if time.monotonic() > deadline:
            lines.end()
            raise TimeoutError(f"the request is still {document['status']}")
        time.sleep(0.15)
