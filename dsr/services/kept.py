"""What was read a short while ago, kept in memory only so that many assets ask for it once."""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

_MOST: Final = 256


class Kept:
    """Values by their names, each read again once it is older than its readers allow.

    Threads may share it. Two that miss the same value at once both read it, which is harmless.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._values: dict[str, tuple[float, Any]] = {}

    def get(self, name: str, seconds: float, read: Callable[[], Any]) -> Any:
        """Give a value that was read at most `seconds` ago; what `read` raises is not kept."""
        with self._lock:
            kept = self._values.get(name)
        if kept is not None and self._clock() - kept[0] <= seconds:
            return kept[1]
        value = read()
        with self._lock:
            if len(self._values) >= _MOST:
                self._values.clear()
            self._values[name] = self._clock(), value
        return value
