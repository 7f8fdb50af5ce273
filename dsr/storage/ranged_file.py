"""Something far away as a file to read from anywhere, in ranges."""

import io
from collections.abc import Callable


class RangedFile(io.RawIOBase):
    """A file of `size` bytes; `part(offset, length)` gives some of them.

    Every read is a call, so a buffer belongs around it (`io.BufferedReader`).
    """

    def __init__(self, part: Callable[[int, int], bytes], size: int) -> None:
        self._part = part
        self._size = size
        self._at = 0

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
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, into: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read into a buffer; give how many bytes, 0 at the end."""
        wanted = min(len(into), self._size - self._at)
        if wanted <= 0:
            return 0
        data = self._part(self._at, wanted)
        into[: len(data)] = data
        self._at += len(data)
        return len(data)
