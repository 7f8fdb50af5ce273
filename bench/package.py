"""What is in a package, read from its end: a run that left something out can't be fast."""

import io
import zipfile
from collections.abc import Mapping
from typing import Final

import requests

from dsr.storage.ranged_file import RangedFile

_WINDOW: Final = 1024 * 1024


def files_of(url: str, size: int) -> dict[str, int]:
    """Give the files of a package with their sizes, by the ZIP's central directory."""
    session = requests.Session()

    def part(offset: int, length: int) -> bytes:
        span = {"Range": f"bytes={offset}-{offset + length - 1}"}
        answer = session.get(url, headers=span, timeout=60)
        if answer.status_code != 206 or len(answer.content) != length:
            raise OSError(f"the package can't be read: {answer.status_code}")
        return answer.content

    with zipfile.ZipFile(io.BufferedReader(RangedFile(part, size), _WINDOW)) as archive:
        return {info.filename: info.file_size for info in archive.infolist()}


def check(files: Mapping[str, int], kind: str, count: int, size: int | None) -> None:
    """Raise ValueError where a package does not hold `count` assets of `kind`.

    Each has its metadata; datasets also have a file of `size` bytes.
    """
    names = [name for name in files if f"/{kind}/" in name]
    if kind == "dataset":
        described = sum(name.endswith(".metadata.json") for name in names)
        whole = sum(files[n] == size for n in names if not n.endswith(".metadata.json"))
    else:
        described = whole = sum(name.endswith("/experiment.json") for name in names)
    if (described, whole) != (count, count):
        raise ValueError(f"the package holds {described} and {whole} of {count} assets ({kind})")
