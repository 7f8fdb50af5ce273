"""A container of blobs in memory; passes the same contract suite as the real one."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dsr.storage.blobs import MAX_APPEND, BadBlockList, Blob, BlobInfo, Changed, Exists, Missing


@dataclass
class _Stored:
    data: bytes
    metadata: dict[str, str]
    etag: str
    modified: datetime


class MemoryBlobs:
    def __init__(self) -> None:
        self.blobs: dict[str, _Stored] = {}
        self.blocks: dict[str, dict[str, bytes]] = {}
        self.calls = 0
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._etags = itertools.count(1)
        self._lock = threading.RLock()

    def _store(self, name: str, data: bytes, metadata: dict[str, str] | None) -> None:
        etag = f'"{next(self._etags)}"'
        if not all((metadata or {}).values()):
            raise ValueError("the real service gives an empty value back as none")
        self.blobs[name] = _Stored(bytes(data), dict(metadata or {}), etag, self.now())

    def create(self, name: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
        with self._lock:
            self.calls += 1
            if name in self.blobs:
                raise Exists
            self._store(name, data, metadata)

    def read(self, name: str) -> Blob:
        self.calls += 1
        stored = self.blobs.get(name)
        if stored is None:
            raise Missing(name)
        return Blob(stored.data, stored.etag)

    def part(self, name: str, offset: int, length: int | None = None) -> bytes:
        self.calls += 1
        stored = self.blobs.get(name)
        if stored is None:
            raise Missing(name)
        return stored.data[offset : None if length is None else offset + length]

    def replace(self, name: str, data: bytes, etag: str) -> None:
        with self._lock:
            self.calls += 1
            stored = self.blobs.get(name)
            if stored is None or stored.etag != etag:
                raise Changed
            self._store(name, data, None)

    def put(self, name: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
        with self._lock:
            self.calls += 1
            self._store(name, data, metadata)

    def delete(self, name: str) -> None:
        with self._lock:
            self.calls += 1
            self.blobs.pop(name, None)

    def drop(self, name: str) -> None:
        with self._lock:
            self.calls += 2
            self.blobs.pop(name, None)
            self.blocks.pop(name, None)

    def look(self, name: str) -> BlobInfo | None:
        self.calls += 1
        stored = self.blobs.get(name)
        return None if stored is None else _info(name, stored)

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        self.calls += 1
        for name in sorted(self.blobs):
            if name.startswith(prefix):
                yield _info(name, self.blobs[name])

    def stage(self, name: str, block_id: str, data: bytes) -> None:
        with self._lock:
            self.calls += 1
            blocks = self.blocks.setdefault(name, {})
            assert all(len(known) == len(block_id) for known in blocks), "ids of one length"
            blocks[block_id] = bytes(data)

    def commit(self, name: str, block_ids: Sequence[str], metadata: dict[str, str]) -> None:
        with self._lock:
            self.calls += 1
            if name in self.blobs:
                raise Exists
            blocks = self.blocks.get(name, {})
            if any(block_id not in blocks for block_id in block_ids):
                raise BadBlockList
            data = b"".join(blocks[block_id] for block_id in block_ids)
            self._store(name, data, metadata)
            self.blocks.pop(name, None)

    def staged(self, name: str) -> set[str]:
        self.calls += 1
        return set(self.blocks.get(name, {}))

    def append(self, name: str, data: bytes, at: int) -> None:
        with self._lock:
            self.calls += 1
            assert len(data) <= MAX_APPEND
            before = self.blobs[name].data if name in self.blobs else b""
            if len(before) != at:
                raise Changed
            self._store(name, before + data, None)


def _info(name: str, stored: _Stored) -> BlobInfo:
    return BlobInfo(name, len(stored.data), stored.modified, stored.metadata, stored.etag)
