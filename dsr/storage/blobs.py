"""A container of blobs, as little of it as the processor needs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

MAX_APPEND: Final = 4 * 1024 * 1024
"""Bytes that one append may have."""


class Exists(Exception):
    """A blob of this name is there already."""


class Missing(Exception):
    """There is no blob of this name."""


class Changed(Exception):
    """The blob is not the version that the call is conditional on."""


class BadBlockList(Exception):
    """The list names a block that is not there."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob as read whole."""

    data: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob as a listing or a look at its properties shows it; `size` in bytes."""

    name: str
    size: int
    modified: datetime
    metadata: dict[str, str]
    etag: str


class Blobs(Protocol):
    """One container. Every call is one request to the service, but for long listings."""

    def create(self, name: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
        """Write a blob where there is none; raises Exists."""

    def read(self, name: str) -> Blob:
        """Read a blob whole; raises Missing."""

    def part(self, name: str, offset: int, length: int | None = None) -> bytes:
        """Read `length` bytes from `offset` on, or all up to the blob's end, where it may be none.

        Raises Missing.
        """

    def replace(self, name: str, data: bytes, etag: str) -> None:
        """Overwrite the version `etag` of a blob; raises Changed."""

    def put(self, name: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
        """Write a blob, whatever is there."""

    def delete(self, name: str) -> None:
        """Delete a committed blob; none there is fine."""

    def drop(self, name: str) -> None:
        """Delete a blob and every block staged for it, whether either is there or not."""

    def look(self, name: str) -> BlobInfo | None:
        """Give a committed blob's properties, None where there is none."""

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """Give the committed blobs below a prefix by name, metadata included, 5,000 a call."""

    def stage(self, name: str, block_id: str, data: bytes) -> None:
        """Stage a block of a blob; ids of one blob are all of one length."""

    def commit(self, name: str, block_ids: Sequence[str], metadata: dict[str, str]) -> None:
        """Make a blob of staged blocks where there is none; raises Exists or BadBlockList."""

    def staged(self, name: str) -> set[str]:
        """Give the ids of a blob's staged blocks."""

    def append(self, name: str, data: bytes, at: int) -> None:
        """Append to an append blob of `at` bytes, made where `at` is 0; raises Changed.

        At most `MAX_APPEND` bytes.
        """
