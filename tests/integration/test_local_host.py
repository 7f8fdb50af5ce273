"""The local Functions host over the real Azurite, in this process and as one of its own."""

import base64
import gc
import hashlib
import http.client
import importlib.util
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import azure.functions as func
import pytest
import requests
from azure.core.exceptions import ResourceNotFoundError, ServiceRequestError
from azure.storage.queue import QueueClient

from sandbox.azurite import KEY, Azurite
from sandbox.host import HostError, HostFile, HostProcess, LocalHost
from sandbox.host.hostfile import read_host_file
from sandbox.host.pump import QueuePump

_ROOT = Path(__file__).parents[2]
_QUEUES = {
    "batchSize": 2,
    "newBatchThreshold": 1,
    "maxDequeueCount": 3,
    "visibilityTimeout": "00:00:01",
    "maxPollingInterval": "00:00:00.2",
}
_HOST_FILE: dict[str, Any] = {
    "version": "2.0",
    "extensionBundle": {"id": "any", "version": "[4.*, 5.0.0)"},
    "extensions": {"queues": _QUEUES},
}


def until(condition: Callable[[], Any], seconds: float = 15) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Rig:
    """A folder with the app, its settings with queues of its own, and what it wrote down."""

    def __init__(self, folder: Path, azurite: Azurite, **host_file: Any) -> None:
        self.folder = folder
        shutil.copy(Path(__file__).with_name("local_host_app.py"), folder / "function_app.py")
        (folder / "host.json").write_text(json.dumps(_HOST_FILE | host_file), "utf-8")
        self.prefix = f"t{uuid.uuid4().hex[:12]}"
        self.notes_path = folder / "notes"
        self.log = folder / "host.log"
        self.connection = azurite.connection_string
        self.settings = {
            "TestStore": self.connection,
            "TEST_PREFIX": self.prefix,
            "TEST_NOTES": str(self.notes_path),
        }

    def host(self, **options: Any) -> LocalHost:
        """Make a host in this process; the settings have to be in the environment."""
        spec = importlib.util.spec_from_file_location(self.prefix, self.folder / "function_app.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        given: dict[str, Any] = {"max_poll_seconds": 0.2, "function_key": "f", "master_key": "m"}
        host_file = read_host_file(self.folder / "host.json")
        return LocalHost(module.app, host_file, **(given | options))

    def process(self, lease: float = 600.0) -> HostProcess:
        """Make a host for a process of its own."""
        return HostProcess(self.settings, self.log, lease, app_dir=self.folder, max_poll=0.2)

    def notes(self, event: str) -> list[dict[str, Any]]:
        if not self.notes_path.exists():
            return []
        found = [json.loads(line) for line in self.notes_path.read_text("utf-8").splitlines()]
        return [one for one in found if one["event"] == event]

    def send(self, text: str, queue: str = "work") -> None:
        """Send a message as the host expects it, in Base64."""
        self.send_raw(base64.b64encode(text.encode()).decode(), queue)

    def send_raw(self, content: str, queue: str = "work") -> None:
        with self.queue(queue) as client:
            if not _exists(client):
                client.create_queue()
            client.send_message(content)

    def queue(self, name: str = "work") -> QueueClient:
        return QueueClient.from_connection_string(self.connection, f"{self.prefix}-{name}")

    def waiting(self, name: str = "work") -> int:
        """Give how many messages a queue holds, leased ones too."""
        with self.queue(name) as client:
            try:
                return client.get_queue_properties().approximate_message_count or 0
            except ResourceNotFoundError:
                return 0

    def poisoned(self) -> list[str]:
        with self.queue("work-poison") as client:
            if not _exists(client):
                return []
            return [str(message.content) for message in client.peek_messages(32)]


def _exists(client: QueueClient) -> bool:
    try:
        client.get_queue_properties()
    except ResourceNotFoundError:
        return False
    return True


@pytest.fixture
def rig(tmp_path: Path, azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> Rig:
    made = Rig(tmp_path, azurite)
    for name, value in made.settings.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def running(rig: Rig) -> Iterator[LocalHost]:
    """The app on a host in this process, which leaves nothing behind."""
    threads = threading.active_count()
    host = rig.host()
    host.start()
    yield host
    host.stop()
    until(lambda: threading.active_count() <= threads, 3)
    gc.collect()  # whatever was left open is an error now


@pytest.fixture(scope="module")
def web(
    tmp_path_factory: pytest.TempPathFactory, azurite: Azurite
) -> Iterator[tuple[LocalHost, requests.Session]]:
    """One host for all tests of HTTP alone, and a client."""
    rig = Rig(tmp_path_factory.mktemp("web"), azurite)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in rig.settings.items():
            patch.setenv(name, value)
        host = rig.host()
    host.start()
    with requests.Session() as session:
        yield host, session
        host.stop()


Web = tuple[LocalHost, requests.Session]


def _call(web: Web, method: str, path: str, **options: Any) -> requests.Response:
    host, session = web
    return session.request(method, f"{host.url}{path}", timeout=20, **options)


def _key(key: str) -> dict[str, str]:
    return {"x-functions-key": key}


class TestKeys:
    def test_anonymous_needs_none(self, web: Web) -> None:
        answer = _call(web, "GET", "/api/open")
        assert (answer.status_code, answer.text) == (200, "open")

    @pytest.mark.parametrize("key", ["f", "m"])
    def test_a_function_takes_its_key_and_the_master_key(self, web: Web, key: str) -> None:
        in_header = _call(web, "GET", "/api/keyed", headers=_key(key))
        assert (in_header.status_code, in_header.text) == (200, "keyed")
        assert _call(web, "GET", f"/api/keyed?code={key}").status_code == 200

    @pytest.mark.parametrize("key", ["", "x", "ff", "F", "é"])
    def test_any_other_is_refused(self, web: Web, key: str) -> None:
        assert _call(web, "GET", "/api/keyed").status_code == 401
        headers = {"x-functions-key": key.encode()}
        assert _call(web, "GET", "/api/keyed", headers=headers).status_code == 401
        assert _call(web, "GET", "/api/keyed", params={"code": key}).status_code == 401

    def test_admin_takes_the_master_key_only(self, web: Web) -> None:
        assert _call(web, "GET", "/api/operators", headers=_key("f")).status_code == 401
        answer = _call(web, "PATCH", "/api/operators", headers=_key("m"))
        assert (answer.status_code, answer.text) == (200, "PATCH")

    def test_keys_are_made_where_none_are_given(self) -> None:
        hosts = [LocalHost(func.FunctionApp(), HostFile()) for _ in range(2)]
        keys = {key for host in hosts for key in (host.keys.function, host.keys.master)}
        for host in hosts:
            host.stop()
        assert len(keys) == 4
        assert min(len(key) for key in keys) >= 32


class TestRoutes:
    @pytest.mark.parametrize(
        "path", ["/api/none", "/api", "/", "/open", "/api/echo/a/b", "/api//open"]
    )
    def test_an_unknown_route_is_404(self, web: Web, path: str) -> None:
        assert _call(web, "GET", path).status_code == 404

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
    def test_another_method_is_404_too(self, web: Web, method: str) -> None:
        assert _call(web, method, "/api/open").status_code == 404

    def test_head_where_a_function_names_it(self, web: Web) -> None:
        answer = _call(web, "HEAD", "/api/keyed", headers=_key("f"))
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["Content-Length"] == "5"

    def test_a_route_prefix_may_be_empty(self) -> None:
        app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

        @app.route("a/{b}")
        def run(req: func.HttpRequest) -> str:
            return str(req.route_params["b"])

        host = LocalHost(app, HostFile(route_prefix=""))
        host.start()
        try:
            with requests.Session() as session:
                assert session.get(f"{host.url}/a/b", timeout=20).text == "b"
                assert session.get(f"{host.url}/api/a/b", timeout=20).status_code == 404
        finally:
            host.stop()


class TestRequests:
    def _echo(self, web: Web, method: str, path: str, **options: Any) -> Any:
        answer = _call(web, method, f"/api/echo/{path}", **options)
        assert answer.status_code == 200
        return answer.json()

    def test_every_field_reaches_the_function(self, web: Web) -> None:
        body = bytes(range(256))
        headers = {"x-mixed-CASE": "Kept", "Content-Type": "application/x-any"}
        path = "one?a=1&b=%C3%A9+%26&empty="
        shown = self._echo(web, "POST", path, data=body, headers=headers)
        assert shown["method"] == "POST"
        assert shown["url"] == f"{web[0].url}/api/echo/{path}"
        assert shown["header"] == "Kept"
        assert shown["headers"]["content-type"] == "application/x-any"
        assert shown["params"] == {"a": "1", "b": "é &", "empty": ""}
        assert shown["route"] == {"name": "one"}
        assert shown["digest"] == hashlib.sha256(body).hexdigest()

    def test_a_path_may_hold_any_letters(self, web: Web) -> None:
        shown = self._echo(web, "GET", "%C3%A9%20%E6%97%A5%26b")
        assert shown["route"] == {"name": "é 日&b"}
        assert urlsplit(shown["url"]).path == "/api/echo/%C3%A9%20%E6%97%A5&b"

    @pytest.mark.parametrize("size", [0, 1, 300 * 1024])
    def test_bodies_of_any_size(self, web: Web, size: int) -> None:
        body = os.urandom(size)
        shown = self._echo(web, "POST", "a", data=body, headers={"Content-Length": str(size)})
        assert (shown["size"], shown["digest"]) == (size, hashlib.sha256(body).hexdigest())

    def test_a_body_in_chunks(self, web: Web) -> None:
        pieces = [b"a" * 70_000, b"b", b"c" * 9]
        shown = self._echo(web, "POST", "a", data=iter(pieces))
        assert shown["digest"] == hashlib.sha256(b"".join(pieces)).hexdigest()

    def test_a_client_that_waits_to_be_told_to_send(self, web: Web) -> None:
        shown = self._echo(web, "POST", "a", data=b"abc", headers={"Expect": "100-continue"})
        assert shown["size"] == 3


class TestAnswers:
    def test_status_headers_mimetype_and_charset(self, web: Web) -> None:
        answer = _call(web, "GET", "/api/answer")
        assert (answer.status_code, answer.content) == (201, "é".encode("latin-1"))
        assert answer.headers["Content-Type"] == "text/csv; charset=latin-1"
        assert answer.headers["X-One"] == "1"
        assert answer.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]

    def test_only_text_tells_its_charset(self, web: Web) -> None:
        answer = _call(web, "GET", "/api/echo/a")
        assert answer.headers["Content-Type"] == "application/json"

    def test_a_content_type_among_the_headers_wins(self, web: Web) -> None:
        answer = _call(web, "GET", "/api/typed")
        assert (answer.status_code, answer.content) == (503, b"\x00\xff")
        assert answer.raw.headers.getlist("Content-Type") == ["application/problem+json"]
        assert answer.headers["Retry-After"] == "7"

    def test_no_content(self, web: Web) -> None:
        answer = _call(web, "GET", "/api/empty")
        assert (answer.status_code, answer.content) == (204, b"")
        assert "Content-Length" not in answer.headers

    @pytest.mark.parametrize(
        ("name", "why"), [("broken", "this is what went wrong"), ("shapeless", "gives no dict")]
    )
    def test_a_failing_function_is_500_and_logged(
        self, web: Web, caplog: pytest.LogCaptureFixture, name: str, why: str
    ) -> None:
        answer = _call(web, "GET", f"/api/{name}")
        assert (answer.status_code, answer.content) == (500, b"")
        (record,) = [r for r in caplog.records if r.name == "sandbox.host.web"]
        assert record.getMessage() == f"function {name} failed"
        assert record.exc_info
        assert why in str(record.exc_info[1])


class TestConnections:
    @pytest.fixture
    def connection(self, web: Web) -> Iterator[http.client.HTTPConnection]:
        made = http.client.HTTPConnection("127.0.0.1", urlsplit(web[0].url).port, timeout=20)
        yield made
        made.close()

    def _ask(self, connection: http.client.HTTPConnection, *call: Any) -> tuple[int, bytes]:
        connection.request(*call)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def test_a_connection_is_kept(self, connection: http.client.HTTPConnection) -> None:
        assert self._ask(connection, "GET", "/api/open") == (200, b"open")
        first = connection.sock
        assert first is not None
        calls = [
            ("POST", "/api/none", b"x" * 300 * 1024),  # its body is read, though nobody wants it
            ("POST", "/admin/functions/tick", b"{}"),
            ("HEAD", "/api/keyed?code=f"),
            ("GET", "/api/empty"),
            ("GET", "/api/broken"),
            ("GET", "/api/open"),
        ]
        answers = [self._ask(connection, *call)[0] for call in calls]
        assert answers == [404, 401, 200, 204, 500, 200]
        assert connection.sock is first

    def test_a_client_may_send_before_it_is_answered(self, web: Web) -> None:
        call = b"GET /api/open HTTP/1.1\r\nHost: h\r\n\r\n"
        last = call.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        address = ("127.0.0.1", urlsplit(web[0].url).port)
        with socket.create_connection(address, 20) as sock:
            sock.sendall(call + call + last)
            received = b""
            while piece := sock.recv(65_536):
                received += piece
        assert received.count(b"HTTP/1.1 200 OK\r\n") == 3
        assert received.endswith(b"\r\n\r\nopen")

    def test_a_connection_ends_after_a_body_that_is_none(self, web: Web) -> None:
        call = b"POST /api/echo/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        address = ("127.0.0.1", urlsplit(web[0].url).port)
        with socket.create_connection(address, 20) as sock:
            sock.sendall(call)
            received = b""
            while piece := sock.recv(65_536):
                received += piece
        assert received.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 500 "))
        assert received.count(b"HTTP/1.1") == 1

    def test_stop_ends_idle_connections(self, rig: Rig) -> None:
        host = rig.host()
        host.start()
        made = http.client.HTTPConnection("127.0.0.1", urlsplit(host.url).port, timeout=20)
        try:
            assert self._ask(made, "GET", "/api/open") == (200, b"open")
            begun = time.monotonic()
            host.stop()
            assert time.monotonic() - begun < 10
            with pytest.raises((http.client.HTTPException, OSError)):
                self._ask(made, "GET", "/api/open")
        finally:
            made.close()
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{host.url}/api/open", timeout=5)

    def test_stop_waits_for_answers_under_way(self, rig: Rig, running: LocalHost) -> None:
        answers: list[str] = []
        url = f"{running.url}/api/slow"
        client = threading.Thread(target=lambda: answers.append(requests.get(url, timeout=20).text))
        client.start()
        until(lambda: rig.notes("request"))
        running.stop()
        client.join(20)
        assert answers == ["slow"]


class TestAdmin:
    def test_status_needs_the_master_key(self, web: Web) -> None:
        path = "/admin/host/status"
        answer = _call(web, "GET", path, headers=_key("m"))
        assert (answer.status_code, answer.json()["state"]) == (200, "Running")
        assert _call(web, "GET", path, headers=_key("f")).status_code == 401
        assert _call(web, "GET", path).status_code == 401
        assert _call(web, "GET", f"{path}?code=m").status_code == 401

    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("POST", "/admin/functions/none", b"{}", 404),
            ("GET", "/admin/functions/tick", None, 404),
            ("POST", "/admin/other", b"{}", 404),
            ("POST", "/admin/functions/tick", b"{", 400),
            ("POST", "/admin/functions/tick", b"[]", 400),
        ],
    )
    def test_what_it_refuses(
        self, web: Web, method: str, path: str, body: bytes | None, status: int
    ) -> None:
        assert _call(web, method, path, data=body, headers=_key("m")).status_code == status

    def test_a_timer_fires_for_the_master_key_only(self, rig: Rig, running: LocalHost) -> None:
        url = f"{running.url}/admin/functions/tick"
        with requests.Session() as session:
            assert session.post(url, headers=_key("f"), json={}, timeout=20).status_code == 401
            assert session.post(url, json={}, timeout=20).status_code == 401
            assert session.post(url, headers=_key("m"), json={}, timeout=20).status_code == 202
            assert session.post(url, headers=_key("m"), timeout=20).status_code == 202
        until(lambda: len(rig.notes("tick")) == 2)
        assert rig.notes("tick")[0]["past_due"] is False

    def test_a_queue_function_runs_on_what_it_is_given(
        self, rig: Rig, running: LocalHost, caplog: pytest.LogCaptureFixture
    ) -> None:
        url = f"{running.url}/admin/functions/work"
        with requests.Session() as session:
            for text in ("hello", "raise"):
                body = {"input": text}
                answer = session.post(url, headers=_key("m"), json=body, timeout=20)
                assert answer.status_code == 202
        until(lambda: len(rig.notes("start")) == 2)
        assert {one["text"] for one in rig.notes("start")} == {"hello", "raise"}
        until(lambda: "function work failed" in caplog.text)


class TestTimers:
    def _host(self, call: Callable[[func.TimerRequest], None]) -> LocalHost:
        app = func.FunctionApp()
        app.function_name("each")(app.timer_trigger("timer", "* * * * * *")(call))
        return LocalHost(app, HostFile())

    def test_they_fire_by_their_schedule_whatever_the_last_time_did(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        fired: list[float] = []

        def run(timer: func.TimerRequest) -> None:
            fired.append(time.time())
            raise LookupError("bad times")

        host = self._host(run)
        host.start()
        until(lambda: len(fired) == 2, 5)
        host.stop()
        first, second = fired
        assert first % 1 < 0.5
        assert 0.5 < second - first < 1.9
        assert caplog.text.count("function each failed") >= 1
        time.sleep(1.1)
        assert len(fired) == 2

    def test_stop_waits_for_one_that_runs(self) -> None:
        events: list[str] = []

        def run(timer: func.TimerRequest) -> None:
            events.append("start")
            time.sleep(0.4)
            events.append("end")

        host = self._host(run)
        host.start()
        until(lambda: events, 5)
        host.stop()
        assert events == ["start", "end"]


@pytest.mark.usefixtures("running")
class TestQueues:
    def test_success_deletes_the_message(self, rig: Rig) -> None:
        rig.send("hello é")
        until(lambda: rig.notes("end") and rig.waiting() == 0)
        (start,) = rig.notes("start")
        assert (start["text"], start["count"]) == ("hello é", 1)
        assert rig.poisoned() == []

    def test_a_failure_is_retried_after_a_pause_and_ends_as_poison(
        self, rig: Rig, caplog: pytest.LogCaptureFixture
    ) -> None:
        rig.send("raise")
        until(rig.poisoned)
        until(lambda: rig.waiting() == 0)
        starts = rig.notes("start")
        assert [one["count"] for one in starts] == [1, 2, 3]
        assert len({one["id"] for one in starts}) == 1
        pauses = [b["at"] - a["at"] for a, b in itertools.pairwise(starts)]
        assert min(pauses) > 0.7, "visibilityTimeout is a second"
        assert rig.poisoned() == [base64.b64encode(b"raise").decode()]
        line = f"Moving message to queue '{rig.prefix}-work-poison'."
        assert f"Message has reached MaxDequeueCount of 3. {line}" in caplog.text
        assert caplog.text.count("function work failed") == 3
        assert "this message is bad" in caplog.text

    @pytest.mark.parametrize("content", ["not Base64!", "é", "YQ", "Y Q = ="])
    def test_an_undecodable_message_is_poison_at_once(
        self, rig: Rig, caplog: pytest.LogCaptureFixture, content: str
    ) -> None:
        rig.send_raw(content)
        until(rig.poisoned)
        until(lambda: rig.waiting() == 0)
        assert rig.poisoned() == [content]
        assert rig.notes("start") == []
        assert "is not Base64" in caplog.text
        assert "MaxDequeueCount" not in caplog.text

    def test_no_more_run_at_a_time_than_host_json_says(self, rig: Rig) -> None:
        for _ in range(5):
            rig.send("sleep 0.2")
            rig.send("sleep 0.5")
        until(lambda: len(rig.notes("end")) == 10)
        starts = [(one["at"], 1) for one in rig.notes("start")]
        ends = [(one["at"], -1) for one in rig.notes("end")]
        now = most = 0
        for _, change in sorted(starts + ends):
            now += change
            most = max(most, now)
        assert most == 3, "batchSize 2 and newBatchThreshold 1"
        until(lambda: rig.waiting() == 0)

    def test_an_empty_message_is_one_too(self, rig: Rig) -> None:
        rig.send("")
        until(lambda: rig.notes("end") and rig.waiting() == 0)
        assert [one["text"] for one in rig.notes("start")] == [""]


class TestLeases:
    @pytest.fixture
    def start(self, rig: Rig) -> Iterator[Callable[..., LocalHost]]:
        hosts: list[LocalHost] = []

        def started(**options: Any) -> LocalHost:
            host = rig.host(**options)
            host.start()
            hosts.append(host)
            return host

        yield started
        for host in hosts:
            host.stop()
        gc.collect()

    def test_a_function_that_outlasts_its_lease_runs_once(
        self, rig: Rig, start: Callable[..., LocalHost]
    ) -> None:
        start(lease=2.0)
        rig.send("sleep 3.2")
        until(lambda: rig.notes("end") and rig.waiting() == 0)
        assert [one["count"] for one in rig.notes("start")] == [1]

    @pytest.mark.parametrize("lease", [0.3, 0.5])
    def test_a_lease_below_a_second_is_one(
        self, rig: Rig, start: Callable[..., LocalHost], lease: float
    ) -> None:
        start(lease=lease)
        rig.send("sleep 0.4")
        until(lambda: rig.notes("end") and rig.waiting() == 0)
        assert [one["count"] for one in rig.notes("start")] == [1]

    def test_a_renewal_that_fails_leaves_the_function_running(
        self,
        rig: Rig,
        start: Callable[..., LocalHost],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def fail(*given: Any, **options: Any) -> None:
            raise ServiceRequestError("no connection")

        monkeypatch.setattr(QueueClient, "update_message", fail)
        start(lease=3.0)
        rig.send("sleep 1.8")
        until(lambda: rig.notes("end") and rig.waiting() == 0)
        assert "lease not renewed: ServiceRequestError" in caplog.text
        assert "was not settled" not in caplog.text

    def test_what_killed_every_process_is_poison_without_another_run(
        self, rig: Rig, start: Callable[..., LocalHost], caplog: pytest.LogCaptureFixture
    ) -> None:
        rig.send("hello")
        with rig.queue() as client:
            for _ in range(3):
                message = client.receive_message(visibility_timeout=60)
                assert message is not None
                client.update_message(message, visibility_timeout=0)
        start()
        until(rig.poisoned)
        until(lambda: rig.waiting() == 0)
        assert rig.notes("start") == []
        assert "Message has reached MaxDequeueCount of 3." in caplog.text

    def test_a_fetch_under_way_is_seen_through_by_stop(
        self, rig: Rig, start: Callable[..., LocalHost], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fetched = threading.Event()
        fetch = QueuePump._fetch

        def slow_fetch(self: QueuePump) -> Any:
            messages = fetch(self)
            if messages:
                fetched.set()
                time.sleep(0.5)
            return messages

        monkeypatch.setattr(QueuePump, "_fetch", slow_fetch)
        host = start()
        rig.send("hello")
        assert fetched.wait(10)
        host.stop()
        assert len(rig.notes("end")) == 1
        assert rig.waiting() == 0

    def test_a_poison_queue_has_no_poison_queue(self, rig: Rig) -> None:
        ran: list[str] = []

        def run(msg: func.QueueMessage) -> None:
            ran.append(str(msg.id))
            raise LookupError("bad")

        app = func.FunctionApp()
        trigger = app.queue_trigger("msg", f"{rig.prefix}-work-poison", "TestStore")
        app.function_name("last")(trigger(run))
        host = LocalHost(app, HostFile(max_dequeue_count=1), max_poll_seconds=0.1)
        host.start()
        try:
            rig.send("hello", "work-poison")
            until(lambda: ran)
            time.sleep(0.4)
        finally:
            host.stop()
        assert len(ran) == 1
        assert rig.waiting("work-poison") == 1
        assert rig.poisoned() == [], "it is leased still"
        with rig.queue("work-poison-poison") as client:
            assert not _exists(client)


class TestStart:
    def test_a_storage_that_refuses_stops_the_start(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        another = base64.b64encode(b"another key").decode()
        monkeypatch.setenv("TestStore", rig.connection.replace(KEY, another))
        host = rig.host()
        try:
            with pytest.raises(HostError, match=f"queue {rig.prefix}-work can't be made"):
                host.start()
        finally:
            host.stop()

    def test_a_connection_string_that_is_none_is_refused(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TestStore", "none")
        with pytest.raises(HostError, match="work: "):
            rig.host()

    def test_a_process_says_why_it_does_not_start(self, rig: Rig) -> None:
        (rig.folder / "host.json").write_text('{"version": "2.0"}', "utf-8")
        with pytest.raises(RuntimeError, match=r"the app can't be hosted: .* extensionBundle"):
            rig.process().start()


class TestProcess:
    def test_a_killed_process_gives_its_message_to_the_next(self, rig: Rig) -> None:
        with rig.process(lease=2.0) as host:
            rig.send("sleep-at-first 60")
            until(lambda: rig.notes("start"))
            first = host.pid
            os.kill(first, signal.SIGKILL)
            until(lambda: not host.alive())
            host.start()
            assert host.pid != first
            until(lambda: rig.notes("end") and rig.waiting() == 0)
            second = host.pid
        starts = rig.notes("start")
        assert [(one["pid"], one["count"]) for one in starts] == [(first, 1), (second, 2)]
        assert starts[1]["at"] - starts[0]["at"] > 1, "the lease has to end first"

    def test_sigterm_lets_everything_finish(self, rig: Rig) -> None:
        answers: list[str] = []
        with rig.process() as host:
            url = f"{host.url}/api/slow"
            client = threading.Thread(
                target=lambda: answers.append(requests.get(url, timeout=20).text)
            )
            client.start()
            rig.send("sleep 1")
            until(lambda: rig.notes("start") and rig.notes("request"))
            assert host.stop() == 0
            client.join(20)
        assert answers == ["slow"]
        assert len(rig.notes("end")) == 1
        assert rig.waiting() == 0
        log = rig.log.read_text("utf-8")
        assert "Traceback" not in log
        assert "Fatal" not in log

    def test_sigterm_ends_in_the_end(self, rig: Rig) -> None:
        rig.settings["TEST_DRAIN"] = "0.5"
        with rig.process() as host:
            rig.send("sleep 60")
            until(lambda: rig.notes("start"))
            begun = time.monotonic()
            assert host.stop() == 0
            assert time.monotonic() - begun < 20
        assert rig.notes("end") == []
        assert rig.waiting() == 1

    def test_an_overrun_ends_the_process(self, tmp_path: Path, azurite: Azurite) -> None:
        rig = Rig(tmp_path, azurite, functionTimeout="00:00:01")
        with rig.process() as host:
            rig.send("sleep 60")
            rig.send("sleep 60")  # its neighbour goes with it
            until(lambda: not host.alive())
            assert host.kill() == 3
            with pytest.raises(RuntimeError, match="not running"):
                assert host.pid
        assert "function work ran past functionTimeout" in rig.log.read_text("utf-8")
        assert rig.waiting() == 2

    def test_nobody_outlives_the_process_that_started_them(self, rig: Rig) -> None:
        starter = (
            "import json, sys, time\n"
            "from pathlib import Path\n"
            "from sandbox.azurite import Azurite\n"
            "from sandbox.host import HostProcess\n"
            "folder, settings = Path(sys.argv[1]), json.loads(sys.argv[2])\n"
            "azurite = Azurite().start()\n"
            "settings['TestStore'] = azurite.connection_string\n"
            "host = HostProcess(settings, folder / 'host.log', app_dir=folder).start()\n"
            "pids = [host.pid, azurite._process.pid]\n"
            "(folder / 'partial').write_text(json.dumps(pids))\n"
            "(folder / 'partial').rename(folder / 'pids')\n"
            "time.sleep(60)\n"
        )
        command = [sys.executable, "-c", starter, str(rig.folder), json.dumps(rig.settings)]
        with subprocess.Popen(command, cwd=_ROOT) as parent:
            try:
                until((rig.folder / "pids").exists, 40)
                pids = json.loads((rig.folder / "pids").read_text())
                assert all(map(_runs, pids))
            finally:
                parent.kill()
        until(lambda: not any(map(_runs, pids)), 5)


def _runs(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")
