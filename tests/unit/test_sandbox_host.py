"""The local host's parts that need no network: schedules, host.json, bindings, faults."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import faults
from sandbox.host.functions import read_functions
from sandbox.host.hostfile import HostError, read_host_file
from sandbox.host.schedule import Schedule
from sandbox.progress import describe

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 */5 * * * *", NOON + timedelta(minutes=5)),
        ("*/10 * * * * *", NOON + timedelta(seconds=10)),
        ("0 0 0 1 1 *", datetime(2027, 1, 1, tzinfo=UTC)),
        ("30 15 12 * * 1-5", NOON + timedelta(minutes=15, seconds=30)),
        ("0 0 12 * * 0", datetime(2026, 11, 29, 12, tzinfo=UTC)),
        ("0 0 0 29 2 *", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_when_a_schedule_comes_next(text: str, expected: datetime) -> None:
    assert Schedule(text).after(NOON) == expected


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(1, 59))
def test_the_next_time_is_later_and_fits(moment: datetime, step: int) -> None:
    following = Schedule(f"0 */{step} * * * *").after(moment)
    assert following > moment
    assert (following.second, following.minute % step) == (0, 0)


@pytest.mark.parametrize("text", ["", "* * * * *", "60 * * * * *", "x * * * * *", "5-1 * * * * *"])
def test_bad_schedules_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"field|number|outside"):
        Schedule(text)


def test_a_schedule_that_never_comes_is_refused() -> None:
    with pytest.raises(ValueError, match="never"):
        Schedule("0 0 0 31 2 *").after(NOON)


def app_of(
    *, route: str = "x", methods: list[str] | None = None, name: str = "req"
) -> func.FunctionApp:
    app = func.FunctionApp()

    @app.function_name("one")
    @app.route(route, methods=methods or ["GET"])
    def one(req: func.HttpRequest) -> str:
        return "one"

    return app


def test_functions_are_read_from_their_decorators() -> None:
    app = app_of(route="a/{id}", methods=["GET", "POST"])

    @app.function_name("work")
    @app.queue_trigger("msg", "%QUEUE%", "Conn")
    def work(msg: func.QueueMessage) -> None:
        return None

    @app.function_name("tick")
    @app.timer_trigger("timer", "0 * * * * *")
    def tick(timer: func.TimerRequest) -> None:
        return None

    found = read_functions(app, {"QUEUE": "q-1", "Conn": "UseNothing=1"})
    (http,), (queue,), (timer,) = found.http, found.queues, found.timers
    assert (http.name, http.route, http.methods) == ("one", "a/{id}", {"GET", "POST"})
    assert http.level == "function"
    assert (queue.queue, queue.connection, queue.argument) == ("q-1", "UseNothing=1", "msg")
    assert timer.name == "tick"


def test_an_unset_connection_stops_the_host() -> None:
    app = func.FunctionApp()

    @app.queue_trigger("msg", "q", "Conn")
    def work(msg: func.QueueMessage) -> None:
        return None

    with pytest.raises(HostError, match="Conn is missing"):
        read_functions(app, {})


@pytest.mark.parametrize(("first", "second"), [("x/{a}", "x/{b}"), ("X", "x/")])
def test_two_functions_on_one_route_stop_the_host(first: str, second: str) -> None:
    app = app_of(route=first)

    @app.function_name("two")
    @app.route(second, methods=["GET"])
    def two(req: func.HttpRequest) -> str:
        return "two"

    with pytest.raises(HostError, match="one route"):
        read_functions(app, {})


def test_a_bad_schedule_stops_the_host() -> None:
    app = func.FunctionApp()

    @app.timer_trigger("timer", "* * *")
    def tick(timer: func.TimerRequest) -> None:
        return None

    with pytest.raises(HostError, match="six fields"):
        read_functions(app, {})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "extensionBundle"),
        ({"extensionBundle": {}, "functionTimeout": "-1"}, "hh:mm:ss"),
        ({"extensionBundle": {}, "extensions": {"queues": {"batchSize": 64}}}, "batchSize"),
    ],
)
def test_a_host_json_that_the_host_refuses(tmp_path: Path, value: object, reason: str) -> None:
    path = tmp_path / "host.json"
    path.write_text(json.dumps(value), "utf-8")
    with pytest.raises(HostError, match=reason):
        read_host_file(path)


def test_the_apps_own_host_json_is_read() -> None:
    found = read_host_file(Path(__file__).parents[2] / "host.json")
    assert (found.batch_size, found.new_batch_threshold, found.max_dequeue_count) == (8, 8, 5)
    assert (found.retry_seconds, found.function_timeout, found.base64) == (30, 900, True)


def test_a_fault_counts_only_what_matches_and_fires_once_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    rule = {"match": "PUT .*comp=block&", "nth": 2, "when": "after", "log": str(log)}
    fault = faults.Fault(rule)
    calls = ["PUT /a?comp=block&x=1", "GET /a?comp=block&x=1", "PUT /b?comp=block&x=2"]
    assert [fault.is_now(c) for c in [*calls, calls[0]]] == [False, False, True, False]
    log.write_text(json.dumps({"rule": rule, "call": calls[2]}) + "\n", "utf-8")
    again = faults.Fault(rule)
    assert not any(again.is_now(c) for c in calls * 2)


def test_a_call_is_shown_without_its_signature() -> None:
    url = "http://127.0.0.1:1/acc/c/b?comp=block&sig=abc%3D&blockid=MDA%3D"
    assert faults.shown("PUT", url) == "PUT /acc/c/b?comp=block&blockid=MDA%3D"
    assert faults.shown("GET", "http://127.0.0.1/x?sig=abc") == "GET /x"


def test_progress_is_the_status_documents_numbers() -> None:
    names = ("exported", "deleted", "manual", "retained", "skipped", "failed")
    counts = dict.fromkeys(names, 0) | {"total": 9, "unattributed": 2, "exported": 3, "failed": 1}
    line = describe({"status": "running", "counts": counts})
    assert " ".join(line.split()) == (
        "exporting 4 of 9 assets (3 exported, 1 failed) [2 unattributed]"
    )
