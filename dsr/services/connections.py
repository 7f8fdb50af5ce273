"""The connections of a process to the services, reused by all threads."""

import collections
import functools
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol
from urllib.parse import quote, urlsplit

import certifi
import pycurl

CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 60
"""Seconds to connect, and between two bytes."""

_KEPT: Final = 64
_BUFFER: Final = 256 * 1024
_LOOK: Final = 0.005
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_FINE: Final = re.compile(r"[!-~]*")
_FIELD: Final = re.compile(r"^([^:\r\n]+):([^\r\n]*)", re.MULTILINE)
_ANY: Final = "".join(map(chr, range(33, 127)))


class Broken(OSError):
    """No connection, or one that ended or fell silent before the answer was whole."""


class Response(Protocol):
    """The answer to a request; header names are in lower case."""

    status: int
    headers: Mapping[str, str]

    def read(self, size: int) -> bytes:
        """Give up to `size` bytes as they are on the wire, b"" at the end; raises Broken."""

    def close(self) -> None:
        """Let the connection go: for others where all was read, else it is closed."""


class Pool(Protocol):
    """Sends requests; threads may share it."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        """Send a request, with `body` where it is a POST; give its answer, its own body unread.

        Raises ValueError where the URL or a header can't be sent, Broken where no answer came.
        """


class Connections:
    """The connections of a process by origin, each used by one thread at a time.

    Through libcurl: a small call costs a fifth of the processor time that urllib3 takes, which
    decides how fast thousands of small assets go. No redirect is followed; no proxy, .netrc or
    environment is read.
    """

    def __init__(self) -> None:
        self._idle: dict[str, collections.deque[_Line]] = {}

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        """Send a request to the host that `urlsplit` sees, as those who allowed the URL did.

        A DELETE goes over a connection of its own: it is sent once, whatever happens to it.
        """
        origin, target = _address(url)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if not all(line.isprintable() and line.isascii() for line in lines):
            raise ValueError("a header that can't be sent")
        idle = self._idle.setdefault(origin, collections.deque())
        try:
            line = idle.pop()
        except IndexError:
            line = _Line()
        line.prepare(method)
        return _Answer(line, idle, (*_method(method, lines, body), (pycurl.URL, origin + target)))


class _Line:
    """What one connection to an origin takes of libcurl."""

    def __init__(self) -> None:
        self.multi = pycurl.CurlMulti()
        self.easy = pycurl.Curl()
        self._gets = False

    def prepare(self, method: str) -> None:
        """Set what is always set, and forget the request before; of a GET a GET leaves nothing."""
        if not (self._gets and method == "GET"):
            self.easy.reset()
            for option, value in _always():
                self.easy.setopt(option, value)
        self._gets = method == "GET"

    def end(self) -> None:
        """Close the connection."""
        self.easy.close()
        self.multi.close()


class _Answer:
    """An answer on its line, which goes back among the idle ones when the answer is closed."""

    status: int
    headers: Mapping[str, str]

    def __init__(
        self, line: _Line, idle: "collections.deque[_Line]", options: Iterable[tuple[int, Any]]
    ) -> None:
        self._line: _Line | None = line
        self._idle = idle
        self._multi, self._easy = line.multi, line.easy
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self._problem: Exception | None = None
        for option, value in options:
            self._easy.setopt(option, value)
        self._easy.setopt(pycurl.HEADERFUNCTION, self._head.append)
        self._easy.setopt(pycurl.WRITEFUNCTION, self._body.append)
        self._multi.add_handle(self._easy)
        self._busy = True
        try:
            while not self._is_headed():
                if not self._busy:
                    raise self._problem or Broken("no answer")
                self._advance()
        except BaseException:
            self.close()
            raise

    def read(self, size: int) -> bytes:
        """Give what has come, up to `size` bytes; waits where nothing has."""
        while not self._body and self._busy:
            self._advance()
        if not self._body:
            if self._problem:
                raise self._problem
            return b""
        data = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body.clear()
        if size < len(data):
            self._body.append(data[size:])
            data = data[:size]
        return data

    def close(self) -> None:
        """Give the line back; libcurl closes a connection whose answer was not read whole."""
        if self._line is None:
            return
        if self._busy:
            self._end()
        if len(self._idle) < _KEPT:
            self._idle.append(self._line)
        else:
            self._line.end()
        self._line = None

    def _advance(self) -> None:
        """Take what has come; where nothing has, wait for it. Raises Broken after a silence."""
        before = len(self._head), len(self._body)
        until = time.monotonic() + READ_SECONDS
        while True:
            _, active = self._multi.perform()
            if not active:
                self._finish()
                return
            if (len(self._head), len(self._body)) != before:
                return
            left = until - time.monotonic()
            if left <= 0:
                raise Broken("silence")
            # nothing to select on (while a name is looked up): then a look now and then
            if self._multi.select(min(left, 1.0)) <= 0:
                time.sleep(_LOOK)

    def _finish(self) -> None:
        _, _, failed = self._multi.info_read()
        for _, code, _ in failed:
            bad = code == pycurl.E_URL_MALFORMAT
            self._problem = ValueError("an unusable address") if bad else Broken(f"libcurl {code}")
        self._end()

    def _end(self) -> None:
        self._multi.remove_handle(self._easy)
        self._busy = False

    def _is_headed(self) -> bool:
        """Read the head once it is there; answers that announce another (1xx) are not it."""
        head = self._head
        if not head or head[-1] not in (b"\r\n", b"\n"):
            return False
        status = int(self._easy.getinfo(pycurl.RESPONSE_CODE))
        if status < 200:
            return False
        start = max(i for i, line in enumerate(head) if line.startswith(b"HTTP/"))
        lines = b"".join(head[start + 1 : -1]).decode("latin-1")
        self.status = status
        self.headers = {n.strip().lower(): value.strip() for n, value in _FIELD.findall(lines)}
        return True


@functools.cache
def _always() -> tuple[tuple[int, Any], ...]:
    return (
        (pycurl.CAINFO, certifi.where()),
        (pycurl.CONNECTTIMEOUT, CONNECT_SECONDS),
        (pycurl.BUFFERSIZE, _BUFFER),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
        (pycurl.NOSIGNAL, 1),
        (pycurl.PATH_AS_IS, 1),
        (pycurl.PROXY, ""),
        (pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2),
    )


def _method(method: str, headers: list[str], body: bytes) -> tuple[tuple[int, Any], ...]:
    if method == "GET":
        return ((pycurl.HTTPHEADER, headers),)
    if method == "POST":
        # of nothing there is no type either; libcurl would wait for a leave to send much (RFC 9110)
        about = ["Expect:"] if body else ["Content-Type:"]
        return ((pycurl.POSTFIELDS, body), (pycurl.HTTPHEADER, [*headers, *about]))
    if method == "DELETE":
        # libcurl sends again what an idle connection lost, and a delete is sent once
        return (*_named(method, headers), (pycurl.FRESH_CONNECT, 1))
    return _named(method, headers)


def _named(method: str, headers: list[str]) -> tuple[tuple[int, Any], ...]:
    return ((pycurl.CUSTOMREQUEST, method), (pycurl.HTTPHEADER, headers))


def _address(url: str) -> tuple[str, str]:
    """Give origin and target; raises ValueError where there is no usable address."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        raise ValueError("no usable address")
    if ":" in host:
        host = f"[{host}]"
    origin = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return origin, target if _FINE.fullmatch(target) else quote(target, safe=_ANY)


@functools.cache
def process_pool() -> Pool:
    """Give the connections of this process."""
    return Connections()
