"""The listening socket: a thread a connection, and an end that leaves no connection open."""

import contextlib
import socket
import threading
import time
from socketserver import TCPServer, ThreadingMixIn
from typing import Protocol

from sandbox.loopback.connection import Connection
from sandbox.loopback.exchange import Request, Response
from sandbox.loopback.faults import FaultRule
from sandbox.loopback.journal import Call


class Responder(Protocol):
    """What a connection asks for an answer."""

    def __call__(self, request: Request) -> tuple[Response, FaultRule | None, Call | None]:
        """Give the answer, the fault that spoils its sending, and its journal entry."""


class Listener(ThreadingMixIn, TCPServer):
    """Accepts connections on loopback."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, port: int, respond: Responder) -> None:
        super().__init__(("127.0.0.1", port), Connection)
        self.respond = respond
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    def track(self, connection: socket.socket) -> None:
        """Know a connection, to end it with the server."""
        with self._lock:
            self._open.add(connection)

    def untrack(self, connection: socket.socket) -> None:
        """Forget a connection that ended."""
        with self._lock:
            self._open.discard(connection)

    def end(self) -> None:
        """Stop accepting, end every connection, and wait up to 5 seconds for their threads."""
        self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the client may have been faster
                    connection.shutdown(socket.SHUT_RDWR)
        until = time.monotonic() + 5
        while self._open and time.monotonic() < until:
            time.sleep(0.005)
