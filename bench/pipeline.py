"""One export through the whole app, timed from outside: the app's host has its own process."""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self, cast

import requests

from bench import access_log, machine, source
from sandbox.azurite import Azurite
from sandbox.host import HostProcess
from sandbox.stack import app_settings

_FINAL = ("completed", "completed_with_exceptions", "failed")
_POLL = 0.2


@dataclass(slots=True)
class Run:
    """What one export took: seconds, bytes of memory at most, calls to storage and to Studio."""

    seconds: float
    peak: int
    storage: Counter[str] = field(default_factory=Counter)
    studio: dict[str, int] = field(default_factory=dict)


class Studio:
    """A sandbox Studio in a process of its own; `source_url` None serves the bytes itself."""

    def __init__(
        self, count: int, size: int, source_url: str | None = None, latency: float = 0.0
    ) -> None:
        command = [sys.executable, "-m", "bench.studio", "--count", str(count)]
        command += ["--size", str(size), "--latency", str(latency)]
        if source_url:
            command += ["--source", source_url]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.settings: dict[str, str] = json.loads(cast(IO[str], self._process.stdout).readline())

    def calls(self) -> dict[str, int]:
        """Give how many calls there were: to the API, and in all."""
        asking = cast(IO[str], self._process.stdin)
        asking.write("\n")
        asking.flush()
        answer: dict[str, int] = json.loads(cast(IO[str], self._process.stdout).readline())
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            cast(IO[str], stream).close()
        self._process.wait()


def export(
    azurite: Azurite, studio: Studio, entries: int, log: Path, app_dir: Path | None = None
) -> Run:
    """Export the studio's workspace with a new host process; raises where it went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        settings = app_settings(azurite.connection_string, Given(studio.settings))
        options: dict[str, Any] = {"app_dir": app_dir} if app_dir else {}
        host = HostProcess(settings, Path(folder) / "host.log", max_poll=0.2, **options)
        with host:
            return _export(host, studio, entries, log)


class Given:
    """Stands in for a sandbox Studio of this process, whose settings are all that is asked for."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings

    def settings(self) -> dict[str, str]:
        return self._settings


def _export(host: HostProcess, studio: Studio, entries: int, log: Path) -> Run:
    session = requests.Session()
    session.headers["x-functions-key"] = host.function_key
    url = f"{host.url}/api/requests"
    body = {
        "type": "export",
        "subject": {"emails": ["tomas.user@example.org"]},
        "scope": {"select": "workspace"},
        "approval": "automatic",
    }
    session.get(f"{host.url}/api/ready", timeout=60).raise_for_status()
    machine.forget_peak(host.pid)
    start, before = log.stat().st_size, studio.calls()
    began = time.perf_counter()
    answer = session.post(url, data=json.dumps(body), timeout=60)
    answer.raise_for_status()
    one = f"{url}/{answer.json()['request_id']}"
    polls = 0
    while True:
        document = session.get(one, timeout=60).json()
        polls += 1
        if document["status"] in _FINAL:
            break
        time.sleep(_POLL)
    seconds = time.perf_counter() - began
    after = studio.calls()
    if document["status"] != "completed" or document["counts"]["exported"] < entries:
        raise RuntimeError(f"the export went wrong: {document}")
    part = session.get(f"{one}/package", timeout=60).json()["parts"][0]
    requests.head(part["url"], timeout=60).raise_for_status()
    lines = access_log.read_from(log, start)
    storage = access_log.count(lines, ignored=(source.CONTAINER,))
    return Run(
        seconds,
        machine.peak(host.pid),
        storage,
        {name: after[name] - before[name] for name in after} | {"polls": polls},
    )
