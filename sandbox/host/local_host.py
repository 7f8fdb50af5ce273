"""A small Functions host for one machine: HTTP, queues and timers of one app, in one process."""

import importlib
import logging
import os
import secrets
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Self

import azure.functions as func

from sandbox.host.functions import read_functions
from sandbox.host.hostfile import HostFile, read_host_file
from sandbox.host.pump import QueuePump
from sandbox.host.timers import Timer
from sandbox.host.web import Keys, WebServer

logger = logging.getLogger(__name__)

DRAIN_SECONDS: Final = 10.0
_WAKES: Final = 0.5
"""Seconds between two looks at all queues because a function has ended, while others work."""
OVERRUN: Final = 3
"""Exit code of a process in which a function ran past `functionTimeout`."""


class LocalHost:
    """Runs the functions of `function_app.app` as the Functions host does.

    Sync functions share one pool of threads, as in the Python worker: `min(32, cpu + 4)` unless
    `PYTHON_THREADPOOL_THREAD_COUNT` says more. Raises HostError where the real host would stop.
    """

    def __init__(
        self,
        app: Any,
        host: HostFile,
        port: int = 0,
        lease: float = 600.0,
        max_poll_seconds: float = 2.0,
        function_key: str | None = None,
        master_key: str | None = None,
    ) -> None:
        self.keys = Keys(
            function_key or secrets.token_urlsafe(32), master_key or secrets.token_urlsafe(32)
        )
        threads = int(os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT") or 0)
        self._workers = ThreadPoolExecutor(threads or min(32, (os.cpu_count() or 1) + 4))
        functions = read_functions(app)
        self._pumps = [
            QueuePump(f, host, self._workers, lease, max_poll_seconds, _overrun, self._wake)
            for f in functions.queues
        ]
        self._queue_functions = {f.name: f for f in functions.queues}
        self._timers = [Timer(f, self._workers) for f in functions.timers]
        self._woke = 0.0
        self._web = WebServer(
            functions, host.route_prefix, self.keys, self._workers, self._run_now, port, self._wake
        )

    @classmethod
    def of_folder(cls, folder: Path, **options: Any) -> Self:
        """Host the app in a folder: its `function_app.py` and its `host.json`."""
        host = read_host_file(folder / "host.json")
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
        module = importlib.import_module("function_app")
        return cls(module.app, host, **options)

    @property
    def url(self) -> str:
        """Give the address without a slash at the end."""
        return self._web.url

    def start(self) -> None:
        """Start serving, polling and waiting."""
        for pump in self._pumps:
            pump.start()
        for timer in self._timers:
            timer.start()
        self._web.start()

    def stop(self) -> bool:
        """Take nothing new and let what runs finish, for ten seconds at most.

        Gives False where something still runs after that.
        """
        for pump in self._pumps:
            pump.stop()
        for timer in self._timers:
            timer.stop()
        deadline = time.monotonic() + DRAIN_SECONDS
        drained = [self._web.stop(DRAIN_SECONDS)]
        drained += [p.drained(max(0.0, deadline - time.monotonic())) for p in self._pumps]
        drained += [t.drained(max(0.0, deadline - time.monotonic())) for t in self._timers]
        self._workers.shutdown(wait=False, cancel_futures=True)
        return all(drained)

    def _wake(self) -> None:
        """Have all queues looked at; where others still work, not after each that ends."""
        now = time.monotonic()
        if now - self._woke < _WAKES and any(pump.at_work for pump in self._pumps):
            return
        self._woke = now
        for pump in self._pumps:
            pump.wake()

    def _run_now(self, name: str, given: str) -> bool:
        """Run a timer or queue function, as POST /admin/functions/{name} does."""
        for timer in self._timers:
            if timer.name == name:
                threading.Thread(target=timer.fire, daemon=True).start()
                return True
        function = self._queue_functions.get(name)
        if function is None:
            return False
        message = func.QueueMessage(id=secrets.token_hex(16), body=given)
        call = self._workers.submit(function.call, **{function.argument: message})
        call.add_done_callback(lambda done: _log_failure(name, done))
        return True


def _log_failure(name: str, call: "Future[Any]") -> None:
    if not call.cancelled() and call.exception() is not None:
        logger.error("function %s failed", name, exc_info=call.exception())


def _overrun(name: str) -> None:
    logger.critical("function %s ran past functionTimeout; the worker ends", name)
    logging.shutdown()
    os._exit(OVERRUN)
