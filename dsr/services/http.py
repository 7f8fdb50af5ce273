"""HTTP as the connectors use it: one session a thread, time-outs, few quick tries, clear errors."""

import json
import logging
import math
import random
import threading
import time
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any, cast

import requests
import urllib3

from dsr.errors import Absent, Refused, ServiceError, Unavailable, Unusable

logger = logging.getLogger(__name__)

TIMEOUT = (10, 60)
"""Seconds to connect, and between two bytes."""
TRIES = 3
_PATIENCE = 2.0
"""Seconds that a thread waits for a service; for more the message is sent again."""
_MAX_JSON = 64 * 1024 * 1024

_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class HttpStream:
    """A response's bytes as they are on the wire (never decompressed)."""

    def __init__(self, response: requests.Response, what: str) -> None:
        self._response = response
        self._what = what
        length = response.headers.get("Content-Length")
        self.length = int(length) if length and length.isdigit() else None
        self.etag = response.headers.get("ETag")

    def read(self, size: int = -1) -> bytes:
        """Give up to `size` bytes, b"" at the end; raises Unavailable where the stream breaks."""
        try:
            raw = self._response.raw
            return cast(bytes, raw.read(None if size < 0 else size, decode_content=False))
        except _BROKEN:
            raise Unavailable(f"the connection broke while reading {self._what}") from None

    def close(self) -> None:
        """Let the connection go, for others where all was read."""
        self._response.close()


class Http:
    """Calls to one workspace's hosts.

    `allowed` decides which URLs are called at all. Redirects are never followed. Every error is
    a ServiceError whose message names the operation and the status, never a URL.
    """

    def __init__(
        self,
        allowed: Container[str],
        session: Callable[[], requests.Session] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._allowed = allowed
        self._session = session or _thread_session
        self._sleep = sleep

    def open(
        self, url: str, what: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, HttpStream]:
        """GET a URL; give the status (200, 204 or 206) and the body's stream.

        `what` names the operation in errors and logs.
        """
        if url not in self._allowed:
            raise Unusable(f"{what} points to a host that is not one of the workspace's")
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(url, what, headers or {})
            except Unavailable as error:
                wait = max(error.retry_after, 0.2 * 4 ** (attempt - 1) * random.uniform(0.7, 1.3))
                if attempt == TRIES or wait > _PATIENCE:
                    raise
                logger.info("%s; trying again in %.1f s", error, wait)
                self._sleep(wait)
        raise AssertionError("unreachable")

    def _once(self, url: str, what: str, headers: Mapping[str, str]) -> tuple[int, HttpStream]:
        try:
            response = self._session().get(
                url,
                headers={"Accept-Encoding": "identity", **headers},
                timeout=TIMEOUT,
                stream=True,
                allow_redirects=False,
            )
        except requests.exceptions.InvalidURL:
            raise Unusable(f"{what} has an unusable address") from None
        except _BROKEN:
            raise Unavailable(f"{what} could not be reached") from None
        if response.status_code in (200, 204, 206):
            return response.status_code, HttpStream(response, what)
        with response:
            raise _error(response, what)

    def json(self, url: str, what: str, headers: Mapping[str, str] | None = None) -> Any:
        """GET a JSON value, None for an empty answer (204)."""
        for attempt in range(1, TRIES + 1):
            status, stream = self.open(url, what, headers)
            try:
                return None if status == 204 else json.loads(_all(stream, what))
            except (ValueError, RecursionError):
                error = Unavailable(f"{what} answered with malformed JSON")
            except Unavailable as broken:
                error = broken
            finally:
                stream.close()
            if attempt == TRIES:
                raise error
            self._sleep(0.2 * 4 ** (attempt - 1))
        raise AssertionError("unreachable")

    def items(self, url: str, what: str, headers: Mapping[str, str] | None = None) -> Iterator[Any]:
        """GET a JSON array and give its members one by one, in flat memory.

        An empty answer (204) is an empty list; anything but an array raises Unavailable.
        """
        import ijson  # only lists need it; keeps the cold start short

        status, stream = self.open(url, what, headers)
        try:
            if status == 204:
                return
            body = _Peeked(stream)
            if body.first != b"[":
                raise Unavailable(f"{what} answered with something else than a list")
            counted = _Counted(body, stream)
            yield from ijson.items(cast("IO[bytes]", counted), "item", use_float=True)
            counted.check(what)
        except (ijson.common.JSONError, UnicodeDecodeError):
            raise Unavailable(f"{what} answered with malformed JSON") from None
        finally:
            stream.close()


class _Peeked:
    """A stream whose first byte that is no white space is known."""

    def __init__(self, stream: HttpStream) -> None:
        self._stream = stream
        self._held = b""
        while not self._held.strip():
            chunk = stream.read(65536)
            if not chunk:
                break
            self._held += chunk
        self.first = self._held.lstrip()[:1]

    def read(self, size: int = -1) -> bytes:
        if self._held:
            held, self._held = self._held, b""
            return held
        return self._stream.read(65536 if size < 0 else max(size, 65536))


class _Counted:
    """Counts what a parser reads, so that a body cut at a lucky place is noticed."""

    def __init__(self, body: _Peeked, stream: HttpStream) -> None:
        self._body = body
        self._expected = stream.length
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        if size == 0:
            return b""
        data = self._body.read(size)
        self._count += len(data)
        return data

    def check(self, what: str) -> None:
        while self.read():
            pass
        if self._expected is not None and self._count != self._expected:
            raise Unavailable(f"{what} answered with half a body")


def _all(stream: HttpStream, what: str) -> bytes:
    chunks, size = [], 0
    while chunk := stream.read(1 << 20):
        chunks.append(chunk)
        size += len(chunk)
        if size > _MAX_JSON:
            raise Unusable(f"{what} answered with more than {_MAX_JSON >> 20} MiB of JSON")
    if stream.length is not None and size != stream.length:
        raise Unavailable(f"{what} answered with half a body")
    return b"".join(chunks)


def _error(response: requests.Response, what: str) -> ServiceError:
    status = response.status_code
    message = f"{what} was answered with {status}"
    if status in (401, 403):
        return Refused(message)
    if status in (404, 410):
        return Absent(message)
    if status in (408, 412, 416, 429) or status >= 500:
        return Unavailable(message, _retry_after(response.headers.get("Retry-After")))
    return Unusable(message)


def _retry_after(value: str | None) -> float:
    """Give the seconds that a Retry-After header asks for (RFC 9110, 10.2.3), an hour at most."""
    if not value:
        return 0.0
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return 0.0
    return min(max(seconds, 0.0), 3600.0) if math.isfinite(seconds) else 0.0


_local = threading.local()


def _thread_session() -> requests.Session:
    """Give this thread's session: its connections are reused, and no .netrc or proxy is read."""
    session = getattr(_local, "session", None)
    if session is None:
        session = requests.Session()
        session.trust_env = False
        session.headers["User-Agent"] = "dsr-processor"
        _local.session = session
    return cast(requests.Session, session)
