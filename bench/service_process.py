"""A sandbox in a process of its own, which shares no interpreter lock with what measures."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any, ClassVar, Self, cast


class ServiceProcess:
    """Runs a module that prints app settings, then the calls so far for each line that it reads.

    `MEASURED` and `WARM` are the names of its two workspaces.
    """

    MEASURED: ClassVar[str]
    WARM: ClassVar[str]

    def __init__(self, module: str, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._settings: dict[str, str] = json.loads(self._line())

    def settings(self) -> dict[str, str]:
        """Give the app settings for its workspaces."""
        return self._settings

    def calls(self) -> dict[str, int]:
        """Give how many calls there were so far, by what was called."""
        asking = cast(IO[str], self._process.stdin)
        asking.write("\n")
        asking.flush()
        answer: dict[str, int] = json.loads(self._line())
        return answer

    def request(self, workspace: str) -> dict[str, Any]:
        """Give the request that exports one of its workspaces."""
        raise NotImplementedError

    def check(self, files: Mapping[str, int]) -> None:
        """Raise ValueError where a package's files are not all that was to be exported."""
        raise NotImplementedError

    def _line(self) -> str:
        line = cast(IO[str], self._process.stdout).readline()
        if not line:
            raise RuntimeError("the sandbox did not start")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            cast(IO[str], stream).close()
        self._process.wait()
