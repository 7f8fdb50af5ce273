"""The sandbox Studio as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.studio.application import TOKEN_HEADER
from tests.integration.studio_client import get

_ROOT = Path(__file__).parents[2]


class TestProcess:
    def _start(self, folder: Path, *command: str) -> "subprocess.Popen[bytes]":
        arguments = ["--ready-file", str(folder / "ready.json"), "--data", "bulk:3:20"]
        return subprocess.Popen(
            [sys.executable, *command, *arguments], cwd=_ROOT, stdin=subprocess.DEVNULL
        )

    def _ready(self, folder: Path) -> Any:
        until = time.monotonic() + 20
        while not (folder / "ready.json").exists() and time.monotonic() < until:
            time.sleep(0.02)
        return json.loads((folder / "ready.json").read_text(encoding="utf-8"))

    def test_it_runs_as_a_process_and_ends_on_sigterm(self, tmp_path: Path) -> None:
        with self._start(tmp_path, "-m", "sandbox.studio") as process:
            try:
                ready = self._ready(tmp_path)
                (target,) = json.loads(ready["settings"]["DSR_WORKSPACES"])
                token = ready["settings"][target["token_setting"]]
                url = f"{target['studio_endpoint']}/api/workspaces/{target['workspace_id']}"
                listed = get(f"{url}/datasources", **{TOKEN_HEADER: token}).json()
                assert [d["Size"] for d in listed] == [20, 20, 20]
                process.send_signal(signal.SIGTERM)
                assert process.wait(10) == 0
            finally:
                process.kill()

    @pytest.mark.skipif(os.name == "nt", reason="Windows tells no parent")
    def test_it_ends_with_its_parent(self, tmp_path: Path) -> None:
        starter = (
            "import subprocess, sys, time\n"
            "subprocess.Popen([sys.executable, '-m', 'sandbox.studio', *sys.argv[1:]])\n"
            "time.sleep(60)\n"
        )
        with self._start(tmp_path, "-c", starter) as parent:
            ready = self._ready(tmp_path)
            assert get(f"{ready['url']}/_sandbox/journal").status_code == 200
            parent.kill()
            parent.wait(10)
        until = time.monotonic() + 10
        while time.monotonic() < until and _answers(ready["url"]):
            time.sleep(0.1)
        assert not _answers(ready["url"])


def _answers(url: str) -> bool:
    try:
        return get(f"{url}/_sandbox/journal").ok
    except requests.ConnectionError:
        return False
