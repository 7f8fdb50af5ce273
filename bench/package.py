"""What is in a package, read from its end: a run that left something out can't be fast."""

import io
import zipfile

import requests


class RemoteFile(io.RawIOBase):
    """A file behind a URL, read by Range; only what is asked for is fetched."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._size = size
        self._at = 0
        self._session = requests.Session()

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be sought."""
        return True

    def tell(self) -> int:
        """Give the position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; give the new position."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Give up to `size` bytes, all that is left where it is negative."""
        end = self._size if size < 0 else min(self._size, self._at + size)
        if end <= self._at:
            return b""
        span = {"Range": f"bytes={self._at}-{end - 1}"}
        answer = self._session.get(self._url, headers=span, timeout=60)
        if answer.status_code != 206 or len(answer.content) != end - self._at:
            raise OSError(f"the package can't be read: {answer.status_code}")
        self._at = end
        return answer.content


def files_of(url: str, size: int) -> dict[str, int]:
    """Give the files of a package with their sizes, by the ZIP's central directory."""
    with zipfile.ZipFile(RemoteFile(url, size)) as archive:
        return {info.filename: info.file_size for info in archive.infolist()}


def check(files: dict[str, int], kind: str, count: int, size: int | None) -> None:
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
