"""Reading a source to its end whatever breaks on the way."""

from typing import Final

from dsr.errors import Unavailable
from dsr.usecases.connector import Source, Stream

_RESUMES: Final = 3


class ResumingStream:
    """A stream that goes on where it broke, by Range under the same ETag.

    What it gives in all is exactly `length` bytes where the service said a length; otherwise
    `read` raises Unavailable, and what was read is to be thrown away.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stream: Stream = source.open()
        self.length = self._stream.length
        self.etag = self._stream.etag
        self._position = 0
        self._resumes = 0

    def read(self, size: int) -> bytes:
        """Give up to `size` bytes, b"" at the end."""
        while True:
            try:
                data = self._stream.read(size)
                if data or size == 0:
                    break
                if self.length is None or self._position == self.length:
                    return b""
                raise Unavailable("the body ended before its length")
            except Unavailable as error:
                self._resume(error)
        self._position += len(data)
        if self.length is not None and self._position > self.length:
            raise Unavailable("the body is longer than its length")
        return data

    def _resume(self, error: Unavailable) -> None:
        self._stream.close()
        # without an ETag nobody can tell whether it is still the same version
        if self._resumes >= _RESUMES or self.etag is None:
            raise error
        self._resumes += 1
        self._stream = self._source.open(self._position, self.etag)

    def close(self) -> None:
        """Let the connection go."""
        self._stream.close()
