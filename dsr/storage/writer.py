"""One attempt at a batch, staged as blocks of the package's blob in one pass over the bytes."""

import hashlib
import io
import secrets
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final

from dsr.model.package import Piece, ZipEntry
from dsr.model.plan import LARGE
from dsr.storage.zipping import Segment, ZipTime, stored_entry
from dsr.usecases.connector import Stream
from dsr.usecases.ports import FileInfo

Stage = Callable[[str, bytes], None]

_BESIDE: Final = ThreadPoolExecutor(64, thread_name_prefix="beside")
"""What is done while storage takes a block: it is hashed, and the next one is read."""


class BlockIds:
    """Block ids of one attempt: `{batch:08d}.{attempt:16 hex}.{n:06d}`, one length everywhere."""

    def __init__(self, batch: int) -> None:
        self._prefix = f"{batch:08d}.{secrets.token_hex(8)}"
        self._count = 0

    def next(self) -> str:
        """Give an id that nobody else has."""
        self._count += 1
        return f"{self._prefix}.{self._count:06d}"


def batch_of(block_id: str) -> int:
    """Give the batch that a block belongs to."""
    return int(block_id[:8])


class ZipBatchWriter:
    """Collects small assets into segments of about one block; large files get their own blocks."""

    def __init__(
        self, stage: Stage, batch: int, prefix: str, time: ZipTime, block_size: int
    ) -> None:
        self._stage = stage
        self._ids = BlockIds(batch)
        self._prefix = prefix
        self._time = time
        self._block_size = block_size
        self._pieces: list[Piece] = []
        self._held = io.BytesIO()
        self._held_entries: list[ZipEntry] = []

    def asset(self) -> "ZipAssetWriter":
        """Start an asset."""
        return ZipAssetWriter(self)

    def close(self) -> tuple[Piece, ...]:
        """Stage what is left and give what the result has to refer to."""
        self._flush()
        return tuple(self._pieces)

    def _flush(self) -> None:
        if self._held_entries:
            self._pieces.append(self._piece(self._held.getvalue(), self._held_entries))
            self._held, self._held_entries = io.BytesIO(), []

    def _piece(self, data: bytes, entries: list[ZipEntry]) -> Piece:
        return Piece((self._block(data),), len(data), tuple(entries))

    def _block(self, data: bytes) -> str:
        block_id = self._ids.next()
        self._stage(block_id, data)
        return block_id

    def _take_in(self, pieces: list[Piece], data: bytes, entries: list[ZipEntry]) -> None:
        self._pieces += pieces
        base = self._held.tell()
        self._held.write(data)
        self._held_entries += [_moved(e, base) for e in entries]
        if self._held.tell() >= LARGE:
            self._flush()


class ZipAssetWriter:
    """Takes the files of one asset; what it staged is not referred to before `keep`."""

    def __init__(self, batch: ZipBatchWriter) -> None:
        self._batch = batch
        self._segment = Segment(batch._time)
        self._pieces: list[Piece] = []

    def add(self, path: str, data: bytes) -> FileInfo:
        """Add a small file."""
        digest = self._segment.add(self._batch._prefix + path, data)
        if self._segment.size >= LARGE:
            self._pieces.append(self._batch._piece(*self._segment.take()))
            self._segment = Segment(self._batch._time)
        return FileInfo(path, len(data), digest)

    def stream(self, path: str, stream: Stream) -> FileInfo:
        """Add a file from a stream, in flat memory, of which nothing stays where it fails."""
        file = self.open(path)
        block = self._batch._block_size
        chunk = _exactly(stream, block)
        while len(chunk) == block:
            following = _BESIDE.submit(_exactly, stream, block)
            try:
                file.write(chunk)
            finally:
                wait((following,))  # whoever closes the stream finds nobody reading it
            chunk = following.result()
        file.write(chunk)
        return file.close()

    def open(self, path: str) -> "OpenFile":
        """Start a file whose bytes come by and by; it counts once it is closed."""
        return OpenFile(self, path)

    def keep(self) -> None:
        """Make the asset part of the batch."""
        self._batch._take_in(self._pieces, *self._segment.take())


class OpenFile:
    """A file being written: small ones join the segment, large ones are stored as they come.

    The blocks of a large file's data go first; its header, a block of its own, is written once
    size and CRC are known, and the block list puts it in front.
    """

    def __init__(self, asset: ZipAssetWriter, path: str) -> None:
        self._asset = asset
        self._batch = asset._batch
        self._path = path
        self._held = b""
        self._blocks: list[str] = []
        self._size = self._crc = 0
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Take some bytes."""
        data = self._held + data if self._held else data
        block = self._batch._block_size
        whole = len(data) - len(data) % block
        for at in range(0, whole, block):
            self._stage(data[at : at + block] if len(data) > block else data)
        self._held = data[whole:] if whole else data

    def _stage(self, chunk: bytes) -> None:
        taken_in = _BESIDE.submit(self._take_in, chunk)
        try:
            self._blocks.append(self._batch._block(chunk))
        finally:
            taken_in.result()

    def _take_in(self, chunk: bytes) -> None:
        self._size += len(chunk)
        self._crc = zlib.crc32(chunk, self._crc)
        self._digest.update(chunk)

    def close(self) -> FileInfo:
        """Make the file part of its asset."""
        if not self._blocks and len(self._held) < LARGE:
            return self._asset.add(self._path, self._held)
        if self._held:
            self._stage(self._held)
        digest = self._digest.hexdigest()
        name = self._batch._prefix + self._path
        header, entry = stored_entry(name, self._batch._time, self._size, self._crc, digest)
        blocks = (self._batch._block(header), *self._blocks)
        self._asset._pieces.append(Piece(blocks, len(header) + self._size, (entry,)))
        return FileInfo(self._path, self._size, digest)


def _exactly(stream: Stream, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end."""
    first = stream.read(size)
    if len(first) == size or not first:
        return first
    chunks, held = [first], len(first)
    while held < size:
        chunk = stream.read(size - held)
        if not chunk:
            break
        chunks.append(chunk)
        held += len(chunk)
    return b"".join(chunks)


def _moved(entry: ZipEntry, base: int) -> ZipEntry:
    return ZipEntry(
        entry.name,
        entry.offset + base,
        entry.crc,
        entry.compressed,
        entry.size,
        entry.method,
        entry.flags,
        entry.version,
        entry.sha256,
    )
