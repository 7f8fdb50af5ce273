"""Faults that kill a process at a chosen call."""

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.faults import Fault, arm_from_environment, shown

_ROOT = Path(__file__).parents[2]


def _fault(log: Path, **rule: Any) -> Fault:
    return Fault({"match": "PUT /store", "log": str(log), **rule})


class TestShown:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("http://h:1/a/b", "PUT /a/b"),
            ("http://h/a?comp=block&blockid=QQ%3D%3D", "PUT /a?comp=block&blockid=QQ%3D%3D"),
            ("http://h/a?sig=secret", "PUT /a"),
            ("http://h/a?sv=1&sig=se%2Fcret&se=2", "PUT /a?sv=1&se=2"),
            ("http://h/a?signature=secret&x=", "PUT /a?x="),
            ("http://h/a?sharedAccessUri=https%3A%2F%2Fsecret&sigma=1", "PUT /a?sigma=1"),
            ("http://h/a?x&sig=secret", "PUT /a?x"),
            ("http://user:secret@h/a%20b#frag", "PUT /a%20b"),
        ],
    )
    def test_method_path_and_query_as_sent_without_secrets(self, url: str, expected: str) -> None:
        assert shown("PUT", url) == expected


class TestMatching:
    def test_the_first_match_by_default_and_only_once(self, tmp_path: Path) -> None:
        fault = _fault(tmp_path / "log")
        calls = ["GET /store", "PUT /other", "PUT /store/a", "PUT /store/a"]
        assert [fault.is_now(call) for call in calls] == [False, False, True, False]

    def test_the_nth_match(self, tmp_path: Path) -> None:
        fault = _fault(tmp_path / "log", nth=3)
        assert [fault.is_now("PUT /store") for _ in range(5)] == [False, False, True, False, False]

    def test_it_fires_before_a_call_unless_told_otherwise(self, tmp_path: Path) -> None:
        assert _fault(tmp_path / "log").when == "before"
        assert _fault(tmp_path / "log", when="after").when == "after"
        with pytest.raises(ValueError, match="before or after"):
            _fault(tmp_path / "log", when="beside")

    def test_it_fires_once_per_log(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        killed: list[tuple[int, int]] = []
        monkeypatch.setattr(os, "kill", lambda *how: killed.append(how))
        log = tmp_path / "log"
        fault = _fault(log)
        assert fault.is_now("PUT /store/a")
        fault.fire("PUT /store/a")
        assert killed == [(os.getpid(), signal.SIGKILL)]
        (line,) = [json.loads(line) for line in log.read_text().splitlines()]
        assert line["call"] == "PUT /store/a"
        assert not _fault(log).is_now("PUT /store/a")
        # another rule with the same log, and the same rule with another log, are still to come
        assert _fault(log, nth=1).is_now("PUT /store/a")
        assert _fault(tmp_path / "other").is_now("PUT /store/a")


class _Server(HTTPServer):
    """Counts the calls that reach it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def server() -> Any:
    with _Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


_CLIENT = """
import sys, requests
from sandbox.faults import arm_from_environment
arm_from_environment()
with requests.Session() as session:
    for path in sys.argv[2:]:
        session.get(sys.argv[1] + path)
        print(path, flush=True)
"""
_CONNECTOR = """
import sys
from sandbox.faults import arm_from_environment
arm_from_environment()
from dsr.services.connections import Connections
connections = Connections()
for path in sys.argv[2:]:
    connections.request("GET", sys.argv[1] + path, {}).close()
    print(path, flush=True)
"""


def _run(
    server: _Server, faults: Any, *paths: str, client: str = _CLIENT
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", client, server.url, *paths],
        env=os.environ | {"SANDBOX_FAULTS": json.dumps(faults)},
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


class TestArmed:
    @pytest.mark.parametrize("client", [_CLIENT, _CONNECTOR], ids=["requests", "connections"])
    @pytest.mark.parametrize(("when", "reached"), [("before", ["/a"]), ("after", ["/a", "/b"])])
    def test_a_process_dies_at_the_call_and_its_next_goes_on(
        self, server: _Server, tmp_path: Path, when: str, reached: list[str], client: str
    ) -> None:
        rules = [{"match": "GET /b", "when": when, "log": str(tmp_path / "log")}]
        first = _run(server, rules, "/a", "/b", "/c", client=client)
        assert first.returncode == -signal.SIGKILL
        assert first.stdout.split() == ["/a"]
        assert server.seen == reached
        second = _run(server, rules, "/b", "/c", client=client)
        assert second.returncode == 0, second.stderr
        assert second.stdout.split() == ["/b", "/c"]

    @pytest.mark.parametrize("client", [_CLIENT, _CONNECTOR], ids=["requests", "connections"])
    def test_calls_can_be_recorded(self, server: _Server, tmp_path: Path, client: str) -> None:
        record = tmp_path / "record"
        rule = {"record": str(record)}
        done = _run(server, rule, "/a?sig=secret&x=1", "/b", client=client)
        assert done.returncode == 0, done.stderr
        assert record.read_text().splitlines() == ["GET /a?x=1", "GET /b"]
        assert server.seen == ["/a?sig=secret&x=1", "/b"]

    def test_nothing_is_armed_without_the_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SANDBOX_FAULTS", raising=False)
        before = requests.adapters.HTTPAdapter.send
        arm_from_environment()
        assert requests.adapters.HTTPAdapter.send is before
