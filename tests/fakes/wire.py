"""Answers of a service without a network: what an Http gets from its pool."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dsr.services.connections import Broken


class FakeResponse:
    """An answer as the wire gives it: one that is shorter than was said breaks at its end."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes, breaks: bool) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self._body = body
        self._breaks = breaks

    def read(self, size: int) -> bytes:
        data, self._body = self._body[:size], self._body[size:]
        if not data and size and self._breaks:
            raise Broken("SECRET")
        return data

    def close(self) -> None:
        """Nothing is held."""


Answer = Callable[[], FakeResponse] | Exception


def answer(
    status: int = 200,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    length: int | None = -1,
    breaks: bool = False,
) -> Callable[[], FakeResponse]:
    """An answer as the wire gives it; `length` -1 is the true one, None leaves it unsaid."""

    def make() -> FakeResponse:
        told = dict(headers or {})
        if length is not None:
            told["Content-Length"] = str(len(body) if length < 0 else length)
        short = length is not None and length > len(body)
        return FakeResponse(status, told, body, breaks or short)

    return make


@dataclass
class Call:
    """A request as it was sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Scripted:
    """Gives the answers one after another, the last one for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers
        self.calls: list[Call] = []

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> FakeResponse:
        self.calls.append(Call(method, url, headers, body))
        following = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(following, Exception):
            raise following
        return following()


class Routed:
    """Gives each URL its answers, one after another, the last one for ever; others get 404."""

    def __init__(self, routes: dict[str, list[Answer]]) -> None:
        self._routes = {url: Scripted(list(answers)) for url, answers in routes.items()}
        self.calls: list[Call] = []

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> FakeResponse:
        self.calls.append(Call(method, url, headers, body))
        route = self._routes.get(url) or Scripted([answer(404)])
        return route.request(method, url, headers, body)

    def urls(self) -> list[str]:
        """Give the URLs called, in order."""
        return [call.url for call in self.calls]
