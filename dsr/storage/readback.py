"""Reading a committed package back, file by file, as whoever downloads it would."""

import functools
import hashlib
import io
import zipfile
from collections.abc import Mapping

from dsr.model.record import PackageInfo
from dsr.storage.blobs import Blobs, Missing
from dsr.storage.ranged_file import RangedFile

_WINDOW = 4 * 1024 * 1024
_PIECE = 1024 * 1024


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
            raw = RangedFile(functools.partial(blobs.part, name), size)
            file = io.BufferedReader(raw, _WINDOW)
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
