"""The audit chain of a request: an append blob in `dsr-evidence`."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from dsr.model.record import stamp
from dsr.model.request import canonical
from dsr.storage.blobs import Blobs, Changed, Missing

_FIRST = "0" * 64


class AuditTrail:
    """Appends events to `{request_id}/audit.ndjson`; each line holds the hash of the one before."""

    def __init__(self, blobs: Blobs, now: Callable[[], datetime]) -> None:
        self._blobs = blobs
        self._now = now

    def record(self, request_id: str, event: str, detail: dict[str, Any]) -> None:
        """Append one event; `detail` holds no identifier and no free text."""
        name = f"{request_id}/audit.ndjson"
        while True:
            try:
                before = self._blobs.read(name).data
            except Missing:
                before = b""
            lines = before.splitlines()
            line = chained(
                len(lines),
                stamp(self._now()),
                event,
                detail,
                json.loads(lines[-1])["hash"] if lines else _FIRST,
            )
            try:
                self._blobs.append(name, line, len(before))
            except Changed:
                continue  # another writer was first: chain to its line
            return


def chained(seq: int, at: str, event: str, detail: dict[str, Any], prev: str) -> bytes:
    """Give a line of the chain: `hash` is SHA-256 over the canonical JSON of all but itself."""
    body = {"seq": seq, "at": at, "event": event, "detail": detail, "prev": prev}
    digest = hashlib.sha256(canonical(body)).hexdigest()
    return canonical(body | {"hash": digest}) + b"\n"
