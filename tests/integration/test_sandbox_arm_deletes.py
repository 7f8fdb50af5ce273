"""What the sandbox ARM deletes: services in time, plans when free, workspaces at once."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.arm import DEVELOPMENT_TOKEN, SandboxArm, sample_plans, sample_services
from sandbox.studio import sample_workspaces

SERVICES, PLANS, WORKSPACES = "2017-01-01", "2016-05-01-preview", "2019-10-01"
CHURN = sample_services()[0].id
PLAN, SALES_PLAN = (plan.id for plan in sample_plans())
LAB = str(sample_workspaces()[2].arm_id)


@pytest.fixture(scope="module")
def shared() -> Iterator[SandboxArm]:
    with SandboxArm(sample_workspaces(), page_size=50) as server:
        yield server


@pytest.fixture
def arm(shared: SandboxArm) -> Iterator[SandboxArm]:
    shared.operations.seconds = 0.0
    yield shared
    shared.restore()
    shared.journal.clear()
    shared.lag_seconds = 0
    shared.operations.polls = None


def _call(arm: SandboxArm, method: str, path: str, version: str) -> requests.Response:
    return requests.request(
        method,
        f"{arm.url}{path}?api-version={version}",
        headers={"Authorization": f"Bearer {DEVELOPMENT_TOKEN}"},
        timeout=10,
    )


def _delete(arm: SandboxArm, path: str = CHURN) -> str:
    """Begin to delete a service; give the address of its status."""
    answer = _call(arm, "DELETE", path, SERVICES)
    assert (answer.status_code, answer.content) == (202, b"")
    assert "Location" not in answer.headers
    return answer.headers["Azure-AsyncOperation"]


def _poll(address: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {DEVELOPMENT_TOKEN}"}
    answer = requests.get(address, headers=headers, timeout=10)
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def _listed(arm: SandboxArm, path: str, version: str) -> list[str]:
    """Give the ids in the list that a resource is in."""
    items = _call(arm, "GET", path.rpartition("/")[0], version).json()["value"]
    return [item["id"] for item in items]


class TestServices:
    def test_it_goes_when_its_operation_has_succeeded(self, arm: SandboxArm) -> None:
        arm.operations.polls = 2
        address = _delete(arm)
        assert address.startswith(f"{arm.url}/subscriptions/")
        for _ in range(2):
            document = _poll(address)
            assert (document["provisioningState"], document["endTime"]) == ("Provisioning", None)
            assert _call(arm, "GET", CHURN, SERVICES).status_code == 200
        document = _poll(address)
        assert set(document) == {
            "id",
            "name",
            "provisioningState",
            "startTime",
            "endTime",
            "percentComplete",
        }
        assert (document["provisioningState"], document["percentComplete"]) == ("Succeeded", 100)
        assert _call(arm, "GET", CHURN, SERVICES).status_code == 404
        assert CHURN not in _listed(arm, CHURN, SERVICES)
        assert _poll(address) == document

    def test_it_goes_by_the_clock_too(self, arm: SandboxArm) -> None:
        arm.operations.seconds = 60
        address = _delete(arm)
        assert _poll(address)["provisioningState"] == "Provisioning"
        assert _call(arm, "GET", CHURN, SERVICES).status_code == 200
        arm.operations.seconds = 0.1
        time.sleep(0.15)
        assert _call(arm, "GET", CHURN, SERVICES).status_code == 404
        assert _poll(address)["provisioningState"] == "Succeeded"

    def test_a_name_that_nobody_has_is_accepted_as_well(self, arm: SandboxArm) -> None:
        for path in (CHURN + "-unknown", CHURN.replace("rg-ml", "rg-unknown")):
            assert _poll(_delete(arm, path))["provisioningState"] == "Succeeded"
        assert CHURN in _listed(arm, CHURN, SERVICES)

    def test_one_that_fails_says_why_and_stays(self, arm: SandboxArm) -> None:
        arm.operations.fail("churn-new", "StorageError", "the account is gone")
        document = _poll(_delete(arm))
        assert document["provisioningState"] == "Failed"
        assert document["errorInfo"] == {
            "code": "StorageError",
            "target": "churn-new",
            "message": "the account is gone",
            "details": [],
        }
        assert _call(arm, "GET", CHURN, SERVICES).status_code == 200
        arm.operations.succeed("churn-new")
        assert _poll(_delete(arm))["provisioningState"] == "Succeeded"
        assert _call(arm, "GET", CHURN, SERVICES).status_code == 404

    def test_a_list_lags(self, arm: SandboxArm) -> None:
        arm.lag_seconds = 60
        _poll(_delete(arm))
        assert CHURN in _listed(arm, CHURN, SERVICES)
        assert _call(arm, "GET", CHURN, SERVICES).status_code == 404

    def test_access_to_deletes_and_to_statuses(self, arm: SandboxArm) -> None:
        address = _delete(arm, CHURN + "-unknown")
        assert requests.get(address, timeout=10).status_code == 401
        wrong = requests.delete(f"{arm.url}{CHURN}?api-version={SERVICES}", timeout=10)
        assert wrong.status_code == 401
        assert _call(arm, "DELETE", CHURN, WORKSPACES).status_code == 400
        assert _call(arm, "GET", CHURN, SERVICES).status_code == 200
        unknown = address.partition("?")[0].removeprefix(arm.url)[:-1]
        assert _call(arm, "GET", unknown, SERVICES).status_code == 404


class TestPlans:
    def test_one_with_associations_stays(self, arm: SandboxArm) -> None:
        refused = _call(arm, "DELETE", PLAN, PLANS)
        assert (refused.status_code, set(refused.json())) == (409, {"code", "message"})
        assert _call(arm, "GET", PLAN, PLANS).status_code == 200

    def test_one_goes_after_its_services(self, arm: SandboxArm) -> None:
        _poll(_delete(arm))
        associations = _call(arm, "GET", f"{PLAN}/commitmentAssociations", PLANS)
        assert associations.json()["value"] == []
        assert _call(arm, "DELETE", PLAN, PLANS).status_code == 200
        assert _call(arm, "GET", PLAN, PLANS).status_code == 404
        assert _call(arm, "GET", f"{PLAN}/usageHistory", PLANS).status_code == 404
        assert PLAN not in _listed(arm, PLAN, PLANS)
        assert _call(arm, "DELETE", PLAN, PLANS).status_code == 404
        assert _call(arm, "GET", SALES_PLAN, PLANS).status_code == 200


class TestWorkspaces:
    def test_one_goes_at_once(self, arm: SandboxArm) -> None:
        assert _call(arm, "DELETE", LAB, WORKSPACES).status_code == 200
        assert _call(arm, "GET", LAB, WORKSPACES).status_code == 404
        keys = _call(arm, "POST", f"{LAB}/listWorkspaceKeys", WORKSPACES)
        assert keys.status_code == 404
        assert LAB not in _listed(arm, LAB, WORKSPACES)

    def test_one_that_is_not_there_is_no_content(self, arm: SandboxArm) -> None:
        assert _call(arm, "DELETE", f"{LAB}-unknown", WORKSPACES).status_code == 204
        _call(arm, "DELETE", LAB, WORKSPACES)
        assert _call(arm, "DELETE", LAB, WORKSPACES).status_code == 204

    def test_a_list_lags(self, arm: SandboxArm) -> None:
        arm.lag_seconds = 60
        _call(arm, "DELETE", LAB, WORKSPACES)
        assert LAB in _listed(arm, LAB, WORKSPACES)


def test_lists_and_members_cannot_be_deleted(arm: SandboxArm) -> None:
    assert _call(arm, "DELETE", CHURN.rpartition("/")[0], SERVICES).status_code == 405
    assert _call(arm, "DELETE", f"{PLAN}/commitmentAssociations", PLANS).status_code == 404


def test_the_journal_tells_deletes_and_polls(arm: SandboxArm) -> None:
    arm.journal.clear()
    _poll(_delete(arm))
    deleted, polled = arm.journal.calls()
    assert (deleted.method, deleted.path, deleted.status) == ("DELETE", CHURN, 202)
    assert deleted.query == f"api-version={SERVICES}"
    assert "/operations/" in polled.path
