"""Long-running deletes of New web services, with a status to poll for each."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.arm.model import PROVIDER
from sandbox.studio.identifiers import iso


@dataclass(slots=True)
class _Operation:
    name: str
    path: str
    service: str
    started: float
    polls: int = 0
    ended: float | None = None
    error: dict[str, Any] | None = None


class Operations:
    """Deletes under way. The thing itself is there until its operation has succeeded.

    An operation ends `seconds` after its start, or where `polls` is a number, at the poll after
    that many, however long it takes. Both may be changed at any time.
    """

    def __init__(self, remove: Callable[[str], object]) -> None:
        self.seconds = 0.3
        self.polls: int | None = None
        self._remove = remove
        self._lock = threading.Lock()
        self._operations: dict[str, _Operation] = {}
        self._failures: dict[str, tuple[str, str]] = {}

    def fail(self, service: str, code: str = "InternalError", message: str = "failed") -> None:
        """Let the deletes of a service fail, by its name, until `succeed` or `clear`."""
        self._failures[service.lower()] = (code, message)

    def succeed(self, service: str) -> None:
        """Let the deletes of a service succeed again."""
        self._failures.pop(service.lower(), None)

    def start(self, subscription: str, path: str, service: str) -> str:
        """Begin to delete what is at a path, there or not; give the status's path."""
        name = str(uuid.uuid4())
        where = f"/subscriptions/{subscription}/providers/{PROVIDER}/operations/{name}"
        with self._lock:
            operation = _Operation(name, path, service, time.time())
            self._operations[where.lower()] = operation
        return where

    def settle(self) -> None:
        """End what is due by the clock."""
        with self._lock:
            for operation in self._operations.values():
                if self.polls is None:
                    self._end_if(operation, time.time() >= operation.started + self.seconds)

    def status(self, path: str) -> dict[str, Any] | None:
        """Give an operation's status; None where the path names none. Each call is a poll."""
        with self._lock:
            operation = self._operations.get(path.lower())
            if operation is None:
                return None
            operation.polls += 1
            if self.polls is not None:
                self._end_if(operation, operation.polls > self.polls)
            return _payload(operation)

    def clear(self) -> None:
        """Forget all operations and failures."""
        with self._lock:
            self._operations.clear()
            self._failures.clear()

    def _end_if(self, operation: _Operation, due: bool) -> None:
        if not due or operation.ended is not None:
            return
        operation.ended = time.time()
        failure = self._failures.get(operation.service.lower())
        if failure is None:
            self._remove(operation.path)
        else:
            code, message = failure
            operation.error = {
                "code": code,
                "target": operation.service,
                "message": message,
                "details": [],
            }


def _payload(operation: _Operation) -> dict[str, Any]:
    state = "Provisioning"
    if operation.ended is not None:
        state = "Succeeded" if operation.error is None else "Failed"
    payload: dict[str, Any] = {
        "id": operation.name,
        "name": operation.name,
        "provisioningState": state,
        "startTime": iso(int(operation.started * 1000)),
        "endTime": None if operation.ended is None else iso(int(operation.ended * 1000)),
        "percentComplete": 0 if operation.ended is None else 100,
    }
    return payload if operation.error is None else payload | {"errorInfo": operation.error}
