"""The ZIP format in parts: local entries made apart, and the central directory that joins them.

All of zipfile that is used beyond its documented surface stands in this file:
`ZipFile.start_dir`, `ZipFile.filelist`, `ZipFile._didModify`, `ZipFile._write_end_record` and
`ZipInfo.FileHeader`. tests/contract/test_zipfile_internals.py guards them for every Python.
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, cast

from dsr.model.package import ZipEntry

_MODE = 0o644 << 16
_SAMPLE = 512
"""Bytes at the beginning of a file that tell whether it is worth deflating."""
ZipTime = tuple[int, int, int, int, int, int]


def _zip_info(name: str, time: ZipTime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, time)
    info.external_attr = _MODE
    info.create_system = 3
    return info


class Segment:
    """Small files as local ZIP entries in memory, deflated at level 1 where that helps."""

    def __init__(self, time: ZipTime) -> None:
        self._time = time
        self._parts: list[bytes] = []
        self._entries: list[ZipEntry] = []
        self.size = 0
        """Count of the bytes so far."""

    def add(self, name: str, data: bytes) -> str:
        """Add a file under its full name in the package; give its SHA-256.

        The deflating is zlib's own in one call: a ZipFile's stream costs more than the small file.
        """
        packed = _deflated(data)
        digest = hashlib.sha256(data).hexdigest()
        info = _zip_info(name, self._time)
        info.compress_type = zipfile.ZIP_STORED if packed is data else zipfile.ZIP_DEFLATED
        info.file_size, info.compress_size = len(data), len(packed)
        info.CRC = zlib.crc32(data)
        header = info.FileHeader(zip64=False)
        self._parts += (header, packed)
        self._entries.append(_entry(info, self.size, digest))
        self.size += len(header) + len(packed)
        return digest

    def take(self) -> tuple[bytes, list[ZipEntry]]:
        """Give the local entries' bytes and what describes them."""
        return b"".join(self._parts), self._entries


def _deflated(data: bytes) -> bytes:
    """Give the data deflated, or as they are where their beginning gets no smaller by it.

    Archives, pictures and the like are such data; deflating them takes most of a small file's time.
    """
    if len(data) >= 4 * _SAMPLE:
        sample = data[:_SAMPLE]
        if len(zlib.compress(sample, 1, -zlib.MAX_WBITS)) >= _SAMPLE:
            return data
    return zlib.compress(data, 1, -zlib.MAX_WBITS)


def stored_entry(
    name: str, time: ZipTime, size: int, crc: int, sha256: str
) -> tuple[bytes, ZipEntry]:
    """Give the local header, and what describes it, of a file whose data stand as they are."""
    info = _zip_info(name, time)
    info.compress_type = zipfile.ZIP_STORED
    info.file_size = info.compress_size = size
    info.CRC = crc
    header = info.FileHeader(zip64=size >= zipfile.ZIP64_LIMIT)
    return header, _entry(info, 0, sha256)


def _entry(info: zipfile.ZipInfo, offset: int, sha256: str) -> ZipEntry:
    return ZipEntry(
        info.filename,
        offset,
        info.CRC,
        info.compress_size,
        info.file_size,
        info.compress_type,
        info.flag_bits,
        info.extract_version,
        sha256,
    )


class _Sink(io.RawIOBase):
    """Hands on what is written, a block at a time; its position counts from `start` on."""

    def __init__(self, block: int, emit: Callable[[bytes], None]) -> None:
        self.start = 0
        self._written = 0
        self._block = block
        self._emit = emit
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.tell()  # zipfile seeks to where it is, and nowhere else

    def tell(self) -> int:
        return self.start + self._written

    def write(self, data: object) -> int:
        chunk = bytes(data)  # type: ignore[call-overload]
        self._held += chunk
        self._written += len(chunk)
        while len(self._held) >= self._block:
            self._emit(bytes(self._held[: self._block]))
            del self._held[: self._block]
        return len(chunk)

    def finish(self) -> None:
        if self._held:
            self._emit(bytes(self._held))
            self._held.clear()


class _Lazily:
    """A list of ZipInfo as zipfile uses it: one iteration, and its length only after that."""

    def __init__(self, infos: Iterator[zipfile.ZipInfo]) -> None:
        self._infos = infos
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        for info in self._infos:
            self._count += 1
            yield info


def write_directory(
    entries: Iterator[tuple[int, ZipEntry]],
    start: Callable[[], int],
    time: ZipTime,
    block: int,
    emit: Callable[[bytes], None],
) -> None:
    """Write the central directory, in flat memory.

    `entries` are pairs: where an entry's piece begins, and the entry. `start` gives the byte at
    which the directory begins, and is asked once the entries are at their end.
    """
    sink = _Sink(block, emit)
    archive = zipfile.ZipFile(cast("IO[bytes]", sink), "w", allowZip64=True)

    def infos() -> Iterator[zipfile.ZipInfo]:
        for base, entry in entries:
            info = _zip_info(entry.name, time)
            info.header_offset = base + entry.offset
            info.CRC = entry.crc
            info.compress_size = entry.compressed
            info.file_size = entry.size
            info.compress_type = entry.method
            info.flag_bits = entry.flags
            info.extract_version = info.create_version = entry.version
            yield info
        sink.start = archive.start_dir = start()

    archive.filelist = cast("list[zipfile.ZipInfo]", _Lazily(infos()))
    archive._write_end_record()  # type: ignore[attr-defined]
    archive._didModify = False  # type: ignore[attr-defined]  # so that close() writes no second one
    archive.close()
    sink.finish()
