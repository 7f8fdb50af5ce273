"""The evidence of a request, in the container `dsr-evidence`: its audit chain, its certificates.

::

    {request_id}/audit.ndjson         an append blob; the lines of `dsr.model.chain`
    {request_id}/certificate-{n}.jws  created once
"""

import json
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from dsr.errors import Conflict
from dsr.model.chain import START, Event, Head, identity, link
from dsr.model.record import stamp
from dsr.storage.blobs import MAX_APPEND, Blobs, Changed, Exists, Missing

_LAST: Final = 64 * 1024
"""Bytes at the end of a chain that hold its last line, however long that is."""


class AuditTrail:
    """Evidence over one container of blobs."""

    def __init__(self, blobs: Blobs, now: Callable[[], datetime]) -> None:
        self._blobs = blobs
        self._now = now

    def record(self, request_id: str, event: str, detail: dict[str, Any]) -> None:
        """Append one event that happens now; `detail` holds no identifier and no free text.

        It gets a random `id`, so that no two such events are taken for one.
        """
        known = detail | {"id": secrets.token_hex(8)}
        chain = _Chain(self._blobs, request_id, whole=False)
        chain.add(Event(event, stamp(self._now()), known))
        chain.flush()

    def chain(self, request_id: str, events: Iterable[Event]) -> Head:
        """Append, in order, those events that are not in the chain yet; give the last one's line.

        Events with the same name and detail are one. Whoever does this at once or again, each
        event stands in the chain once. Raises Conflict where the chain can't be read.
        """
        chain = _Chain(self._blobs, request_id, whole=True)
        last: bytes | None = None
        for event in events:
            last = event.identity
            chain.add(event)
        chain.flush()
        return chain.last if last is None else chain.places[last]

    def read(self, request_id: str) -> bytes | None:
        """Give the chain as it stands; None where there is none yet."""
        try:
            return self._blobs.read(_chain_name(request_id)).data or None
        except Missing:
            return None

    def add_certificate(self, request_id: str, number: int, jws: str) -> bool:
        """Store a certificate; False where there is one of this number already."""
        try:
            self._blobs.create(_certificate_name(request_id, number), jws.encode())
        except Exists:
            return False
        return True

    def certificate(self, request_id: str, number: int) -> str | None:
        """Read a certificate; None where there is none of this number."""
        try:
            return self._blobs.read(_certificate_name(request_id, number)).data.decode()
        except Missing:
            return None


class _Chain:
    """One chain as far as it is known, and the events that wait to be appended to it.

    `places` has the line of every known event, by what tells it from others: of all events where
    the chain was read as a `whole`. `last` is the line that the next one hangs on.
    """

    def __init__(self, blobs: Blobs, request_id: str, whole: bool) -> None:
        self._blobs = blobs
        self._name = _chain_name(request_id)
        self._size = 0
        self._waiting: list[Event] = []
        self._lines: list[bytes] = []
        self._bytes = 0
        self.last = START
        self.places: dict[bytes, Head] = {}
        if whole:
            self._read_on()
        else:
            self._read_the_end()

    def add(self, event: Event) -> None:
        """Append an event, with others, unless it is in the chain."""
        if event.identity in self.places:
            return
        line, head = link(self.last, event)
        if self._bytes + len(line) > MAX_APPEND:
            self.flush()
            line, head = link(self.last, event)
        self.last = self.places[event.identity] = head
        self._waiting.append(event)
        self._lines.append(line)
        self._bytes += len(line)

    def flush(self) -> None:
        """Append what waits; where somebody else was quicker, behind their lines."""
        while self._waiting:
            events, data = self._waiting, b"".join(self._lines)
            self._waiting, self._lines, self._bytes = [], [], 0
            try:
                self._blobs.append(self._name, data, self._size)
            except Changed:
                for event in events:
                    del self.places[event.identity]
                self._read_on()
                for event in events:  # those that are there by now, ours of a lost answer too, go
                    self.add(event)
                continue
            self._size += len(data)

    def _read_on(self) -> None:
        """Read the lines behind those that are known."""
        try:
            data = self._blobs.part(self._name, self._size)
        except Missing:
            data, self._size = b"", 0
        if not self._size:
            self.last = START
        if data and not data.endswith(b"\n"):
            raise _unreadable()
        for text in data.splitlines():
            event, self.last = _read(text)
            self.places[event] = self.last
        self._size += len(data)

    def _read_the_end(self) -> None:
        """Read the last line only."""
        there = self._blobs.look(self._name)
        if there is None or not there.size:
            return
        start = max(0, there.size - _LAST)
        data = self._blobs.part(self._name, start)
        if not data.endswith(b"\n"):
            raise _unreadable()
        _, self.last = _read(data[:-1].rpartition(b"\n")[2])
        self._size = start + len(data)


def _read(text: bytes) -> tuple[bytes, Head]:
    try:
        line = json.loads(text)
        return identity(line["event"], line["detail"]), Head(line["seq"], line["hash"])
    except (ValueError, TypeError, LookupError):
        raise _unreadable() from None


def _unreadable() -> Conflict:
    return Conflict("the audit chain can't be read; something else has written to it")


def _chain_name(request_id: str) -> str:
    return f"{request_id}/audit.ndjson"


def _certificate_name(request_id: str, number: int) -> str:
    return f"{request_id}/certificate-{number}.jws"
