"""HTTP/1.1 over one connection: reads requests, sends answers and the faults in them."""

import socket
import struct
import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from socketserver import StreamRequestHandler
from typing import TYPE_CHECKING

from sandbox.loopback.exchange import Request, Response
from sandbox.loopback.faults import FaultRule
from sandbox.loopback.journal import Call

if TYPE_CHECKING:
    from sandbox.loopback.listener import Listener

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_RESET = struct.pack("ii", 1, 0)


class Connection(StreamRequestHandler):
    """Serves one keep-alive connection until the client ends it or a fault does.

    The standard library's and werkzeug's handlers parse headers with the e-mail parser, which
    costs more than all the rest of a small answer; this one splits lines.
    """

    disable_nagle_algorithm = True
    server: "Listener"

    def handle(self) -> None:
        """Serve requests one after the other."""
        self.server.track(self.connection)
        try:
            while self._serve_one():
                pass
        except (ConnectionError, TimeoutError):
            pass  # the client went away, which ends the connection either way
        finally:
            self.server.untrack(self.connection)

    def _serve_one(self) -> bool:
        request = self._read()
        if request is None:
            return False
        response, rule, call = self.server.respond(request)
        keep = request.headers.get("connection", "").lower() != "close"
        return self._send(request, response, rule, call, keep=keep) and keep

    def _read(self) -> Request | None:
        line = self.rfile.readline(65_537).decode("latin-1").split()
        if len(line) != 3 or line[2] != "HTTP/1.1":
            return None
        headers: dict[str, str] = {}
        while header := self.rfile.readline(65_537).rstrip(b"\r\n"):
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length") or 0))
        path, _, query = line[1].partition("?")
        return Request(line[0], path, query, headers, body)

    def _send(
        self,
        request: Request,
        response: Response,
        rule: FaultRule | None,
        call: Call | None,
        *,
        keep: bool,
    ) -> bool:
        size = promised = response.size
        if rule is not None and rule.cut_after is not None:
            size = min(size, rule.cut_after)
        elif rule is not None and rule.short_body is not None:
            size = min(size, rule.short_body)
            promised = max(promised, size + 1)
        lines = [
            f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}",
            f"Date: {_date(int(time.time()))}",
            *(f"{name}: {value}" for name, value in response.headers),
        ]
        if response.status != 204:
            lines.append(f"Content-Length: {promised}")
        if not keep:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if request.method == "HEAD":
            self.connection.sendall(head)
            return True
        journaled = call or Call(request.method, "", response.status, False)
        if response.content is None:
            journaled.sent += size
            self.connection.sendall(head + response.body[:size])
        else:
            self.connection.sendall(head)
            for piece in response.content.read(response.start, size):
                journaled.sent += len(piece)
                self.connection.sendall(piece)
        if size == promised and (rule is None or rule.cut_after is None):
            return True
        if rule is not None and rule.cut_after is not None:
            # A reset overtakes what the client has not read yet; the pause lets it read.
            time.sleep(0.05)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        return False


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
