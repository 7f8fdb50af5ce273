"""Writing the pages of a plan, each of which is one batch of the work."""

import hashlib
import secrets
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from dsr.model.listing import PageRef
from dsr.model.plan import BATCH_BYTES, LARGE, PlanEntry, to_ndjson
from dsr.usecases.ports import Ports

_BESIDE: Final = ThreadPoolExecutor(16, thread_name_prefix="pages")
"""What stores a page while the next one is made."""
_UNDER_WAY: Final = 2
"""Pages of one writer that are being stored at most: each is held in memory."""


class PageWriter:
    """Collects entries to pages of `limit` entries, whose deletes are of one `stage`."""

    def __init__(self, ports: Ports, request_id: str, key: str, limit: int, stage: int = 0) -> None:
        self._ports = ports
        self._request_id = request_id
        self._name = f"{key}-{secrets.token_hex(8)}"
        self._limit = limit
        self._stage = stage
        self._entries: list[PlanEntry] = []
        self._bytes = 0
        self._pages: list[PageRef] = []
        self._storing: deque[Future[None]] = deque()

    def add(self, *together: PlanEntry) -> None:
        """Add entries that have to be on one page; raises what storing an earlier page raised."""
        size = sum(entry.size or 0 for entry in together)
        if self._entries and (
            len(self._entries) + len(together) > self._limit or self._bytes + size > BATCH_BYTES
        ):
            self._flush()
        self._entries += together
        self._bytes += size

    def close(self) -> tuple[PageRef, ...]:
        """Write what is left; give all pages once they are stored, or raise what that raised."""
        if self._entries:
            self._flush()
        while self._storing:
            self._storing.popleft().result()
        return tuple(self._pages)

    def _flush(self) -> None:
        data = to_ndjson(self._entries)
        name = f"{self._name}-{len(self._pages):06d}"
        while len(self._storing) >= _UNDER_WAY:
            self._storing.popleft().result()
        self._storing.append(
            _BESIDE.submit(self._ports.ledger.add_page, self._request_id, name, data)
        )
        # a header and a last, shorter block a large file; a segment for the rest
        blocks = 2 + 2 * sum(1 for e in self._entries if e.size is None or e.size >= LARGE)
        digest = hashlib.sha256(data).hexdigest()
        self._pages.append(
            PageRef(name, digest, len(self._entries), self._bytes, blocks, self._stage)
        )
        self._entries, self._bytes = [], 0
