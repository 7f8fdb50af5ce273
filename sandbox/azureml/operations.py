"""Long-running deletes and cancels, with a status to poll and a result that is not there.

Recorded: both headers hold an address with opaque parameters of more than 3 kB, and the result of
a delete that succeeded answers 404 for what a workspace holds, 200 for a workspace.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sandbox.azureml.errors import ml_error, not_found
from sandbox.azureml.identifiers import guid
from sandbox.azureml.model import PROVIDER
from sandbox.loopback.exchange import Request, Response, json_response

_CERTIFICATE_BYTES = 2_040


@dataclass(slots=True)
class _Operation:
    name: str
    path: str
    parameters: dict[str, str]
    is_workspace: bool
    has_result: bool
    end: Callable[[], object]
    started: float
    polls: int = 0
    state: str = "InProgress"
    error: tuple[str, str] | None = None


class Operations:
    """What is under way. A thing is there until its operation has succeeded.

    An operation ends `seconds` after its start, or where `polls` is a number, at the poll after
    that many, however long it takes. Both may be changed at any time.
    """

    def __init__(self) -> None:
        self.seconds = 0.2
        self.polls: int | None = None
        self._lock = threading.RLock()
        self._operations: dict[str, _Operation] = {}
        self._failures: dict[str, tuple[str, str]] = {}
        self._count = 0

    def fail(self, name: str, code: str = "InternalError", message: str = "failed") -> None:
        """Let the deletes of a thing fail, by its name, until `succeed` or `clear`."""
        self._failures[name.lower()] = (code, message)

    def succeed(self, name: str) -> None:
        """Let the deletes of a thing succeed again."""
        self._failures.pop(name.lower(), None)

    def start(
        self,
        request: Request,
        url: str,
        location: str,
        path: str,
        end: Callable[[], object],
        *,
        is_workspace: bool = False,
        has_result: bool = False,
    ) -> Response:
        """Begin what `end` ends; give the 202 that leads to its status and its result.

        The result of what succeeded is 404 unless it `has_result`, or is a workspace's.
        """
        with self._lock:
            self._count += 1
            number = self._count
            name = guid(path, str(number))
            if not is_workspace:
                kind = path.rstrip("/").split("/")[-2]
                name = f"{kind[:-1]}:{name}:{guid(name)}"
            parameters = _opaque(name)
            self._operations[name.lower()] = _Operation(
                name,
                path,
                parameters,
                is_workspace,
                has_result or is_workspace,
                end,
                time.monotonic(),
            )
        subscription = path.split("/")[2]
        version = request.query["api-version"]
        query = "&".join(f"{key}={value}" for key, value in parameters.items())
        base = f"{url}/subscriptions/{subscription}/providers/{PROVIDER}/locations/{location}"
        if is_workspace:
            status = f"{base}/workspaceOperationsStatus/{name}?api-version={version}&type=async"
            result = f"{base}/workspaceOperationsStatus/{name}?api-version={version}&type=location"
        else:
            status = f"{base}/mfeOperationsStatus/{name}?api-version={version}"
            result = f"{base}/mfeOperationResults/{name}?api-version={version}"
        headers = [("Azure-AsyncOperation", f"{status}&{query}"), ("Location", f"{result}&{query}")]
        if not is_workspace:
            headers.append(("x-ms-async-operation-timeout", "PT30M"))
        return Response(202, headers=headers)

    def answer(self, request: Request, kind: str, name: str) -> Response:
        """Answer a poll of a status or of a result; `kind` is the segment before its name."""
        with self._lock:
            operation = self._operations.get(name.lower())
            if operation is None:
                return not_found("operation")
            asked = dict(parse_qsl(request.raw_query, keep_blank_values=True))
            if any(asked.get(key) != value for key, value in operation.parameters.items()):
                return ml_error(403, "AuthorizationFailed", "the address is not the one given out")
            is_result = kind == "mfeoperationresults" or asked.get("type") == "location"
            if not is_result:
                operation.polls += 1
            if self.polls is not None:
                self._end_if(operation, operation.polls > self.polls)
            return _result(operation) if is_result else _json(_status(operation))

    def settle(self) -> None:
        """End what is due by the clock."""
        with self._lock:
            for operation in list(self._operations.values()):
                if self.polls is None:
                    due = time.monotonic() >= operation.started + self.seconds
                    self._end_if(operation, due)

    def clear(self) -> None:
        """Forget all operations and failures."""
        with self._lock:
            self._operations.clear()
            self._failures.clear()

    def _end_if(self, operation: _Operation, due: bool) -> None:
        if not due or operation.state != "InProgress":
            return
        operation.error = self._failures.get(operation.path.rsplit("/", 1)[-1].lower())
        operation.state = "Succeeded" if operation.error is None else "Failed"
        if operation.error is None:
            operation.end()


def _opaque(name: str) -> dict[str, str]:
    """Give the parameters that nobody but the service reads: more than 3 kB, less than 4."""

    def piece(label: str, size: int) -> str:
        data = hashlib.shake_256(f"{name}/{label}".encode()).digest(size)
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    return {
        "t": "639134562101112223",
        "c": piece("certificate", _CERTIFICATE_BYTES),
        "s": piece("signature", 256),
        "h": piece("hash", 32),
    }


def _status(operation: _Operation) -> dict[str, Any]:
    if operation.state == "InProgress":
        return {"status": "InProgress"}
    if operation.error is not None:
        code, message = operation.error
        return {"status": "Failed", "error": {"code": code, "message": message}}
    if operation.is_workspace:
        return {"status": "Succeeded", "percentComplete": 100.0}
    return {"id": operation.path, "name": operation.name, "status": "Succeeded"}


def _result(operation: _Operation) -> Response:
    if operation.state == "InProgress":
        return Response(202)
    if operation.has_result:
        return Response(200)
    return not_found(operation.path.rsplit("/", 1)[-1])


def _json(body: dict[str, Any]) -> Response:
    return json_response(json.dumps(body).encode())
