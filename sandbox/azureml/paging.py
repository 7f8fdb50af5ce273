"""Pages: an opaque token that says after which position the next one starts.

A position counts what was there at first, so that deletes between two pages hide nothing.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

from sandbox.loopback.exchange import Request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page and the token of the next one, None where it is the last."""

    items: list[T]
    token: str | None


def cut(items: Sequence[T], token: str | None, size: int, shown: Callable[[T], bool]) -> Page[T]:
    """Give the page after a token: `size` of those that are shown. Raises ValueError."""
    at = _position(token) if token else 0
    found: list[T] = []
    while at < len(items):
        if shown(items[at]):
            if len(found) == size:
                return Page(found, _token(at))
            found.append(items[at])
        at += 1
    return Page(found, None)


def next_link(request: Request, url: str, token: str) -> str:
    """Give the address of the next page of an ARM list.

    Recorded: the parameter is `$skipToken`, its `$` is not encoded, and what the request asked
    for (its listViewType) stands there again.
    """
    asked = {k: v for k, v in request.query.items() if k.lower() not in ("$skiptoken", "$skip")}
    asked = {"api-version": asked.pop("api-version", "")} | asked
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in asked.items())
    return f"{url}{request.raw_path}?{query}&$skipToken={token}"


def _token(at: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"at": at, "v": 1}).encode()).decode().rstrip("=")


def _position(token: str) -> int:
    try:
        padded = token + "=" * (-len(token) % 4)
        return int(json.loads(base64.urlsafe_b64decode(padded))["at"])
    except (binascii.Error, KeyError, TypeError, ValueError):
        raise ValueError("the token is none of this server's") from None
