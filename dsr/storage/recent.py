"""What never changes once it is written, kept in memory for the requests under way."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Remembers values by request for a few minutes; threads may share it.

    It may hold identifiers of subjects, so it is small, and short-lived beside any retention.
    """

    LIMIT: Final = 32
    SECONDS: Final = 300.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[float, T]] = OrderedDict()

    def get(self, request_id: str, what: str, read: Callable[[], T], max_age: float = SECONDS) -> T:
        """Give the value, read where none of `max_age` seconds is known.

        What `read` raises is not remembered.
        """
        key = request_id, what
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and self._clock() - kept[0] <= max_age:
            return kept[1]
        value = read()
        with self._lock:
            self._kept[key] = self._clock(), value
            self._kept.move_to_end(key)
            if len(self._kept) > self.LIMIT:
                self._kept.popitem(last=False)
        return value

    def forget(self, request_id: str) -> None:
        """Drop what is known of a request."""
        with self._lock:
            for key in [k for k in self._kept if k[0] == request_id]:
                del self._kept[key]
