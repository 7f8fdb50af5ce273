"""What can be deleted from the sandbox Studio and what cannot, over real HTTP."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.studio import SandboxStudio, Workspace
from sandbox.studio.application import TOKEN_HEADER
from sandbox.studio.identifiers import GLOBAL_WORKSPACE_ID

CUSTOMERS = "7d21c0de4b5a4f0e9c3d5566778899aa"
SERVICE = "8f1e2d3c4b5a46978869504132231405"


@pytest.fixture
def studio(shared: SandboxStudio) -> Iterator[SandboxStudio]:
    yield shared
    shared.restore()
    shared.journal.clear()
    shared.lag_seconds = 0


class Client:
    """Calls of `churn-lab` on both surfaces, by the form of the path."""

    def __init__(self, studio: SandboxStudio, lab: Workspace) -> None:
        self._studio = studio
        self._lab = lab

    def __call__(self, method: str, path: str, **headers: str) -> requests.Response:
        root = "/workspaces/" if path.startswith("/webservices") else "/api/workspaces/"
        url = self._studio.url + root + self._lab.workspace_id + path
        token = self._lab.primary_token
        sent = {TOKEN_HEADER: token, "Authorization": f"Bearer {token}"} | headers
        return requests.request(method, url, headers=sent, timeout=10)

    def names(self, path: str, key: str) -> list[Any]:
        """Give one field of every item of a list; none where there is no content."""
        answer = self("GET", path)
        return [item[key] for item in answer.json()] if answer.content else []


@pytest.fixture
def call(studio: SandboxStudio, lab: Workspace) -> Client:
    return Client(studio, lab)


class TestDatasets:
    def test_a_family_goes_with_all_its_versions(self, lab: Workspace, call: Client) -> None:
        before = call.names("/datasources", "Id")
        versions = [key for key in before if CUSTOMERS in key]
        assert len(versions) == 3
        answer = call("DELETE", f"/datasources/family/{CUSTOMERS}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert call.names("/datasources", "Id") == [key for key in before if key not in versions]
        assert {call("GET", f"/datasources/{key}").status_code for key in versions} == {404}
        assert call("DELETE", f"/datasources/family/{CUSTOMERS}").status_code == 404

    def test_what_uses_it_stays(self, lab: Workspace, call: Client) -> None:
        call("DELETE", f"/datasources/family/{CUSTOMERS}")
        graph = call("GET", f"/experiments/{lab.experiments[0].id}").json()["Graph"]
        port = graph["ModuleNodes"][0]["InputPortsInternal"][0]
        assert CUSTOMERS in port["DataSourceId"]

    def test_access_and_unknown_families(self, call: Client) -> None:
        path = f"/datasources/family/{CUSTOMERS}"
        assert call("DELETE", path, **{TOKEN_HEADER: "wrong"}).status_code == 401
        answer = call("DELETE", "/datasources/family/x")
        assert (answer.status_code, answer.json()["Error"]["Code"]) == (404, "ResourceNotFound")
        assert len([k for k in call.names("/datasources", "Id") if CUSTOMERS in k]) == 3

    def test_microsofts_samples_stay(self, lab: Workspace, call: Client) -> None:
        before = call.names("/datasources", "Id")
        sample = lab.sample_families[0]
        for family in (sample.family_id, sample.id_of(sample.versions[0]), GLOBAL_WORKSPACE_ID):
            answer = call("DELETE", f"/datasources/family/{family}")
            assert (answer.status_code, answer.json()["Error"]["Code"]) == (403, "UserError")
        assert call.names("/datasources", "Id") == before

    def test_a_list_lags_and_the_dataset_does_not(
        self, studio: SandboxStudio, call: Client
    ) -> None:
        before = call.names("/datasources", "Id")
        (latest,) = (key for key in before if f"{CUSTOMERS}.v1-default-12" in key)
        studio.lag_seconds = 60
        assert call("DELETE", f"/datasources/family/{CUSTOMERS}").ok
        assert call("GET", f"/datasources/{latest}").status_code == 404
        assert call.names("/datasources", "Id") == before
        studio.lag_seconds = 0.1
        time.sleep(0.15)
        assert latest not in call.names("/datasources", "Id")


class TestExperiments:
    def test_an_experiment_goes_with_its_history(self, lab: Workspace, call: Client) -> None:
        training = lab.experiments[0]
        states = [key for key, _ in training.states()]
        assert len(states) == 4
        answer = call("DELETE", f"/experiments/{training.id}?deleteAncestors=true")
        assert answer.status_code == 204
        assert training.id not in call.names("/experiments", "ExperimentId")
        for state in states:
            for path in ("", "/annotations", "/webservicedefinition"):
                assert call("GET", f"/experiments/{state}{path}").status_code == 404
        node = training.runs[0].nodes[0].id
        output = f"/experiments/{training.id}/outputdata/{node}/Scored%20dataset"
        assert call("GET", output).status_code == 404
        assert call("DELETE", f"/experiments/{training.id}").status_code == 404

    @pytest.mark.parametrize("query", ["", "?deleteAncestors=false"])
    def test_without_the_flag_the_earlier_runs_stay(
        self, lab: Workspace, call: Client, query: str
    ) -> None:
        training = lab.experiments[0]
        (_, newest, middle, oldest) = (key for key, _ in training.states())
        assert call("DELETE", f"/experiments/{training.id}{query}").status_code == 204
        assert training.id not in call.names("/experiments", "ExperimentId")
        statuses = [call("GET", f"/experiments/{k}").status_code for k in (newest, middle, oldest)]
        assert statuses == [404, 200, 200]

    def test_an_earlier_run_goes_with_those_before_it(self, lab: Workspace, call: Client) -> None:
        training = lab.experiments[0]
        keys = [key for key, _ in training.states()]
        assert call("DELETE", f"/experiments/{keys[2]}?deleteAncestors=true").ok
        assert [call("GET", f"/experiments/{k}").status_code for k in keys] == [200, 200, 404, 404]

    def test_if_match_guards_against_a_change(self, lab: Workspace, call: Client) -> None:
        path = f"/experiments/{lab.experiments[1].id}"
        etag = call("GET", path).json()["Etag"]
        refused = call("DELETE", f"{path}?deleteAncestors=true", **{"If-Match": etag + "x"})
        assert (refused.status_code, refused.json()["Error"]["Target"]) == (412, None)
        assert call("GET", path).status_code == 200
        answer = call("DELETE", f"{path}?deleteAncestors=true", **{"If-Match": etag})
        assert answer.status_code == 204

    def test_microsofts_samples_stay(self, lab: Workspace, call: Client) -> None:
        (sample,) = lab.sample_experiments
        for key in (sample.id, f"{GLOBAL_WORKSPACE_ID}.f-id.x"):
            assert call("DELETE", f"/experiments/{key}?deleteAncestors=true").status_code == 403
        assert sample.id in call.names("/experiments", "ExperimentId")

    def test_access_and_unknown_experiments(self, lab: Workspace, call: Client) -> None:
        path = f"/experiments/{lab.experiments[0].id}"
        assert call("DELETE", path, **{TOKEN_HEADER: "wrong"}).status_code == 401
        assert call("DELETE", "/experiments/x").status_code == 404
        assert call("GET", path).status_code == 200

    def test_a_list_lags_and_the_experiment_does_not(
        self, studio: SandboxStudio, lab: Workspace, call: Client
    ) -> None:
        studio.lag_seconds = 60
        key = lab.experiments[0].id
        assert call("DELETE", f"/experiments/{key}?deleteAncestors=true").ok
        assert key in call.names("/experiments", "ExperimentId")
        assert call("GET", f"/experiments/{key}").status_code == 404
        studio.lag_seconds = 0
        assert key not in call.names("/experiments", "ExperimentId")


class TestServices:
    def test_a_service_goes_with_its_endpoints(self, call: Client) -> None:
        assert call("DELETE", f"/webservices/{SERVICE}").status_code == 200
        assert SERVICE not in call.names("/webservices", "Id")
        for path in ("", "/endpoints", "/endpoints/default"):
            answer = call("GET", f"/webservices/{SERVICE}{path}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (
                404,
                "WebServiceNotFound",
            )
        assert call("DELETE", f"/webservices/{SERVICE}").status_code == 404

    def test_the_last_service_leaves_no_content(self, lab: Workspace, call: Client) -> None:
        for service in lab.services:
            call("DELETE", f"/webservices/{service.id}")
        assert call("GET", "/webservices").status_code == 204

    def test_the_default_endpoint_goes_last(self, call: Client) -> None:
        path = f"/webservices/{SERVICE}/endpoints"
        refused = call("DELETE", f"{path}/default")
        assert (refused.status_code, set(refused.json()["error"])) == (409, {"code", "message"})
        assert call("DELETE", f"{path}/nightly").status_code == 204
        assert call("GET", f"{path}/nightly").status_code == 404
        assert call.names(path, "Name") == ["default"]
        assert call("GET", f"/webservices/{SERVICE}").json()["EndpointCount"] == 1
        assert call("DELETE", f"{path}/default").status_code == 204
        assert call("GET", path).status_code == 204
        assert call("DELETE", f"{path}/default").status_code == 404

    def test_only_the_workspaces_tokens_delete(self, lab: Workspace, call: Client) -> None:
        nightly = lab.services[0].endpoints[1]
        path = f"/webservices/{SERVICE}/endpoints/nightly"
        for token in ("wrong", nightly.keys[0]):
            refused = call("DELETE", path, Authorization=f"Bearer {token}")
            assert refused.status_code == 401
        assert call("GET", path).status_code == 200

    def test_lists_lag(self, studio: SandboxStudio, call: Client) -> None:
        studio.lag_seconds = 60
        path = f"/webservices/{SERVICE}/endpoints"
        call("DELETE", f"{path}/nightly")
        assert call.names(path, "Name") == ["default", "nightly"]
        assert call("GET", f"{path}/nightly").status_code == 404
        call("DELETE", f"/webservices/{SERVICE}")
        assert SERVICE in call.names("/webservices", "Id")
        assert call("GET", path).status_code == 404


def test_no_other_kind_can_be_deleted(lab: Workspace, call: Client) -> None:
    for path in (
        f"/trainedmodels/{lab.models[0].id}",
        f"/trainedmodels/family/{lab.models[0].family_id}",
        f"/transformmodules/{lab.transforms[0].id}",
        f"/modules/{lab.modules[-1].id}",
        f"/notebooks/family/{lab.notebooks[0].family_id}",
        f"/projectcontainers/{lab.projects[0].container_id}",
        "/gateways/gw-paris",
        "/users",
        "/datasources",
        "",
    ):
        answer = call("DELETE", path)
        assert answer.status_code in (404, 405)
        assert answer.json()["Error"]["Code"]


def test_the_journal_tells_deletes_with_their_flags(lab: Workspace, call: Client) -> None:
    studio = call._studio
    studio.journal.clear()
    path = f"/experiments/{lab.experiments[0].id}"
    call("DELETE", f"{path}?deleteAncestors=true")
    call("GET", f"{path}?x=y")
    deleted, asked = studio.journal.calls()
    assert (deleted.method, deleted.status, deleted.query) == (
        "DELETE",
        204,
        "deleteAncestors=true",
    )
    assert (asked.status, asked.query) == (404, None)


def test_a_server_of_its_own_knows_nothing_of_it(lab: Workspace, call: Client) -> None:
    call("DELETE", f"/datasources/family/{CUSTOMERS}")
    with SandboxStudio([lab]) as other:
        keys = Client(other, lab).names("/datasources", "FamilyId")
        assert keys.count(CUSTOMERS) == 3
        call._studio.restore()
        assert call.names("/datasources", "FamilyId") == keys
