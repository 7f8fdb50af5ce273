"""The audit chain: lines of canonical JSON, each of which holds the hash of the one before.

A line holds `seq` (from 0), `at`, `event`, `detail`, `prev` and `hash`; the hash is SHA-256 over
the canonical form (RFC 8785) of all but itself.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from dsr.model.canonical import rfc8785

_MEMBERS: Final = frozenset({"seq", "at", "event", "detail", "prev", "hash"})


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is to stand in a chain; `detail` holds no identifier and no free text."""

    event: str
    at: str
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> bytes:
        """Give what tells this event from every other of its chain; the time is no part of it."""
        return identity(self.event, self.detail)


def identity(event: str, detail: dict[str, Any]) -> bytes:
    """Give 128 bits that tell an event from others; raises ValueError as `rfc8785` does."""
    return hashlib.sha256(rfc8785([event, detail])).digest()[:16]


@dataclass(frozen=True, slots=True)
class Head:
    """A line of a chain that all lines before it hang on: its number and its hash."""

    seq: int
    hash: str


START: Final = Head(-1, "0" * 64)
"""What the first line hangs on."""


def link(before: Head, event: Event) -> tuple[bytes, Head]:
    """Give an event's line behind another one, and its head; raises ValueError as `rfc8785`."""
    body = {
        "seq": before.seq + 1,
        "at": event.at,
        "event": event.event,
        "detail": event.detail,
        "prev": before.hash,
    }
    digest = hashlib.sha256(rfc8785(body)).hexdigest()
    return rfc8785(body | {"hash": digest}) + b"\n", Head(before.seq + 1, digest)


@dataclass(frozen=True, slots=True)
class Break:
    """What is wrong with a chain; `line` is a line of the file, counted from 1."""

    line: int
    why: str


def broken_at(data: bytes, head: Head | None = None) -> Iterator[Break]:
    """Give what is wrong with a chain, in order; with a `head`, also what it lacks up to there.

    Without a head nobody can tell whether lines were cut off at the end.
    """
    lines = data.split(b"\n")
    if lines.pop():
        yield Break(len(lines) + 1, "is cut off before its end")
    before = START
    for number, text in enumerate(lines, 1):
        line = _read(text)
        if line is None:
            yield Break(number, "is no line of a chain in canonical form: it was changed")
            before = Head(before.seq + 1, "")
            continue
        body = {k: v for k, v in line.items() if k != "hash"}
        if hashlib.sha256(rfc8785(body)).hexdigest() != line["hash"]:
            yield Break(number, "does not have the hash that it states: it was changed")
        if line["seq"] != before.seq + 1:
            why = "lines before it are missing" if line["seq"] > before.seq + 1 else "repeated"
            yield Break(number, f"is number {line['seq']} of the chain and out of place: {why}")
        elif before.hash and line["prev"] != before.hash:
            yield Break(number, "does not hang on the line before it: one of the two was changed")
        before = Head(line["seq"], line["hash"])
        if head is not None and line["seq"] == head.seq and line["hash"] != head.hash:
            yield Break(number, "is another line than the one that the certificate names")
    if head is not None and len(lines) <= head.seq:
        yield Break(len(lines) + 1, f"is missing: the certificate names line {head.seq + 1}")


def _read(text: bytes) -> dict[str, Any] | None:
    """Read a line; None where it has another form than the one that is written."""
    try:
        line = json.loads(text)
        if rfc8785(line) != text or set(line) != _MEMBERS or type(line["seq"]) is not int:
            return None
    except (ValueError, TypeError, RecursionError):
        return None
    texts = all(isinstance(line[k], str) for k in ("at", "event", "prev", "hash"))
    return line if texts and isinstance(line["detail"], dict) else None
