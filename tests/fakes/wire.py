"""Answers of a service without a network: what an Http gets from its pool."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from urllib3.response import HTTPResponse

Answer = Callable[[], HTTPResponse] | Exception


class Broken(io.BytesIO):
    """A body that breaks after what it holds."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            raise ConnectionResetError("SECRET")
        return data


def answer(
    status: int = 200,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    length: int | None = -1,
    breaks: bool = False,
) -> Callable[[], HTTPResponse]:
    """An answer as the wire gives it; `length` -1 is the true one, None leaves it unsaid."""

    def make() -> HTTPResponse:
        told = dict(headers or {})
        if length is not None:
            told["Content-Length"] = str(len(body) if length < 0 else length)
        stream = Broken(body) if breaks else io.BytesIO(body)
        return HTTPResponse(
            stream, headers=told, status=status, preload_content=False, decode_content=False
        )

    return make


@dataclass
class Call:
    """A request as it was sent."""

    method: str
    url: str
    headers: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)


class Scripted:
    """Gives the answers one after another, the last one for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers
        self.calls: list[Call] = []

    def request(self, method: str, url: str, **options: Any) -> HTTPResponse:
        self.calls.append(Call(method, url, options.pop("headers"), options))
        following = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(following, Exception):
            raise following
        return following()


class Routed:
    """Gives each URL its answers, one after another, the last one for ever; others get 404."""

    def __init__(self, routes: dict[str, list[Answer]]) -> None:
        self._routes = {url: Scripted(list(answers)) for url, answers in routes.items()}
        self.calls: list[Call] = []

    def request(self, method: str, url: str, **options: Any) -> HTTPResponse:
        self.calls.append(Call(method, url, options["headers"], options))
        route = self._routes.get(url) or Scripted([answer(404)])
        return route.request(method, url, **options)

    def urls(self) -> list[str]:
        """Give the URLs called, in order."""
        return [call.url for call in self.calls]
