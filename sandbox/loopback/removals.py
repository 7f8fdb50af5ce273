"""What was deleted from a server, and when: lists go on showing it for a while."""

import threading
import time
from collections.abc import Hashable


class Removals:
    """Keys of deleted things. `lag_seconds` is how long lists show a thing after its delete."""

    def __init__(self, lag_seconds: float = 0.0) -> None:
        self.lag_seconds = lag_seconds
        self._lock = threading.Lock()
        self._at: dict[Hashable, float] = {}

    def __bool__(self) -> bool:
        """Tell whether anything was deleted."""
        return bool(self._at)

    def add(self, *keys: Hashable) -> bool:
        """Delete things; False where the first one was deleted before."""
        now = time.monotonic()
        with self._lock:
            first = keys[0] not in self._at
            for key in keys:
                self._at.setdefault(key, now)
        return first

    def gone(self, key: Hashable) -> bool:
        """Tell whether a thing was deleted."""
        return key in self._at

    def listed(self, key: Hashable) -> bool:
        """Tell whether lists show a thing: it is there, or its delete is too recent."""
        at = self._at.get(key)
        return at is None or time.monotonic() < at + self.lag_seconds

    def clear(self) -> None:
        """Take all deletes back."""
        with self._lock:
            self._at.clear()
