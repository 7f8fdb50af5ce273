"""One export through the whole app, timed from outside: all parts have their own processes."""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import requests

from bench import access_log, machine, package, source
from bench.service_process import ServiceProcess
from sandbox.azurite import Azurite
from sandbox.host import HostProcess
from sandbox.stack import app_settings

POLL: Final = 0.2
"""Seconds between two looks at a request's status: on average half of it is added to what is
measured, and a look takes the app some milliseconds, as a caller's would."""
MAX_POLL: Final = 1.0
"""Seconds that the local host lets pass between two looks at an idle queue; it also looks when a
function has ended."""

_FINAL: Final = ("completed", "completed_with_exceptions", "failed")
_QUIET: Final = 2.0
_LONGEST: Final = 3600.0


@dataclass(slots=True)
class Run:
    """What one export took: seconds, bytes of memory at most, calls to storage and to the service.

    `seconds` is 0 where calls were counted: then nobody looks at the status meanwhile.
    """

    seconds: float
    peak: int
    storage: Counter[str] = field(default_factory=Counter)
    service: dict[str, int] = field(default_factory=dict)


def export(
    azurite: Azurite, service: ServiceProcess, app_dir: Path | None = None, log: Path | None = None
) -> Run:
    """Export the service's measured workspace with a new host process; raises where it went wrong.

    With `log`, Azurite's access log, calls to storage are counted and no time is taken.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = app_settings(azurite.connection_string, service)
        options: dict[str, Any] = {"app_dir": app_dir} if app_dir else {}
        host = HostProcess(settings, Path(folder) / "host.log", max_poll=MAX_POLL, **options)
        with host:
            caller = _Caller(host, service)
            caller.warm_up()
            return caller.timed() if log is None else caller.counted(log)


class _Caller:
    """Calls the app's API as a client does."""

    def __init__(self, host: HostProcess, service: ServiceProcess) -> None:
        self._host = host
        self._service = service
        self._url = f"{host.url}/api/requests"
        self._session = requests.Session()
        self._session.headers["x-functions-key"] = host.function_key

    def warm_up(self) -> None:
        """Export a workspace with next to nothing in it, so that nothing is imported later."""
        self._end_of(self._submit(self._service.WARM))
        machine.forget_peak(self._host.pid)

    def timed(self) -> Run:
        """Export, and take the time from before the POST to the status that is final."""
        before = self._service.calls()
        began = time.perf_counter()
        request = self._submit(self._service.MEASURED)
        self._end_of(request)
        seconds = time.perf_counter() - began
        peak = machine.peak(self._host.pid)
        after = self._service.calls()
        self._check(request)
        return Run(seconds, peak, service=_more(before, after))

    def counted(self, log: Path) -> Run:
        """Export, and count the calls; the end shows in the log of the storage itself."""
        start, before = log.stat().st_size, self._service.calls()
        request = self._submit(self._service.MEASURED)
        commit = f"/dsr-exports/{request}.zip?comp=blocklist"
        lines = _quiet_lines(log, start, lambda text: commit in text)
        after = self._service.calls()
        peak = machine.peak(self._host.pid)
        self._end_of(request)
        self._check(request)
        return Run(
            0.0,
            peak,
            access_log.count(lines, ignored=(source.CONTAINER,)),
            _more(before, after),
        )

    def _submit(self, workspace: str) -> str:
        body = self._service.request(workspace)
        answer = self._session.post(self._url, data=json.dumps(body), timeout=60)
        answer.raise_for_status()
        return str(answer.json()["request_id"])

    def _end_of(self, request: str) -> Mapping[str, Any]:
        deadline = time.monotonic() + _LONGEST
        while True:
            answer = self._session.get(f"{self._url}/{request}", timeout=60)
            answer.raise_for_status()
            document: dict[str, Any] = answer.json()
            if document["status"] in _FINAL:
                break
            if time.monotonic() > deadline:
                raise RuntimeError(f"the export did not end: {document}")
            time.sleep(POLL)
        if document["status"] != "completed":
            raise RuntimeError(f"the export went wrong: {document}")
        return document

    def _check(self, request: str) -> None:
        answer = self._session.get(f"{self._url}/{request}/package", timeout=60)
        answer.raise_for_status()
        (part,) = answer.json()["parts"]
        self._service.check(package.files_of(part["url"], part["size"]))


def _more(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after}


def _quiet_lines(log: Path, start: int, is_end: Callable[[str], bool]) -> list[str]:
    """Give the lines since `start` once one of them is the end and only idle looks follow."""
    deadline = time.monotonic() + _LONGEST
    seen, since = -1, time.monotonic()
    while True:
        lines = access_log.read_from(log, start)
        calls = sum(not access_log.is_look(line) for line in lines)
        now = time.monotonic()
        if calls != seen:
            seen, since = calls, now
        if now - since > _QUIET and any(is_end(line) for line in lines):
            return lines
        if now > deadline:
            raise RuntimeError("the export did not end")
        time.sleep(0.3)
