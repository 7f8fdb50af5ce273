"""Workspaces of both services that a subscription lists, over the sandbox's Azure."""

import json
from collections.abc import Iterator

import pytest

from sandbox.azureml import forecast
from sandbox.stack import Stack
from tests.client import wait

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
NOWHERE = "99999999-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A host that is told of no workspace, and of a subscription that can't be listed as well."""
    told = {"DSR_WORKSPACES": "", "DSR_DISCOVER_SUBSCRIPTIONS": f"{SUBSCRIPTION},{NOWHERE}"}
    stack = Stack(azureml=[forecast()], extra_settings=told)
    try:
        yield stack.start()
    finally:
        stack.stop()


def test_both_services_are_found_and_the_subscription_that_is_not_listed_is_named(stack: Stack):
    shown = stack.call("GET", "workspaces").json()
    services = {i["service"] for i in shown["items"]}
    assert services == {"azureml", "studio-classic"}
    assert all(i["arm_id"].split("/")[2] == SUBSCRIPTION for i in shown["items"])
    assert [p["name"] for p in shown["problems"]] == [f"subscription-{NOWHERE}"]
    ready = stack.call("GET", "ready")
    assert ready.status_code == 503
    assert "404" in json.dumps(ready.json())


def test_an_export_reads_a_classic_workspace_that_was_found_with_the_token_from_azure(stack: Stack):
    request_id = stack.submit(
        type="export",
        subject={"emails": ["tomas.user@example.org"]},
        scope={"workspaces": ["churn-lab"]},
    )
    status = wait(stack, request_id)
    assert status["status"] in ("completed", "completed_with_exceptions"), status
    assert status["counts"]["exported"] > 0
    assert status["counts"]["failed"] == 0


def test_a_request_over_all_of_it_ends_with_exceptions(stack: Stack):
    subject = {"emails": ["tomas.user@example.org"]}
    request_id = stack.submit(type="export", subject=subject, plan_only=True)
    status = wait(stack, request_id)
    assert [p["pointer"] for p in status["problems"]] == ["/scope/workspaces"]
    plan = stack.call("GET", f"requests/{request_id}/plan").json()
    failed = [e["asset"] for e in plan["items"] if e["action"] == "fail"]
    assert f"subscription-{NOWHERE}/workspace:*" in failed
