"""A server on loopback: what every sandbox server shares, whatever protocol it speaks."""

import threading
import time
from abc import ABC, abstractmethod
from typing import Self

from sandbox.loopback.control import PREFIX, control
from sandbox.loopback.exchange import Request, Response
from sandbox.loopback.faults import ErrorShape, FaultRule, Faults
from sandbox.loopback.journal import Call, Journal
from sandbox.loopback.listener import Listener
from sandbox.loopback.removals import Removals


class LoopbackServer(ABC):
    """Listens on 127.0.0.1, orders faults, keeps a journal; a subclass answers the calls.

    `faults` and `journal` are also served under `/_sandbox/`. `latency` (seconds before every
    answer) may be changed while it runs, as may `lag_seconds`. It can be started and stopped once.
    """

    def __init__(self, port: int, latency: float) -> None:
        self.latency = latency
        self.faults = Faults()
        self.journal = Journal()
        self._removals = Removals()
        self._port = port
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Give the address without a slash at its end; raises RuntimeError before `start`."""
        if self._listener is None:
            raise RuntimeError("the server has not been started")
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    @property
    def lag_seconds(self) -> float:
        """How long lists show what was deleted, while a GET of the thing itself answers 404."""
        return self._removals.lag_seconds

    @lag_seconds.setter
    def lag_seconds(self, value: float) -> None:
        self._removals.lag_seconds = value

    def restore(self) -> None:
        """Take back all that was deleted since the start."""
        self._removals.clear()

    def start(self) -> Self:
        """Listen; when it returns, the server answers."""
        self._listener = Listener(self._port, self._respond)
        self._prepare()
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the server and all its connections; does nothing where it is not running."""
        if self._listener is None or self._thread is None:
            return
        self._listener.end()
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def _prepare(self) -> None:
        """Make ready for the first call; the address is known by now."""

    @abstractmethod
    def _answer(self, request: Request) -> Response:
        """Answer one call of the protocol."""

    @abstractmethod
    def _shape(self, request: Request) -> ErrorShape:
        """Give how errors look on the surface that a call goes to."""

    @abstractmethod
    def _has_token(self, request: Request) -> bool:
        """Tell whether a call carries a credential, right or wrong."""

    def _blob_of(self, request: Request) -> str | None:
        """Give the path of the blob that a call names in its query, if any."""
        return None

    def _respond(self, request: Request) -> tuple[Response, FaultRule | None, Call | None]:
        if request.raw_path.startswith(PREFIX):
            return control(request, self.faults, self.journal), None, None
        blob = self._blob_of(request)
        shown = f"{request.method} {request.raw_path}" + (f" {blob}" if blob else "")
        rule = self.faults.take(shown)
        pause = self.latency + (rule.delay if rule else 0.0)
        if pause > 0:
            time.sleep(pause)
        response = self._with_fault(request, rule)
        asked = request.headers.get("x-ms-range") or request.headers.get("range")
        token_sent = self._has_token(request)
        call = Call(request.method, request.raw_path, response.status, token_sent, blob, asked)
        if request.method == "DELETE":
            call.query = request.raw_query
        self.journal.add(call)
        return response, rule, call

    def _with_fault(self, request: Request, rule: FaultRule | None) -> Response:
        shape = self._shape(request)
        if rule is not None:
            if rule.ignore_range:
                request.headers.pop("range", None)
                request.headers.pop("x-ms-range", None)
            faulty = rule.answer(shape)
            if faulty is not None:
                return faulty
        try:
            return self._answer(request)
        except Exception as error:
            return shape(500, "SandboxDefect", repr(error))
