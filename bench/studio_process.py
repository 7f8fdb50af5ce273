"""A sandbox Studio in a process of its own, which shares no interpreter lock with what measures."""

import json
import subprocess
import sys
from typing import IO, Final, Self, cast


class StudioProcess:
    """Runs `python -m bench.studio`: `count` assets of `kind`, datasets of `size` bytes.

    Their bytes are blobs of the container at `source_url`; without one, Studio serves them.
    """

    MEASURED: Final = "bulk-lab"
    WARM: Final = "warm-lab"

    def __init__(
        self,
        count: int,
        size: int,
        source_url: str | None = None,
        latency: float = 0.0,
        kind: str = "dataset",
    ) -> None:
        self.count, self.size, self.kind = count, size, kind
        command = [sys.executable, "-m", "bench.studio", "--kind", kind, "--count", str(count)]
        command += ["--size", str(size), "--latency", str(latency)]
        if source_url:
            command += ["--source", source_url]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._settings: dict[str, str] = json.loads(self._line())

    def settings(self) -> dict[str, str]:
        """Give the app settings for its workspaces."""
        return self._settings

    def calls(self) -> dict[str, int]:
        """Give how many calls there were so far: `api`, and `downloads`."""
        asking = cast(IO[str], self._process.stdin)
        asking.write("\n")
        asking.flush()
        answer: dict[str, int] = json.loads(self._line())
        return answer

    def _line(self) -> str:
        line = cast(IO[str], self._process.stdout).readline()
        if not line:
            raise RuntimeError("the sandbox Studio did not start")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            cast(IO[str], stream).close()
        self._process.wait()
