"""The connections of a process to the services, reused by all threads."""

import functools
import threading
from collections.abc import Mapping
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import certifi
import urllib3


class Response(Protocol):
    """What is used of urllib3's response."""

    status: int
    headers: Mapping[str, str]

    def read(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """Give up to `amt` bytes."""

    def close(self) -> None:
        """Close the connection where it was not read to its end."""


class Pool(Protocol):
    """What is used of urllib3's pool manager, which threads may share."""

    def request(self, method: str, url: str, **options: Any) -> Response:
        """Send a request; give its response, the body unread."""


class Connections:
    """The connections of a process by origin, reused by all threads.

    urllib3's own PoolManager parses and normalizes a URL and its options at each call, which
    costs more than all the rest of a small one. No .netrc, proxy or environment is read.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str, int | None], urllib3.HTTPConnectionPool] = {}

    def request(self, method: str, url: str, **options: Any) -> Response:
        """Send a request to the host that `urlsplit` sees, as those who allowed the URL did."""
        parts = urlsplit(url)
        if not parts.hostname or parts.scheme not in ("http", "https"):
            raise urllib3.exceptions.LocationParseError("no usable address")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        pool = self._pool(parts.scheme, parts.hostname, parts.port)
        return cast(Response, pool.urlopen(method, target, **options))

    def _pool(self, scheme: str, host: str, port: int | None) -> urllib3.HTTPConnectionPool:
        origin = scheme, host, port
        with self._lock:
            if origin not in self._pools:
                if scheme == "http":
                    made = urllib3.HTTPConnectionPool(host, port, maxsize=64)
                else:
                    made = urllib3.HTTPSConnectionPool(
                        host, port, maxsize=64, ca_certs=certifi.where()
                    )
                self._pools[origin] = made
            return self._pools[origin]


@functools.cache
def process_pool() -> Pool:
    """Give the connections of this process."""
    return Connections()
