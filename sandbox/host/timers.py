"""The host's timers: each on a thread of its own, never over itself."""

import contextlib
import logging
import threading
from concurrent.futures import CancelledError, Executor
from datetime import UTC, datetime

from azure.functions.timer import TimerRequest

from sandbox.host.functions import TimerFunction

logger = logging.getLogger(__name__)


class Timer:
    """Fires one timer function by its schedule (UTC), or when told to."""

    def __init__(self, function: TimerFunction, workers: Executor) -> None:
        self.name = function.name
        self._function = function
        self._workers = workers
        self._stopped = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def start(self) -> None:
        """Start waiting for the first time that comes."""
        self._thread.start()

    def stop(self) -> None:
        """Fire no more."""
        self._stopped.set()

    def drained(self, seconds: float) -> bool:
        """Wait until the function does not run any more, `seconds` at most."""
        free = self._one_at_a_time.acquire(timeout=seconds)
        if free:
            self._one_at_a_time.release()
        return free

    def fire(self) -> None:
        """Run the function now; an error is logged, as the next time comes anyway."""
        with self._one_at_a_time, contextlib.suppress(CancelledError):
            if self._stopped.is_set():
                return
            request = TimerRequest(past_due=False)
            call = self._workers.submit(self._function.call, **{self._function.argument: request})
            error = call.exception()
            if error is not None:
                logger.error("function %s failed", self.name, exc_info=error)

    def _loop(self) -> None:
        following = datetime.now(UTC)
        while True:
            now = datetime.now(UTC)
            # never the same moment twice, should the clock be a little behind the wait
            following = self._function.schedule.after(max(now, following))
            if self._stopped.wait((following - now).total_seconds()):
                return
            self.fire()
