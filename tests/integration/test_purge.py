"""A whole workspace of Azure Machine Learning, purged by two approvals, over the sandbox."""

from collections.abc import Iterator

import pytest

from sandbox.azureml import forecast
from sandbox.stack import Stack
from tests.client import wait


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A stack with the sample workspace, whose lags are short."""
    made = Stack(azureml=[forecast()], extra_settings={"DSR_VERIFY_SECONDS": "30"})
    try:
        yield made.start()
    finally:
        made.stop()


def approve(stack: Stack, request_id: str, plan_hash: str, approver: str) -> dict[str, object]:
    body = {"plan_hash": plan_hash, "approver": approver}
    answer = stack.call("POST", f"requests/{request_id}/approve", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_it_goes_with_the_second_approval_and_not_before(stack: Stack):
    names = [i["name"] for i in stack.call("GET", "workspaces").json()["items"]]
    (name,) = [n for n in names if n == "forecast"]
    scope = {"select": "workspace", "workspaces": [name]}
    both = {"select": "workspace", "workspaces": [name, "churn-lab"]}
    refused = stack.call("POST", "requests", json={"type": "delete", "scope": both})
    assert refused.status_code == 400
    request_id = stack.submit(type="delete", scope=scope)
    planned = wait(stack, request_id)
    assert planned["status"] == "awaiting_approval"
    assert planned["approvals"] == {"needed": 2, "given": 0}
    first = approve(stack, request_id, planned["plan_hash"], "the privacy office")
    assert (first["status"], first["approvals"]) == (
        "awaiting_approval",
        {"needed": 2, "given": 1},
    )
    approve(stack, request_id, planned["plan_hash"], "the owner")
    ended = wait(stack, request_id, 240)
    results = stack.items(f"requests/{request_id}/results")
    own = [r for r in results if "/workspace:" in r["asset"]]
    assert [r["outcome"] for r in own] == ["deleted"], (ended, own)
    bad = [r for r in results if r["outcome"] not in ("deleted", "skipped")]
    assert bad == [], bad[:5]
