"""Which request a line of the log is about, where the code that writes it can't know."""

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

_REQUEST: ContextVar[str] = ContextVar("request", default="")


@contextlib.contextmanager
def about(request_id: str) -> Iterator[None]:
    """Say of what is done inside that it is done for a request."""
    before = _REQUEST.set(request_id)
    try:
        yield
    finally:
        _REQUEST.reset(before)


class _RequestInFront(logging.Filter):
    """Puts the request in front of lines that are written inside `about`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass."""
        request_id = _REQUEST.get()
        if request_id:
            record.msg = f"request {request_id}: {record.msg}"
        return True


REQUEST_IN_FRONT: Final = _RequestInFront()
"""For the loggers of code that serves any request; one object, so that adding it twice is once."""
