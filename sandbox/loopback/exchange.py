"""A request and an answer, free of sockets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl, unquote

JSON = "application/json; charset=utf-8"


class Bytes(Protocol):
    """Bytes that can be read from any position."""

    def read(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Give the bytes from `start` on, at most `length`, in pieces."""
        ...


@dataclass(slots=True)
class Request:
    """A request; header names are in lower case, `raw_path` is the path as it was sent."""

    method: str
    raw_path: str
    raw_query: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """Give the decoded path."""
        return unquote(self.raw_path) if "%" in self.raw_path else self.raw_path

    @property
    def query(self) -> dict[str, str]:
        """Give the decoded query; of a repeated name the last value."""
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))


@dataclass(slots=True)
class Response:
    """An answer: `body`, or the bytes of `content` from `start` on, `length` of them."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    content: Bytes | None = None
    start: int = 0
    length: int = 0

    @property
    def size(self) -> int:
        """Give how many bytes the body has."""
        return len(self.body) if self.content is None else self.length


def json_response(body: bytes, status: int = 200) -> Response:
    """Answer with a JSON document."""
    return Response(status, body, [("Content-Type", JSON)])
