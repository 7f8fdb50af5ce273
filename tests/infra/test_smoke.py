"""smoke.sh against the whole app in the sandbox, and what it says where something is wrong."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from sandbox.stack import Stack
from tests.infra.stand_in import ROOT, Done, StandIn

SMOKE = ROOT / "infra" / "smoke.sh"


def smoke(*arguments: str, key: str = "", says: str = "") -> Done:
    more = {"DSR_FUNCTION_KEY": key} if key else {}
    plain = {k: v for k, v in os.environ.items() if not k.startswith("DSR_")}
    done = subprocess.run(
        [str(SMOKE), *arguments],
        input=says,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=plain | more | {"DSR_PAUSE_SECONDS": "0.3", "DSR_WAIT_SECONDS": "60"},
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_it_gets_a_plan_from_a_running_app_and_nothing_is_exported(stack: Stack):
    assert stack.host is not None
    key = stack.host.function_key
    by_variable = smoke(stack.host.url, key=key)
    assert by_variable.code == 0, by_variable.text
    assert "Completed" in by_variable.out
    by_input = smoke(f"{stack.host.url}/api", "--email", "tomas.user@example.org", says=f"{key}\n")
    assert by_input.code == 0, by_input.text
    request = by_input.out.split("Accepted as ")[1].split()[0]
    status = stack.call("GET", f"requests/{request}").json()
    assert status["status"] == "completed"
    assert status["counts"]["exported"] == 0
    assert status["plan_hash"]
    assert key not in by_variable.text + by_input.text


def test_a_wrong_key_is_said(stack: Stack):
    assert stack.host is not None
    done = smoke(stack.host.url, key="not-the-key")
    assert done.code == 1
    assert "submitting a request: the app answered 401 and not 202" in done.err


def test_nobody_listens(stack: Stack):
    done = smoke("http://127.0.0.1:9", key="k")
    assert done.code == 1
    assert "answered 000" in done.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "the URL is missing"),
        (("http://app.example.org",), "has to begin with https://"),
        (("https://a.example.org", "https://b.example.org"), "one URL is enough"),
        (("https://a.example.org",), "no function key"),
    ],
)
def test_what_it_needs_is_said(arguments: tuple[str, ...], says: str):
    done = smoke(*arguments)
    assert done.code == 1
    assert says in done.err


ACCEPTED = {"out": "202", "body": '{"request_id": "r-1"}'}
PLAN = '{"plan_hash": "' + "0" * 64 + '", "items": [%s], "next_page": %s}'


def scripted(azure: StandIn, status: str, *plans: str) -> Done:
    azure.answer(
        "curl", {"out": "200", "body": json.dumps({"status": status})}, holds="/requests/r-1"
    )
    azure.answer("curl", *({"out": "200", "body": p} for p in plans or ["{}"]), holds="/plan?page=")
    azure.answer("curl", ACCEPTED, holds="--data")
    return azure.run("smoke.sh", "https://app.example.org/", says="the-key\n")


def test_the_key_is_in_no_command_line_and_the_plan_is_read_to_its_end(azure: StandIn):
    done = scripted(azure, "completed", PLAN % ("", 2), PLAN % ("", "null"))
    assert done.code == 0, done.text
    calls = azure.calls()
    assert [c["line"].partition("example.org")[2] for c in calls] == [
        *("/api/requests", "/api/requests/r-1"),
        *("/api/requests/r-1/plan?page=1", "/api/requests/r-1/plan?page=2"),
    ]
    assert all(c["stdin"].strip() == 'header = "x-functions-key: the-key"' for c in calls)
    assert not [c for c in calls if "the-key" in c["line"]]
    assert '"plan_only": true' in calls[0]["file"]


@pytest.mark.parametrize(
    ("status", "plan", "says"),
    [
        ("failed", "{}", "the request ended as failed"),
        ("completed_with_exceptions", "{}", "ended as completed_with_exceptions"),
        ("planning", "{}", "still planning after 0 s"),
        ("completed", '{"plan_hash": null}', "the plan has no plan_hash"),
        (
            "completed",
            PLAN % ('{"asset": "lab/dataset:", "action": "fail", "error": "401"}', "null"),
            "lab/dataset:: 401",
        ),
    ],
)
def test_what_is_not_right_is_said(azure: StandIn, status: str, plan: str, says: str):
    done = scripted(azure, status, plan)
    assert done.code == 1
    assert says in done.err


def test_the_scripts_folder_is_complete():
    assert {path.name for path in Path(ROOT / "infra").glob("*.sh")} == {
        *("deploy.sh", "lib.sh", "smoke.sh", "teardown.sh")
    }
