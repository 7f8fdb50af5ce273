"""Answers of a service without a network: what a requests session gets from its adapter."""

import io
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3.response import HTTPResponse

Answer = Callable[[], requests.Response] | Exception


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
) -> Callable[[], requests.Response]:
    """An answer as the wire gives it; `length` -1 is the true one, None leaves it unsaid."""

    def make() -> requests.Response:
        told = dict(headers or {})
        if length is not None:
            told["Content-Length"] = str(len(body) if length < 0 else length)
        response = requests.Response()
        response.status_code = status
        response.headers.update(told)
        stream = Broken(body) if breaks else io.BytesIO(body)
        response.raw = HTTPResponse(
            stream, headers=told, status=status, preload_content=False, decode_content=False
        )
        return response

    return make


def session(adapter: BaseAdapter) -> requests.Session:
    """A session that knows no other adapter."""
    made = requests.Session()
    made.trust_env = False
    made.mount("https://", adapter)
    return made


class Scripted(BaseAdapter):
    """Gives the answers one after another, the last one for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__()
        self.answers = answers
        self.calls: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kw: Any) -> requests.Response:
        self.calls.append(request)
        following = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(following, Exception):
            raise following
        response = following()
        response.request, response.url = request, str(request.url)
        return response

    def close(self) -> None:
        """Nothing is kept open."""


class Routed(BaseAdapter):
    """Gives each URL its answers, one after another, the last one for ever; others get 404."""

    def __init__(self, routes: dict[str, list[Answer]]) -> None:
        super().__init__()
        self._routes = {url: Scripted(list(answers)) for url, answers in routes.items()}
        self.calls: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kw: Any) -> requests.Response:
        self.calls.append(request)
        route = self._routes.get(str(request.url)) or Scripted([answer(404)])
        return route.send(request)

    def urls(self) -> list[str]:
        """Give the URLs called, in order."""
        return [str(call.url) for call in self.calls]

    def close(self) -> None:
        """Nothing is kept open."""
