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
from typing import Any, Final

from dsr.errors import Absent, Clashing, Refused, ServiceError, Unavailable, Unusable
from dsr.services import connections
from dsr.services.connections import Broken, Pool, Response
from dsr.services.json_list import JsonList, TooLarge

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
        length = response.headers.get("content-length", "")
        chunked = "transfer-encoding" in response.headers  # then a length says nothing
        self.length = int(length) if length.isdecimal() and not chunked else None
        self.etag = response.headers.get("etag")

    def read(self, size: int) -> bytes:
        """Give up to `size` bytes, b"" at the end; raises Unavailable where the stream breaks.

        A body that ends before its length is one that breaks: libcurl counts.
        """
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
        self,
        url: str,
        what: str,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes = b"",
    ) -> tuple[int, HttpStream]:
        """GET a URL, or POST `body` to it; give the status (200, 204 or 206) and the answer's body.

        `what` names the operation in errors and logs. What is posted to has to be a read in all
        but name: it may be asked more than once.
        """
        self._check(url, what)
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(url, what, headers or {}, method, body)
            except Unavailable as error:
                wait = max(error.retry_after, 0.2 * 4 ** (attempt - 1) * random.uniform(0.7, 1.3))
                if attempt == TRIES or wait > _PATIENCE:
                    raise
                logger.info("%s; trying again in %.1f s", error, wait)
                self._sleep(wait)
        raise AssertionError("unreachable")

    def delete(
        self, url: str, what: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str]]:
        """DELETE a URL by exactly one call; give the status (200 to 299) and the headers.

        Where no answer comes, Unavailable: nobody knows whether the call counted.
        """
        return self._act(url, what, headers or {}, "DELETE")

    def act(
        self, url: str, what: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str]]:
        """POST nothing to a URL by one call, as `delete` does: an action that changes something."""
        return self._act(url, what, headers or {}, "POST")

    def _act(
        self, url: str, what: str, headers: Mapping[str, str], method: str
    ) -> tuple[int, Mapping[str, str]]:
        self._check(url, what)
        try:
            response = self._send(url, what, headers, method)
        except Broken:
            raise Unavailable(
                f"the connection broke, and nobody knows whether {what} counted"
            ) from None
        try:
            if not 200 <= response.status <= 299:
                raise _error(response, what)
            return response.status, response.headers
        finally:
            response.close()

    def _check(self, url: str, what: str) -> None:
        if url not in self._allowed:
            raise Unusable(f"{what} points to a host that is not one of the workspace's")

    def _send(
        self, url: str, what: str, headers: Mapping[str, str], method: str, body: bytes = b""
    ) -> Response:
        sent = {"Accept-Encoding": "identity", "User-Agent": "dsr-processor", **headers}
        if body:
            sent["Content-Type"] = "application/json"
        try:
            return self._pool().request(method, url, sent, body)
        except ValueError:
            raise Unusable(f"{what} has an unusable address") from None

    def _once(
        self, url: str, what: str, headers: Mapping[str, str], method: str, body: bytes
    ) -> tuple[int, HttpStream]:
        try:
            response = self._send(url, what, headers, method, body)
        except Broken:
            raise Unavailable(f"{what} could not be reached") from None
        if response.status in (200, 204, 206):
            return response.status, HttpStream(response, what)
        try:
            raise _error(response, what)
        finally:
            response.close()

    def json(
        self,
        url: str,
        what: str,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes = b"",
    ) -> Any:
        """GET (or POST the JSON `body` for) a JSON value, None for an empty answer (204)."""
        for attempt in range(1, TRIES + 1):
            status, stream = self.open(url, what, headers, method, body)
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
        status, stream = self.open(url, what, headers)
        try:
            if status == 204:
                return
            body = JsonList(stream.read, _MAX_JSON)
            if not body.begins():
                raise Unavailable(f"{what} answered with something else than a list")
            yield from body.members()
        except (ValueError, RecursionError):
            raise Unavailable(f"{what} answered with malformed JSON") from None
        except TooLarge:
            raise _too_large(what) from None
        finally:
            stream.close()


def _all(stream: HttpStream, what: str) -> bytes:
    chunks, size = [], 0
    while chunk := stream.read(1 << 20):
        chunks.append(chunk)
        size += len(chunk)
        if size > _MAX_JSON:
            raise _too_large(what)
    return b"".join(chunks)


def _too_large(what: str) -> Unusable:
    return Unusable(f"{what} answered with more than {_MAX_JSON >> 20} MiB of JSON")


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
    return Clashing(message) if status == 409 else Unusable(message)


def _error_code(response: Response) -> str:
    """Give the code of an error, "" where it has none; never its text, which may hold ids.

    Studio writes `{"Error": {"Code"}}`, the management API `{"error": {"code"}}`, ARM `{"code"}`,
    Azure Storage XML beside a header; some answers are plain text or no JSON at all.
    """
    code = response.headers.get("x-ms-error-code", "")
    if _CODE.fullmatch(code):
        return code
    try:
        body = json.loads(_beginning(response))
    except (ValueError, RecursionError, Broken):
        return ""
    return error_code(body)


def error_code(body: Any) -> str:
    """Give the code that an error says, "" where it says none that is a plain word."""
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
