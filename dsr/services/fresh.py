"""What was read a short while ago, for calls that follow each other."""

import time
from collections.abc import Callable
from typing import Any


class Fresh:
    """What was read `seconds` ago at most, by whichever of the batch's deletes came first."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, seconds: float = 5.0
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._at = 0.0
        self._value: Any = None

    def get(self, read: Callable[[], Any]) -> Any:
        """Give it, read again where it is old."""
        if self._value is None or self._clock() - self._at > self._seconds:
            self._value = read()
            self._at = self._clock()
        return self._value
