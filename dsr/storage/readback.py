"""Reading a committed package back, file by file, as whoever downloads it would."""

import hashlib
import io
import zipfile
from collections.abc import Mapping

from dsr.model.record import PackageInfo
from dsr.storage.blobs import Blobs, Missing

_WINDOW = 4 * 1024 * 1024
_PIECE = 1024 * 1024


class _BlobFile(io.RawIOBase):
    """A blob as a file to read from anywhere, in ranges."""

    def __init__(self, blobs: Blobs, name: str, size: int) -> None:
        self._blobs = blobs
        self._name = name
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, into: "bytearray | memoryview") -> int:  # type: ignore[override]
        wanted = min(len(into), self._size - self._at)
        if wanted <= 0:
            return 0
        data = self._blobs.part(self._name, self._at, wanted)
        into[: len(data)] = data
        self._at += len(data)
        return len(data)


def unlike(
    blobs: Blobs, request_id: str, info: PackageInfo, wanted: Mapping[str, str]
) -> dict[str, str]:
    """Give those of the files (path under `data/` to SHA-256) that the package does not hold.

    Every byte of them is read and hashed, in flat memory; each path comes with what is wrong.
    """
    left = dict(wanted)
    problems: dict[str, str] = {}
    prefix = f"{request_id}/data/"
    for name, size in info.parts:
        try:
            file = io.BufferedReader(_BlobFile(blobs, name, size), _WINDOW)
            with zipfile.ZipFile(file) as archive:
                there = set(archive.namelist())
                for path in [p for p in left if prefix + p in there]:
                    expected = left.pop(path)
                    if _digest(archive, prefix + path) != expected:
                        problems[path] = "another SHA-256 than what was exported"
        except (Missing, zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
            problems[name] = f"the package can't be read: {type(error).__name__}"
    return problems | dict.fromkeys(left, "not in the package")


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with archive.open(name) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except zipfile.BadZipFile:
        return ""
    return digest.hexdigest()
