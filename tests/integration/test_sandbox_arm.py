"""The sandbox ARM over real HTTP: access, versions, lists in pages, single resources."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.arm import DEVELOPMENT_TOKEN, SandboxArm, sample_plans, sample_services
from sandbox.studio import SandboxStudio, arm_lab, sample_workspaces
from tests.integration.studio_client import StudioClient

SUB = "/subscriptions/11111111-2222-3333-4444-555555555555"
PROVIDER = "/providers/Microsoft.MachineLearning"
GROUP = f"{SUB}/resourceGroups/rg-ml{PROVIDER}"
VERSIONS = {
    "workspaces": "2016-04-01",
    "webServices": "2017-01-01",
    "commitmentPlans": "2016-05-01-preview",
}


@pytest.fixture(scope="module")
def shared() -> Iterator[SandboxArm]:
    with SandboxArm([*sample_workspaces(), arm_lab()]) as server:
        yield server


@pytest.fixture
def arm(shared: SandboxArm) -> Iterator[SandboxArm]:
    yield shared
    shared.faults.clear()
    shared.journal.clear()


def _call(
    arm: SandboxArm, path: str, version: str | None = None, method: str = "GET", **headers: str
) -> requests.Response:
    url = path if path.startswith("http") else arm.url + path
    if version is not None:
        url += f"?api-version={version}"
    sent = {"Authorization": f"Bearer {DEVELOPMENT_TOKEN}"} | headers
    return requests.request(method, url, headers=sent, timeout=10)


def _all(arm: SandboxArm, path: str, kind: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Give every item of a list, and the links that led from page to page."""
    items: list[dict[str, Any]] = []
    links: list[str] = []
    answer = _call(arm, path, VERSIONS[kind])
    while True:
        assert answer.status_code == 200
        items += answer.json()["value"]
        if "nextLink" not in answer.json():
            return items, links
        links.append(answer.json()["nextLink"])
        answer = _call(arm, links[-1])


class TestAccess:
    @pytest.mark.parametrize(
        "sent", ["", "Bearer wrong", DEVELOPMENT_TOKEN, f"bearer {DEVELOPMENT_TOKEN}"]
    )
    def test_only_the_development_token_opens(self, arm: SandboxArm, sent: str) -> None:
        for path in (f"{GROUP}/workspaces", "/x"):
            answer = _call(arm, path, "2016-04-01", Authorization=sent)
            assert answer.status_code == 401
            assert set(answer.json()) == {"code", "message"}

    def test_a_version_is_required(self, arm: SandboxArm) -> None:
        for kind in VERSIONS:
            answer = _call(arm, f"{GROUP}/{kind}")
            assert (answer.status_code, answer.json()["code"]) == (
                400,
                "MissingApiVersionParameter",
            )

    def test_each_kind_is_known_under_its_own_versions(self, arm: SandboxArm) -> None:
        known = {
            (kind, version)
            for kind in VERSIONS
            for version in ("2016-04-01", "2019-10-01", "2017-01-01", "2016-05-01-preview")
            if _call(arm, f"{SUB}{PROVIDER}/{kind}", version).status_code == 200
        }
        assert known == {*VERSIONS.items(), ("workspaces", "2019-10-01")}
        wrong = _call(arm, f"{GROUP}/workspaces", "2017-01-01")
        assert (wrong.status_code, set(wrong.json())) == (400, {"code", "message"})

    @pytest.mark.parametrize(
        "path",
        [
            "/",
            SUB,
            f"{SUB}{PROVIDER}/skus",
            f"{SUB}/providers/Microsoft.MachineLearningCompute/workspaces",
            f"{GROUP}/workspaces/churn-lab/a/b",
            f"{GROUP}/workspaces/unknown",
            f"{GROUP}/workspaces/free-lab",
            "/subscriptions/x/providers/Microsoft.MachineLearning/workspaces",
            f"{SUB}/resourceGroups/x{PROVIDER}/workspaces",
        ],
    )
    def test_what_is_unknown_is_not_found(self, arm: SandboxArm, path: str) -> None:
        answer = _call(arm, path, "2016-04-01")
        assert (answer.status_code, set(answer.json())) == (404, {"code", "message"})

    def test_case_does_not_count_in_a_path(self, arm: SandboxArm) -> None:
        path = f"{GROUP}/webServices/churn-new"
        for written in (path.lower(), path.upper()):
            answer = _call(arm, written, "2017-01-01")
            assert answer.json()["id"] == path

    def test_a_fault_speaks_as_arm_does_and_the_journal_tells(self, arm: SandboxArm) -> None:
        arm.faults.add({"match": "/workspaces$", "times": 1, "status": 429, "retry_after": 9})
        answer = _call(arm, f"{GROUP}/workspaces", "2016-04-01")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "9")
        assert answer.json()["code"] == "RequestThrottled"
        told = requests.get(f"{arm.url}/_sandbox/journal", timeout=10).json()
        assert [(c["path"], c["status"], c["token_sent"]) for c in told] == [
            (f"{GROUP}/workspaces", 429, True)
        ]


class TestWorkspaces:
    def test_lists_know_those_of_the_subscription_or_group(self, arm: SandboxArm) -> None:
        for path, names in ((SUB + PROVIDER, ["churn-lab", "arm-lab"]), (GROUP, ["churn-lab"])):
            items, links = _all(arm, f"{path}/workspaces", "workspaces")
            assert ([w["name"] for w in items], links) == (names, [])
            assert _call(arm, items[0]["id"], "2019-10-01").json() == items[0]

    def test_its_keys_open_the_studio(self, arm: SandboxArm) -> None:
        lab = arm_lab()
        keys = _call(arm, f"{lab.arm_id}/listWorkspaceKeys", "2016-04-01", "POST")
        assert set(keys.json()) == {"primaryToken", "secondaryToken"}
        with SandboxStudio([lab]) as studio:
            call = StudioClient(studio, lab)
            for token in keys.json().values():
                assert call("/users", token).status_code == 200
            call.close()

    def test_keys_are_for_post_alone(self, arm: SandboxArm) -> None:
        path = f"{GROUP}/workspaces/churn-lab/listWorkspaceKeys"
        assert _call(arm, path, "2016-04-01").status_code == 404
        assert _call(arm, f"{path}x", "2016-04-01", "POST").status_code == 404

    def test_it_tells_the_studio_endpoint_that_it_was_given(self, arm: SandboxArm) -> None:
        path = f"{GROUP}/workspaces/churn-lab"
        arm.studio_endpoint = "http://127.0.0.1:8"
        try:
            properties = _call(arm, path, "2016-04-01").json()["properties"]
            assert properties["studioEndpoint"] == "http://127.0.0.1:8"
        finally:
            arm.studio_endpoint = None


class TestServices:
    def test_a_list_comes_in_pages_and_tells_little(self, arm: SandboxArm) -> None:
        items, links = _all(arm, f"{SUB}{PROVIDER}/webServices", "webServices")
        assert [s["id"] for s in items] == [s.id for s in sample_services()]
        assert len(links) == 1
        assert links[0].startswith(f"{arm.url}{SUB}{PROVIDER}/webServices?")
        assert "$skiptoken=" in links[0]
        assert all("machineLearningWorkspace" not in s["properties"] for s in items)

    def test_a_group_has_its_own(self, arm: SandboxArm) -> None:
        items, links = _all(arm, f"{GROUP}/webServices", "webServices")
        assert [s["name"] for s in items] == ["churn-new", "churn-batch", "sales-new"]
        assert len(links) == 1
        assert f"{GROUP}/webServices?" in links[0]

    def test_one_alone_tells_all_but_keys(self, arm: SandboxArm) -> None:
        for service in sample_services():
            whole = _call(arm, service.id, "2017-01-01").json()["properties"]
            assert whole["machineLearningWorkspace"]["id"] == service.workspace_id
            assert whole["storageAccount"] == {"name": service.storage_account}
            assert whole["exampleRequest"]["inputs"]["input1"] == [list(service.example_row)]
            assert "keys" not in whole

    def test_a_skip_token_of_nobodys_is_refused(self, arm: SandboxArm) -> None:
        url = f"{arm.url}{GROUP}/webServices?api-version=2017-01-01&$skiptoken=x"
        assert _call(arm, url).status_code == 400


class TestPlans:
    def test_lists_by_subscription_and_group(self, arm: SandboxArm) -> None:
        with SandboxArm([], page_size=1) as small:
            items, links = _all(small, f"{SUB}{PROVIDER}/commitmentPlans", "commitmentPlans")
            assert [p["id"] for p in items] == [p.id for p in sample_plans()]
            assert len(links) == 1
            assert "$skipToken=" in links[0]
        items, links = _all(arm, f"{GROUP}/commitmentPlans", "commitmentPlans")
        assert ([p["name"] for p in items], links) == (["plan-s1"], [])
        assert _call(arm, items[0]["id"], VERSIONS["commitmentPlans"]).json() == items[0]

    def test_associations_and_usage(self, arm: SandboxArm) -> None:
        plan, sales = sample_plans()
        held, _ = _all(arm, f"{plan.id}/commitmentAssociations", "commitmentPlans")
        assert [a["properties"]["associatedResourceId"] for a in held] == [sample_services()[0].id]
        usage, _ = _all(arm, f"{plan.id}/usageHistory", "commitmentPlans")
        assert [u["usage"] for u in usage] == [{"transactions": 1000}]
        assert _all(arm, f"{sales.id}/usageHistory", "commitmentPlans")[0] == []
        assert _call(arm, f"{plan.id}/x", VERSIONS["commitmentPlans"]).status_code == 404
