"""The app as its host indexes it: names, routes, keys, queues, schedule, and a short cold start."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.functions import functions

ROOT = Path(__file__).parents[2]

HTTP = {
    "submit_request": ("POST", "requests"),
    "list_requests": ("GET", "requests"),
    "get_request": ("GET", "requests/{id}"),
    "cancel_request": ("DELETE", "requests/{id}"),
    "get_plan": ("GET", "requests/{id}/plan"),
    "get_results": ("GET", "requests/{id}/results"),
    "approve_request": ("POST", "requests/{id}/approve"),
    "reject_request": ("POST", "requests/{id}/reject"),
    "retry_request": ("POST", "requests/{id}/retry"),
    "get_package": ("GET", "requests/{id}/package"),
    "list_holds": ("GET", "holds"),
    "put_hold": ("PUT", "holds/{name}"),
    "delete_hold": ("DELETE", "holds/{name}"),
    "get_certificate": ("GET", "requests/{id}/certificate"),
    "get_audit": ("GET", "requests/{id}/audit"),
    "keys": ("GET", "keys"),
    "list_workspaces": ("GET", "workspaces"),
    "health": ("GET", "health"),
    "ready": ("GET", "ready"),
    "openapi": ("GET", "openapi.json"),
}
QUEUES = {
    "take_request": "dsr-requests",
    "take_request_poison": "dsr-requests-poison",
    "plan": "dsr-plan",
    "plan_poison": "dsr-plan-poison",
    "export": "dsr-export",
    "export_poison": "dsr-export-poison",
    "erase": "dsr-delete",
    "erase_poison": "dsr-delete-poison",
    "finish": "dsr-finish",
    "finish_poison": "dsr-finish-poison",
}
OPEN = {"health", "keys"}


def trigger(name: str) -> dict[str, Any]:
    return dict(functions()[name].get_trigger().get_dict_repr())


def test_the_app_has_these_functions_and_no_other():
    assert set(functions()) == {*HTTP, *QUEUES, "sweep"}


@pytest.mark.parametrize("name", HTTP)
def test_an_http_function_has_its_one_method_its_route_and_its_key(name: str):
    found = trigger(name)
    method, route = HTTP[name]
    assert found["type"] == "httpTrigger"
    assert [m.value for m in found["methods"]] == [method]
    assert found["route"] == route
    assert found["authLevel"].value == ("anonymous" if name in OPEN else "function")


def test_no_two_functions_answer_the_same_method_and_route():
    assert len(set(HTTP.values())) == len(HTTP)


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_function_listens_to_its_queue_of_the_data_account(name: str):
    found = trigger(name)
    assert found["type"] == "queueTrigger"
    assert (found["queueName"], found["connection"]) == (QUEUES[name], "DsrStorage")


def test_every_queue_has_a_handler_for_its_poison():
    queues = set(QUEUES.values())
    plain = {q for q in queues if not q.endswith("-poison")}
    assert queues == plain | {f"{q}-poison" for q in plain}


def test_the_sweeper_runs_every_five_minutes_and_not_at_every_start():
    found = trigger("sweep")
    assert found["type"] == "timerTrigger"
    assert (found["schedule"], found["runOnStartup"]) == ("0 */5 * * * *", False)


def test_the_host_is_told_what_the_app_relies_on():
    host = json.loads((ROOT / "host.json").read_text("utf-8"))
    assert host["extensions"]["http"]["routePrefix"] == "api"
    assert host["extensions"]["queues"]["messageEncoding"] == "base64"
    assert host["extensions"]["queues"]["maxDequeueCount"] == 5


def run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.alone
def test_importing_the_app_is_quick(tmp_path: Path):
    code = "import time;t=time.perf_counter();import function_app;print(time.perf_counter()-t)"
    # compiled code is there, as after a deployment, whatever this machine's settings say
    compiled = {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    times = [float(run(code, **compiled)) for _ in range(6)]
    assert min(times) < 0.7


def test_importing_the_app_brings_in_nothing_that_the_first_use_can():
    loaded = run("import function_app, sys; print(*sys.modules, sep='\\n')").split()
    heavy = ("azure.storage", "azure.identity", "azure.core", "jinja2", "cryptography", "jwt")
    assert [m for m in loaded if m.startswith(heavy)] == []
    assert "handlers.http_requests" in loaded
