"""HTTP as the connectors use it: one pool a process, time-outs, few quick tries, clear errors."""

import json
import logging
import math
import random
import re
import time
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any, Final, cast

from dsr.errors import Absent, Refused, ServiceError, Unavailable, Unusable
from dsr.services import connections
from dsr.services.connections import Broken, Pool, Response

logger = logging.getLogger(__name__)

TRIES: Final = 3
_PATIENCE: Final = 2.0
"""Seconds that a thread waits for a service; for more the message is sent again."""
_MAX_JSON: Final = 64 * 1024 * 1024
_MAX_ERROR: Final = 64 * 1024
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


class HttpStream:
    """A response's bytes as they are on the wire (never decompressed)."""

    def __init__(self, response: Response, what: str) -> None:
        self._response = response
        self._what = what
        length = response.headers.get("content-length")
        self.length = int(length) if length and length.isdigit() else None
        self.etag = response.headers.get("etag")

    def read(self, size: int) -> bytes:
        """Give up to `size` bytes, b"" at the end; raises Unavailable where the stream breaks."""
        try:
            return self._response.read(size)
        except Broken:
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
        pool: Callable[[], Pool] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._allowed = allowed
        self._pool = pool or connections.process_pool
        self._sleep = sleep

    def open(
        self, url: str, what: str, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> tuple[int, HttpStream]:
        """GET a URL, or POST nothing to it; give the status (200, 204 or 206) and the body.

        `what` names the operation in errors and logs. What is posted to has to be a read in all
        but name: it may be asked more than once.
        """
        if url not in self._allowed:
            raise Unusable(f"{what} points to a host that is not one of the workspace's")
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(url, what, headers or {}, method)
            except Unavailable as error:
                wait = max(error.retry_after, 0.2 * 4 ** (attempt - 1) * random.uniform(0.7, 1.3))
                if attempt == TRIES or wait > _PATIENCE:
                    raise
                logger.info("%s; trying again in %.1f s", error, wait)
                self._sleep(wait)
        raise AssertionError("unreachable")

    def _once(
        self, url: str, what: str, headers: Mapping[str, str], method: str
    ) -> tuple[int, HttpStream]:
        try:
            response = self._pool().request(
                method,
                url,
                {"Accept-Encoding": "identity", "User-Agent": "dsr-processor", **headers},
            )
        except ValueError:
            raise Unusable(f"{what} has an unusable address") from None
        except Broken:
            raise Unavailable(f"{what} could not be reached") from None
        if response.status in (200, 204, 206):
            return response.status, HttpStream(response, what)
        try:
            raise _error(response, what)
        finally:
            response.close()

    def json(
        self, url: str, what: str, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> Any:
        """GET (or POST nothing for) a JSON value, None for an empty answer (204)."""
        for attempt in range(1, TRIES + 1):
            status, stream = self.open(url, what, headers, method)
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


def _error(response: Response, what: str) -> ServiceError:
    status = response.status
    message = f"{what} was answered with {status}"
    code = _error_code(response)
    if code:
        message += f" ({code})"
    if status in (401, 403):
        return Refused(message)
    if status in (404, 410):
        return Absent(message)
    if status in (408, 412, 416, 429) or status >= 500:
        return Unavailable(message, _retry_after(response.headers.get("retry-after")))
    return Unusable(message)


def _error_code(response: Response) -> str:
    """Give the code of an error body, "" where it has none; never its text, which may hold ids.

    Studio writes `{"Error": {"Code"}}`, the management API `{"error": {"code"}}`, ARM `{"code"}`;
    some answers are plain text or no JSON at all.
    """
    try:
        body = json.loads(_beginning(response))
    except (ValueError, RecursionError, Broken):
        return ""
    if isinstance(body, dict):
        body = body.get("Error", body.get("error", body))
    code = body.get("Code", body.get("code")) if isinstance(body, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _beginning(response: Response) -> bytes:
    """Read a body, or its first 64 KiB."""
    read = b""
    while len(read) < _MAX_ERROR and (chunk := response.read(_MAX_ERROR - len(read))):
        read += chunk
    return read


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
