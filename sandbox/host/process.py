"""The local host as a child process, which can be stopped or killed."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, Self

ROOT: Final = Path(__file__).parents[2]


class HostProcess:
    """One host process after another on the same settings; ends with this process at the latest."""

    def __init__(
        self,
        settings: Mapping[str, str],
        log: Path,
        lease: float = 600.0,
        port: int = 0,
        app_dir: Path = ROOT,
        function_key: str = "function-key",
        master_key: str = "master-key",
        max_poll: float = 2.0,
    ) -> None:
        self._environment = os.environ | dict(settings) | {"SANDBOX_END_WITH_STDIN": "1"}
        self._log_path = log
        self._options = [
            *("--lease", str(lease)),
            *("--port", str(port)),
            *("--app-dir", str(app_dir)),
            *("--function-key", function_key),
            *("--master-key", master_key),
            *("--max-poll", str(max_poll)),
        ]
        self.function_key = function_key
        self.master_key = master_key
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def pid(self) -> int:
        """Give the process id of the running host."""
        if self._process is None:
            raise RuntimeError("the host is not running")
        return self._process.pid

    def start(self, environment: Mapping[str, str] | None = None, seconds: float = 60.0) -> Self:
        """Start a host and wait until it listens; raises RuntimeError with its log's end."""
        self.kill()  # lets go of what a process that died by itself left open
        with tempfile.TemporaryDirectory() as folder:
            self._start(Path(folder) / "ready.json", environment or {}, seconds)
        return self

    def _start(self, ready: Path, environment: Mapping[str, str], seconds: float) -> None:
        self._log = self._log_path.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.host", "--ready-file", str(ready), *self._options],
            cwd=ROOT,
            env=self._environment | dict(environment),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
        )
        deadline = time.monotonic() + seconds
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                tail = self._log_path.read_text("utf-8", "replace")[-2000:]
                raise RuntimeError(f"the host did not start:\n{tail}")
            time.sleep(0.02)
        self.url = json.loads(ready.read_text("utf-8"))["url"]

    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> int:
        """Kill it as a crash would; give its exit status."""
        return self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Let it finish what runs, and end; give its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(number)
        status = self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._log is not None:
            self._log.close()
        self._process = self._log = None
        return status

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()
