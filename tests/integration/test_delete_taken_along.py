"""A web service is not deleted where that would take an endpoint along that is to stay."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.stack import Stack
from tests.client import pages, results, wait
from tests.faults.delete_lab import NAME, PLAN, SERVICE, WORKSPACE_ID, kill_lab

(LAB,) = kill_lab().services
SERVICE_ASSET = f"{NAME}/web_service:{LAB.id}"
ENDPOINTS = {e.name: f"{NAME}/endpoint:{LAB.id}/{e.name}" for e in LAB.endpoints}


@pytest.fixture
def stack() -> Iterator[Stack]:
    settings = {"DSR_RETRY_SECONDS": "0", "DSR_VERIFY_SECONDS": "10"}
    made = Stack([kill_lab()], extra_settings=settings, max_poll=0.7)
    made.arm.put(SERVICE, PLAN)
    with made:
        yield made


def hold(stack: Stack) -> None:
    body = {"workspace": NAME, "assets": [ENDPOINTS["nightly"]], "reason": "a case"}
    answer = stack.call("PUT", "holds/case-7", data=json.dumps(body))
    assert answer.status_code in (200, 201), answer.text


def deleted(stack: Stack, late: bool, scope: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Delete with an endpoint held, before the plan is made or after it."""
    if not late:
        hold(stack)
    request_id = stack.submit(type="delete", scope={"workspaces": [NAME]} | scope)
    document = wait(stack, request_id)
    assert pages(stack, f"requests/{request_id}/plan")
    if late:
        hold(stack)
    approval = {"plan_hash": document["plan_hash"], "approver": "ann"}
    answer = stack.call("POST", f"requests/{request_id}/approve", data=json.dumps(approval))
    assert answer.status_code == 200, answer.text
    assert wait(stack, request_id)["status"] == "completed_with_exceptions"
    return results(stack, request_id)


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "scope",
    [
        {"select": "assets", "assets": [SERVICE_ASSET]},
        {"select": "assets", "assets": [SERVICE_ASSET, *ENDPOINTS.values()]},
        {"select": "workspace"},
    ],
    ids=["service", "with endpoints", "workspace"],
)
def test_a_held_endpoint_keeps_its_web_service(
    stack: Stack, late: bool, scope: dict[str, Any]
) -> None:
    found = deleted(stack, late, scope)
    own = found[SERVICE_ASSET]
    assert (own["outcome"], own["reason"]) == ("retained", "legal hold case-7")
    assert {found[e]["outcome"] for e in ENDPOINTS.values() if e in found} <= {"retained"}
    asked = [c.path for c in stack.studio.journal.calls() if c.method == "DELETE"]
    assert not [path for path in asked if "/webservices/" in path]
    assert WORKSPACE_ID not in [path.rpartition("/")[2] for path in asked]
