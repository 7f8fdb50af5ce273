"""Joins the staged parts of a package to ZIP files, in one pass over the batch results.

Each result is read once, in order: the bag's own files and the central directories are written
while they pass by. Memory stays flat, whatever the number of assets.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from dsr.errors import Conflict
from dsr.model.outcome import BatchResult
from dsr.model.package import Piece, ZipEntry
from dsr.model.plan import BLOCK, Plan
from dsr.model.record import PackageInfo, RequestRecord
from dsr.model.request import DsrRequest
from dsr.storage.bag import Bag
from dsr.storage.blobs import BadBlockList, Blobs, Exists
from dsr.storage.writer import BlockIds, ZipBatchWriter, batch_of
from dsr.storage.zipping import ZipTime, write_directory
from dsr.usecases.ports import LostBlocks

TAGS: Final = 99_999_999
"""The batch number of the blocks that the finisher itself stages."""


_OWN_BLOCK: Final = 1024 * 1024
"""Bytes of a block of the bag's own files and of the central directory, in a usual package."""


def blob_name(request_id: str, part: int) -> str:
    """Give the name of a part of a package."""
    return f"{request_id}.zip" if part == 1 else f"{request_id}-{part}.zip"


def zip_time(record: RequestRecord) -> ZipTime:
    """Give the time that all files of a package carry: that of the request, the same for all."""
    at = record.submitted_at
    return (max(1980, min(at.year, 2107)), at.month, at.day, at.hour, at.minute, at.second)


class Assembly:
    """One try at finishing one package."""

    def __init__(
        self, blobs: Blobs, record: RequestRecord, request: DsrRequest, plan: Plan, parts: int
    ) -> None:
        self._blobs = blobs
        self._record = record
        self._request = request
        self._plan = plan
        self._parts = parts
        # several of the finisher's files are under way at once, each with a block in memory
        small = record.block_size <= BLOCK
        self._block = min(_OWN_BLOCK, record.block_size) if small else record.block_size
        self._time = zip_time(record)
        self._made: dict[int, tuple[list[str], int]] = {}
        self._tagmanifest = ""

    def run(
        self,
        results: Callable[[], Iterator[BatchResult]],
        redact: Callable[[str], str],
        expires_at: datetime,
    ) -> PackageInfo:
        """Write what is missing and commit every part, the first last."""
        bag = Bag(self._writer(1), self._record, self._request, self._plan, redact)
        self._write_part(1, _Ahead(results()), bag)
        sizes = [
            (blob_name(self._record.request_id, part), self._commit(part))
            for part in range(self._parts, 0, -1)
        ]
        return PackageInfo(tuple(reversed(sizes)), self._tagmanifest, expires_at)

    def _writer(self, part: int) -> ZipBatchWriter:
        name = blob_name(self._record.request_id, part)
        prefix = f"{self._record.request_id}/"

        def stage(block_id: str, data: bytes) -> None:
            self._blobs.stage(name, block_id, data)

        return ZipBatchWriter(stage, TAGS, prefix, self._time, self._block)

    def _write_part(self, part: int, results: "_Ahead", bag: Bag) -> None:
        """Write a part's central directory, which reads the part's results on the way."""
        layout = _Layout()
        end = _DirectoryBlocks(self._blobs, blob_name(self._record.request_id, part))
        write_directory(
            self._placed(part, results, bag, layout),
            lambda: layout.size,
            self._time,
            self._block,
            end.stage,
        )
        self._made[part] = (layout.blocks + end.ids, layout.size + end.size)

    def _placed(
        self, part: int, results: "_Ahead", bag: Bag, layout: "_Layout"
    ) -> Iterator[tuple[int, ZipEntry]]:
        """Give the entries of a part with where their piece begins, those of the bag's files last.

        The bag's files stand in the first part and tell of all others, so these come in between.
        """
        while results.next is not None and self._plan.parts[results.next.batch] == part:
            result = results.take()
            bag.take(result)
            for piece in result.pieces:
                yield from layout.add(piece)
        if part == 1:
            for other in range(2, self._parts + 1):
                self._write_part(other, results, bag)
            pieces, self._tagmanifest = bag.close()
            for piece in pieces:
                yield from layout.add(piece)

    def _commit(self, part: int) -> int:
        """Commit a part's blocks; give its size."""
        name = blob_name(self._record.request_id, part)
        blocks, size = self._made[part]
        metadata = {
            "request_id": self._record.request_id,
            "part": str(part),
            "tagmanifest_sha256": self._tagmanifest,
        }
        try:
            self._blobs.commit(name, blocks, metadata)
        except (Exists, BadBlockList):
            self._accept_or_explain(name, metadata, blocks)
        found = self._blobs.look(name)
        if found is None or found.size != size:
            raise Conflict("the committed package is not the one that was made")
        return size

    def _accept_or_explain(self, name: str, metadata: dict[str, str], blocks: list[str]) -> None:
        """Find out why a commit failed: the same package is there, another one, or blocks went."""
        there = self._blobs.look(name)
        if there is not None:
            if there.metadata != metadata:
                raise Conflict("another blob stands where the package belongs")
            return
        staged = self._blobs.staged(name)
        raise LostBlocks({batch_of(b) for b in blocks if b not in staged} - {TAGS})


class _Ahead:
    """An iterator whose next member can be seen."""

    def __init__(self, results: Iterator[BatchResult]) -> None:
        self._results = results
        self.next = next(results, None)

    def take(self) -> BatchResult:
        """Give the next member."""
        if self.next is None:
            raise StopIteration
        taken, self.next = self.next, next(self._results, None)
        return taken


class _Layout:
    """The blocks of a part in their order, and how far they reach."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.size = 0

    def add(self, piece: Piece) -> Iterator[tuple[int, ZipEntry]]:
        """Put a piece behind the others; give its entries with where it begins."""
        base = self.size
        self.blocks += piece.blocks
        self.size += piece.size
        for entry in piece.entries:
            yield base, entry


class _DirectoryBlocks:
    """Stages the central directory's blocks."""

    def __init__(self, blobs: Blobs, name: str) -> None:
        self._blobs = blobs
        self._name = name
        self._new = BlockIds(TAGS)
        self.ids: list[str] = []
        self.size = 0

    def stage(self, data: bytes) -> None:
        self.ids.append(self._new.next())
        self.size += len(data)
        self._blobs.stage(self._name, self.ids[-1], data)
