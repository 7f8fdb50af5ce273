"""Bytes of datasets, run outputs and logs, readable from any position."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator


class Content(ABC):
    """Immutable bytes with a known size.

    Two contents with equal bytes of the same class have the same `etag`; it is a strong entity
    tag in the form that Azure Blob Storage gives (quoted, `0x8` and 14 hex digits).
    """

    size: int
    etag: str

    @abstractmethod
    def read(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Give the bytes from `start` on, at most `length`, in pieces of at most 256 KiB."""

    def open_bytes(self) -> bytes:
        """Give everything at once; for content that fits in memory."""
        return b"".join(self.read())

    def sha256(self) -> str:
        """Give the hex SHA-256 without holding the content in memory."""
        digest = hashlib.sha256()
        for piece in self.read():
            digest.update(piece)
        return digest.hexdigest()


class StoredContent(Content):
    """Content held in memory."""

    _PIECE = 256 * 1024

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.etag = _etag(data)

    def read(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Give slices of the stored bytes."""
        end = self.size if length is None else min(self.size, start + length)
        for at in range(start, end, self._PIECE):
            yield self.data[at : min(end, at + self._PIECE)]


class SyntheticContent(Content):
    """Content of any size that is computed where it is read and never held.

    It repeats one block derived from `seed`; the first 8 bytes of each repetition are its number,
    big-endian, so that a piece at a wrong place shows in a checksum.
    """

    BLOCK = 256 * 1024

    def __init__(self, size: int, seed: str) -> None:
        self.size = size
        self.seed = seed
        self.etag = _etag(f"{size}:{seed}".encode())
        self._tail = hashlib.shake_256(seed.encode()).digest(self.BLOCK - 8)

    def read(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Compute the blocks that the range touches, one at a time."""
        end = self.size if length is None else min(self.size, start + length)
        at = start
        while at < end:
            number, skip = divmod(at, self.BLOCK)
            take = min(self.BLOCK - skip, end - at)
            block = number.to_bytes(8, "big") + self._tail
            yield block if take == self.BLOCK else block[skip : skip + take]
            at += take


def text(value: str) -> StoredContent:
    """Give a text as UTF-8 content."""
    return StoredContent(value.encode())


def _etag(data: bytes) -> str:
    return f'"0x8{hashlib.sha256(data).hexdigest()[:14].upper()}"'
