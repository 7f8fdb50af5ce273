"""The local host does what the Functions host does: keys, leases, retries, poison, timers."""

import base64
import json
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueServiceClient

from sandbox.azurite import Azurite
from sandbox.host import HostProcess

APP = """
import json, os, time
from pathlib import Path
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
OUT = Path(os.environ["OUT"])

def note(name, **what):
    with (OUT / name).open("a") as file:
        file.write(json.dumps(what) + "\\n")

@app.route("echo/{id}", methods=["POST"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    body = {"id": req.route_params["id"], "q": req.params.get("q"), "size": len(req.get_body()),
            "header": req.headers.get("X-Test"), "url": req.url}
    return func.HttpResponse(json.dumps(body), status_code=201, mimetype="application/json",
                             headers={"X-Answer": "yes"})

@app.route("open", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def open_(req: func.HttpRequest) -> str:
    return "open"

@app.route("broken", methods=["GET"])
def broken(req: func.HttpRequest) -> str:
    raise RuntimeError("broken on purpose")

@app.queue_trigger("msg", "%QUEUE%", "Conn")
def work(msg: func.QueueMessage) -> None:
    body = json.loads(msg.get_body())
    note("work", phase="start", n=body["n"], dequeued=msg.dequeue_count, id=msg.id)
    time.sleep(body.get("sleep", 0))
    if body.get("fail"):
        raise RuntimeError("failed on purpose")
    note("work", phase="end", n=body["n"])

@app.function_name("tick")
@app.timer_trigger("timer", "0 0 0 1 1 *")
def tick(timer: func.TimerRequest) -> None:
    note("tick", past_due=timer.past_due)
"""
HOST = {
    "version": "2.0",
    "functionTimeout": "00:00:08",
    "extensionBundle": {"id": "x", "version": "[4.*, 5.0.0)"},
    "extensions": {
        "queues": {
            "batchSize": 2,
            "newBatchThreshold": 1,
            "maxDequeueCount": 3,
            "visibilityTimeout": "00:00:01",
        }
    },
}


class Hosted:
    """A test app in a host process of its own."""

    def __init__(self, folder: Path, azurite: Azurite, lease: float = 600) -> None:
        self.out = folder / "out"
        self.out.mkdir()
        (folder / "function_app.py").write_text(textwrap.dedent(APP), "utf-8")
        (folder / "host.json").write_text(json.dumps(HOST), "utf-8")
        self.queue_name = f"q-{uuid.uuid4()}"
        settings = {
            "Conn": azurite.connection_string,
            "QUEUE": self.queue_name,
            "OUT": str(self.out),
        }
        self.log = folder / "log"
        self.host = HostProcess(settings, self.log, lease, app_dir=folder, max_poll=0.2)
        self._service = QueueServiceClient.from_connection_string(azurite.connection_string)

    def queue(self, suffix: str = "") -> QueueClient:
        return self._service.get_queue_client(self.queue_name + suffix)

    def waiting(self, suffix: str = "") -> int:
        try:
            return self.queue(suffix).get_queue_properties().approximate_message_count or 0
        except ResourceNotFoundError:
            return 0

    def send(self, **body: object) -> None:
        self.queue().send_message(base64.b64encode(json.dumps(body).encode()).decode())

    def notes(self, name: str = "work") -> list[dict[str, object]]:
        path = self.out / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def call(
        self, method: str, path: str, key: str | None = "function-key", **options: object
    ) -> requests.Response:
        headers = {"x-functions-key": key} if key else {}
        headers |= options.pop("headers", {})  # type: ignore[arg-type]
        return requests.request(
            method, f"{self.host.url}/{path}", headers=headers, timeout=20, **options
        )  # type: ignore[arg-type]


def until(what: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.05)


@pytest.fixture
def hosted(tmp_path: Path, azurite: Azurite) -> Iterator[Hosted]:
    made = Hosted(tmp_path, azurite, lease=2)
    with made.host:
        yield made


def test_routes_keys_and_answers(hosted: Hosted) -> None:
    answer = hosted.call("POST", "api/echo/a%20b?q=1", data=b"x" * 300_000, headers={"X-Test": "t"})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["id"], body["q"], body["size"], body["header"]) == ("a b", "1", 300_000, "t")
    assert answer.headers["X-Answer"] == "yes"
    assert answer.headers["Content-Type"].startswith("application/json")
    assert hosted.call("GET", "api/open", key=None).text == "open"
    assert hosted.call("POST", "api/echo/1", key=None).status_code == 401
    assert hosted.call("POST", "api/echo/1", key="wrong").status_code == 401
    assert hosted.call("POST", "api/echo/1?code=function-key", key=None).status_code == 201
    assert hosted.call("POST", "api/echo/1", key="master-key").status_code == 201
    for method, path in (("GET", "echo/1"), ("GET", "nowhere"), ("HEAD", "open"), ("POST", "open")):
        assert hosted.call(method, f"api/{path}").status_code == 404
    assert hosted.call("GET", "api/broken").status_code == 500
    assert "broken on purpose" in hosted.log.read_text()
    assert hosted.call("GET", "admin/host/status").status_code == 401
    assert hosted.call("GET", "admin/host/status", key="master-key").json() == {"state": "Running"}


def test_a_message_is_delivered_and_deleted(hosted: Hosted) -> None:
    hosted.send(n=1)
    until(lambda: {"phase": "end", "n": 1} in hosted.notes())
    until(lambda: hosted.waiting() == 0)
    assert hosted.notes()[0]["dequeued"] == 1


def test_a_message_that_fails_three_times_goes_to_poison(hosted: Hosted) -> None:
    hosted.send(n=2, fail=True)
    until(lambda: "MaxDequeueCount of 3" in hosted.log.read_text())
    assert [n["dequeued"] for n in hosted.notes()] == [1, 2, 3]
    until(lambda: hosted.waiting("-poison") == 1)
    assert hosted.waiting() == 0


def test_a_message_that_is_not_base64_goes_to_poison_uncalled(hosted: Hosted) -> None:
    hosted.queue().send_message("{not base64")
    until(lambda: "is not Base64" in hosted.log.read_text())
    until(lambda: hosted.waiting() == 0)
    assert hosted.notes() == []


def test_a_lease_is_renewed_while_the_function_runs(hosted: Hosted) -> None:
    hosted.send(n=3, sleep=5)
    until(lambda: {"phase": "end", "n": 3} in hosted.notes())
    time.sleep(2.5)
    assert len(hosted.notes()) == 2


def test_a_message_of_a_killed_process_comes_back_when_its_lease_is_over(hosted: Hosted) -> None:
    hosted.send(n=4, sleep=1)
    until(lambda: len(hosted.notes()) == 1)
    hosted.host.kill()
    hosted.host.start()
    until(lambda: {"phase": "end", "n": 4} in hosted.notes())
    assert [n["dequeued"] for n in hosted.notes() if n["phase"] == "start"] == [1, 2]


def test_no_more_run_at_once_than_host_json_allows(hosted: Hosted) -> None:
    for n in range(8):
        hosted.send(n=n, sleep=0.4)
    until(lambda: sum(n["phase"] == "end" for n in hosted.notes()) == 8)
    running = most = 0
    for entry in hosted.notes():
        running += 1 if entry["phase"] == "start" else -1
        most = max(most, running)
    assert 2 <= most <= 3


def test_a_timer_fires_when_told_to(hosted: Hosted) -> None:
    assert hosted.call("POST", "admin/functions/tick", json={}).status_code == 401
    assert hosted.call("POST", "admin/functions/none", key="master-key", json={}).status_code == 404
    assert hosted.call("POST", "admin/functions/tick", key="master-key", json={}).status_code == 202
    until(lambda: hosted.notes("tick") == [{"past_due": False}])


def test_sigterm_lets_what_runs_finish(hosted: Hosted) -> None:
    hosted.send(n=5, sleep=2)
    until(lambda: len(hosted.notes()) == 1)
    assert hosted.host.stop() == 0
    assert {"phase": "end", "n": 5} in hosted.notes()


def test_a_function_past_its_timeout_ends_the_process(hosted: Hosted) -> None:
    hosted.send(n=6, sleep=30)
    until(lambda: not hosted.host.alive(), seconds=20)
    assert hosted.host.kill() == 3
    assert "ran past functionTimeout" in hosted.log.read_text()
