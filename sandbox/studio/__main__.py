"""Runs the sandbox Studio as a process: `python -m sandbox.studio --port N`."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from sandbox.studio import (
    SandboxStudio,
    Workspace,
    big_workspace,
    bulk_workspace,
    sample_workspaces,
)
from sandbox.studio.sas import DEFAULT_SECONDS


def workspaces_of(data: str) -> tuple[Workspace, ...]:
    """Give the workspaces that `--data` names: `sample`, `bulk:N:SIZE` or `big:BYTES`."""
    match data.split(":"):
        case ["sample"]:
            return sample_workspaces()
        case ["bulk", n, size]:
            return (bulk_workspace(int(n), int(size)),)
        case ["big", size]:
            return (big_workspace(int(size)),)
        case _:
            raise argparse.ArgumentTypeError("sample, bulk:N:SIZE or big:BYTES")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, or until the process that started this one is gone.

    The ready file appears whole, after the server answers.
    """
    parser = argparse.ArgumentParser(prog="sandbox.studio", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ready-file", type=Path)
    parser.add_argument("--data", type=workspaces_of, default="sample")
    parser.add_argument("--sas-seconds", type=float, default=DEFAULT_SECONDS)
    parser.add_argument("--latency", type=float, default=0.0)
    options = parser.parse_args(arguments)
    parent = os.getppid()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    studio = SandboxStudio(options.data, options.port, options.sas_seconds, options.latency)
    with studio:
        ready = json.dumps({"url": studio.url, "settings": studio.settings()})
        if options.ready_file is None:
            print(studio.url, flush=True)
        else:
            draft = options.ready_file.with_suffix(".tmp")
            draft.write_text(ready, encoding="utf-8")
            draft.replace(options.ready_file)
        # Polling, not PR_SET_PDEATHSIG: that fires when the parent's starting thread ends.
        while not ended.wait(0.5) and os.getppid() == parent:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
