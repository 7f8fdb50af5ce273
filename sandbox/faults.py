"""Kills this process at a chosen call, for tests that prove that dying there does no harm.

Storage SDKs go through `requests` and connectors through the app's own connections, so every call
to the outside can be such a moment. `SANDBOX_FAULTS` holds JSON: a list of
`{"match": regex over "METHOD path?query", "nth": 1, "when": "before" or "after", "log": path}`, or
`{"record": path}` to write down every call instead. A fault fires once per log file, so that a
process that is started again goes on.
"""

import contextlib
import json
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

_SECRET_PARAMETERS = frozenset({"sig", "signature", "sharedAccessUri", "t", "c", "s", "h"})
"""Signatures of links, and what the addresses of long operations hold beside their names."""


class Fault:
    """One moment at which to die."""

    def __init__(self, rule: dict[str, Any]) -> None:
        self._rule = rule
        self._match = re.compile(rule["match"])
        self._nth = int(rule.get("nth", 1))
        self.when = rule.get("when", "before")
        if self.when not in ("before", "after"):
            raise ValueError(f"a fault is before or after a call, not {self.when!r}")
        self._log = Path(rule["log"])
        self._seen = 0
        self._lock = threading.Lock()
        self._armed = not self._has_fired()

    def _has_fired(self) -> bool:
        if not self._log.exists():
            return False
        fired = [json.loads(line) for line in self._log.read_text("utf-8").splitlines()]
        return any(line["rule"] == self._rule for line in fired)

    def is_now(self, call: str) -> bool:
        """Count a call; True where it is the one."""
        if not self._armed or not self._match.search(call):
            return False
        with self._lock:
            self._seen += 1
            return self._seen == self._nth

    def fire(self, call: str) -> None:
        """Write down the moment, for good, and kill this process."""
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps({"rule": self._rule, "call": call}) + "\n")
            log.flush()
            os.fsync(log.fileno())
        os.kill(os.getpid(), signal.SIGKILL)


def shown(method: str, url: str) -> str:
    """Give a call as faults match it: method, path and query, without signatures."""
    parts = urlsplit(url)
    query = [p for p in parts.query.split("&") if p.partition("=")[0] not in _SECRET_PARAMETERS]
    return f"{method} {parts.path}" + (f"?{'&'.join(query)}" if any(query) else "")


def arm_from_environment() -> None:
    """Arm what `SANDBOX_FAULTS` asks for, if anything."""
    text = os.environ.get("SANDBOX_FAULTS")
    if not text:
        return
    value = json.loads(text)
    if isinstance(value, dict):
        _wrap([], Path(value["record"]))
    else:
        _wrap([Fault(rule) for rule in value], None)


def _wrap(faults: list[Fault], record: Path | None) -> None:
    from dsr.services.connections import Connections, Response

    send: Callable[..., requests.Response] = requests.adapters.HTTPAdapter.send
    ask: Callable[..., Response] = Connections.request
    lock = threading.Lock()

    @contextlib.contextmanager
    def watched(method: str, url: str) -> Iterator[None]:
        call = shown(method, url)
        if record is not None:
            with lock, record.open("a", encoding="utf-8") as log:
                log.write(call + "\n")
        due = [fault for fault in faults if fault.is_now(call)]
        for fault in due:
            if fault.when == "before":
                fault.fire(call)
        yield
        for fault in due:
            if fault.when == "after":
                fault.fire(call)

    def sending(
        self: requests.adapters.HTTPAdapter, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        with watched(request.method or "", request.url or ""):
            return send(self, request, **options)

    def asking(
        self: Connections, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        with watched(method, url):
            return ask(self, method, url, headers, body)

    requests.adapters.HTTPAdapter.send = sending  # type: ignore[assignment, method-assign]
    Connections.request = asking  # type: ignore[method-assign]
