"""What all queue handlers share: reading a message, and the end of the line for poison."""

import logging
from collections.abc import Callable
from typing import Protocol, Self, TypeVar

import azure.functions as func

from dsr.usecases.ports import Ports
from dsr.wiring import ports

logger = logging.getLogger(__name__)


class _Readable(Protocol):
    @property
    def request(self) -> str: ...

    @classmethod
    def from_bytes(cls, body: bytes) -> Self: ...


M = TypeVar("M", bound=_Readable)


def read(kind: type[M], msg: func.QueueMessage) -> M | None:
    """Read a message; one that is not this app's is dropped, since no retry would change it."""
    try:
        return kind.from_bytes(msg.get_body())
    except ValueError:
        logger.error("message %s is none of this app's; dropped", msg.id)
        return None


def last_resort(kind: type[M], msg: func.QueueMessage, give_up: Callable[[Ports, M], None]) -> None:
    """End what a poison message stood for; never fails itself, as nothing comes after it."""
    message = read(kind, msg)
    if message is None:
        return
    try:
        give_up(ports(), message)
    except Exception as error:
        logger.error(
            "request %s: poison message %s could not be handled: %s",
            message.request,
            msg.id,
            type(error).__name__,
        )
