"""The data plane of the Azure ML sandbox over real HTTP: runs, files, metrics, registries."""

from collections.abc import Iterator

import pytest
import requests

from sandbox.azureml.sample.jobs import (
    ARCHIVED,
    ORIGINAL,
    PIPELINE,
    REUSED,
    SWEEP,
    TOUCHED,
    TRAINED,
    TRIALS,
)
from sandbox.azureml.sample.people import MIRA, TOMAS
from tests.fakes.sample import TOMAS_ID
from tests.integration.azureml_client import AzureMlClient
from tests.integration.azureml_servers import Servers, client, servers


@pytest.fixture(scope="module")
def shared() -> Iterator[Servers]:
    with servers() as made:
        yield made


@pytest.fixture
def call(shared: Servers) -> Iterator[AzureMlClient]:
    with client(shared) as made:
        yield made


class TestAccess:
    def test_the_discovery_leads_to_the_services(self, call: AzureMlClient) -> None:
        url = call.get()["properties"]["discoveryUrl"]
        found = requests.get(url, timeout=10).json()
        assert found["api"] == call.ml.url

    @pytest.mark.parametrize(
        ("service", "code"),
        [("history/v1.0", "UserError"), ("modelregistry/v1.0", "Unauthorized")],
    )
    def test_without_a_token(self, call: AzureMlClient, service: str, code: str) -> None:
        url = f"{call.ml.url}/{service}{call.workspace.arm_id}/runs/{TRAINED}"
        answer = requests.get(url, timeout=10)
        body = answer.json()
        assert answer.status_code == 401
        assert body.get("error", body)["code"] == code

    def test_unknown_runs_services_and_workspaces(self, call: AzureMlClient) -> None:
        missing = call.data("history/v1.0", "runs/unknown")
        error = missing.json()["error"]
        assert (missing.status_code, error["code"]) == (404, "UserError")
        assert error["innerError"]["code"] == "NotFoundError"
        assert call.data("index/v1.0", "entities", "POST", {}).status_code == 404
        url = f"{call.ml.url}/history/v1.0{call.workspace.arm_id}-unknown/runs/{TRAINED}"
        assert call.open(url).status_code == 404

    def test_a_fault_has_the_shape_of_its_service(self, call: AzureMlClient) -> None:
        call.ml.faults.add({"match": ".", "status": 429, "retry_after": 1})
        assert "error" in call.data("history/v1.0", f"runs/{TRAINED}").json()
        assert call.data("modelregistry/v1.0", "models").json()["statusCode"] == 429


class TestRuns:
    def test_a_run_says_an_id_and_no_upn(self, call: AzureMlClient) -> None:
        run = call.history(f"runs/{TRAINED}")
        by = run["createdBy"]
        assert (by["userObjectId"], by["userName"], by["upn"]) == (TOMAS_ID, TOMAS.name, None)
        assert by["userTenantId"] == call.get()["properties"]["tenantId"]
        assert (run["userId"], run["dataContainerId"]) == (TOMAS_ID, f"dcid.{TRAINED}")
        assert (run["rootRunId"], run["parentRunId"]) == (TRAINED, None)
        assert run["hidden"] is False
        assert call.history(f"runs/{ARCHIVED}")["hidden"] is True

    def test_one_may_be_modified_by_another(self, call: AzureMlClient) -> None:
        run = call.history(f"runs/{TOUCHED}")
        assert run["createdBy"]["userObjectId"] == MIRA.object_id
        assert run["lastModifiedBy"]["userObjectId"] == TOMAS_ID

    def test_one_may_be_of_nobody(self, call: AzureMlClient) -> None:
        run = call.history("runs/grey_owl_n0n0")
        assert (run["createdBy"], run["userId"]) == (None, None)

    def test_details_have_no_files_and_the_same_creator(self, call: AzureMlClient) -> None:
        details = call.history(f"runs/{TRAINED}/details")
        assert details["createdBy"] == call.history(f"runs/{TRAINED}")["createdBy"]
        assert "displayName" not in details

    def test_a_reused_step_leads_to_another_persons(self, call: AzureMlClient) -> None:
        children = call.history(f"runs/{PIPELINE}/children")["value"]
        reused = next(r for r in children if r["runId"] == REUSED)
        assert reused["properties"]["azureml.reusedrunid"] == ORIGINAL
        assert reused["parentRunId"] == reused["rootRunId"] == PIPELINE
        assert call.history(f"runs/{ORIGINAL}")["createdBy"]["userObjectId"] == MIRA.object_id

    def test_children_come_in_pages(self, call: AzureMlClient) -> None:
        first = call.history(f"runs/{SWEEP}/children")
        assert len(first["value"]) == 10
        second = call.open(first["nextLink"]).json()
        assert second["nextLink"] is None
        names = [r["runId"] for r in first["value"] + second["value"]]
        assert names == [f"{SWEEP}_{n}" for n in range(TRIALS)]
        token = first["continuationToken"]
        again = call.history(f"runs/{SWEEP}/children?$continuationtoken={token}&$top=1")
        assert [r["runId"] for r in again["value"]] == [f"{SWEEP}_10"]

    def test_many_at_once(self, call: AzureMlClient) -> None:
        asked = {name: {"runId": name, "selectRunMetadata": True} for name in (TRAINED, "unknown")}
        found = call.history("batchrundata", {"requests": asked})
        assert set(found["successfulResults"]) == {TRAINED}
        run = found["successfulResults"][TRAINED]["runMetadata"]
        assert run == call.history(f"runs/{TRAINED}")
        assert found["failedResults"]["unknown"]["error"]["innerError"]["code"] == "NotFoundError"

    def test_a_query_gives_all_of_an_experiment(self, call: AzureMlClient) -> None:
        names: list[str] = []
        token = None
        while True:
            body = {"top": 7, "continuationToken": token}
            page = call.history("experiments/demand/runs:query", body)
            names += [r["runId"] for r in page["value"]]
            assert len(page["value"]) <= 7
            token = page["continuationToken"]
            if token is None:
                break
        assert {TRAINED, ARCHIVED, REUSED, f"{SWEEP}_11"} < set(names)
        assert "twin_river_a1b2" not in names
        assert len(names) == len(set(names))

    def test_experiments(self, call: AzureMlClient) -> None:
        found = call.history("experiments:query", {"viewType": "All"})["value"]
        by = {e["name"]: e["experimentId"] for e in found}
        assert set(by) == {"demand", "prices"}
        page = call.history(f"experimentids/{by['prices']}/runs:query", {"top": 5})
        assert [r["runId"] for r in page["value"]] == ["twin_river_a1b2"]

    def test_a_filter_is_refused_and_not_left_out(self, call: AzureMlClient) -> None:
        body = {"filter": "Status eq Completed"}
        answer = call.data("history/v1.0", "experiments/demand/runs:query", "POST", body)
        assert answer.status_code == 400


class TestArtifacts:
    def test_of_a_run_by_both_services(self, call: AzureMlClient) -> None:
        by_run = call.history(f"experiments/demand/runs/{TRAINED}/artifacts")
        answer = call.data("artifact/v2.0", f"artifacts/ExperimentRun/dcid.{TRAINED}")
        assert answer.json() == by_run
        paths = [a["path"] for a in by_run["value"]]
        assert "model/model.pkl" in paths
        first = by_run["value"][0]
        assert first["artifactId"] == f"ExperimentRun/dcid.{TRAINED}/{first['path']}"

    def test_below_a_path_in_pages(self, call: AzureMlClient) -> None:
        call.ml.behaviour.page_size = 1
        root = f"experiments/demand/runs/{TRAINED}/artifacts/prefix/contentinfo?path=model"
        first = call.history(root)
        second = call.open(first["nextLink"]).json()
        assert second["nextLink"] is None
        found = [a["path"] for a in first["value"] + second["value"]]
        assert found == ["model/MLmodel", "model/model.pkl"]

    def test_a_link_names_the_blob(self, call: AzureMlClient) -> None:
        path = "user_logs/std_log.txt"
        root = f"experiments/demand/runs/{TRAINED}/artifacts/contentinfo"
        found = call.history(f"{root}?path={path}")
        assert f"/azureml/ExperimentRun/dcid.{TRAINED}/{path}?" in found["contentUri"]
        assert call.data("history/v1.0", f"{root}?path=none").status_code == 404


class TestMetrics:
    def test_their_names_and_their_values(self, call: AzureMlClient) -> None:
        listed = call.data("metric/v2.0", f"runs/{TRAINED}/list", "POST", {}).json()
        assert [m["metricKey"]["name"] for m in listed["value"]] == ["mse", "r2"]
        body = {"metricName": "mse"}
        full = call.data("metric/v2.0", f"runs/{TRAINED}/full", "POST", body).json()
        assert [v["data"]["mse"] for v in full["value"]] == [0.5, 0.31, 0.25]
        body = {"metricName": "none"}
        assert call.data("metric/v2.0", f"runs/{TRAINED}/full", "POST", body).status_code == 404


class TestRegistries:
    def test_models_say_an_id(self, call: AzureMlClient) -> None:
        answer = call.data("modelregistry/v1.0", "models?listViewType=All").json()
        by = {m["id"]: m for m in answer["value"]}
        assert by["price-model:1"]["createdBy"]["userObjectId"] == TOMAS_ID
        assert by["shared-model:1"]["modifiedBy"]["userObjectId"] == TOMAS_ID
        assert by["shared-model:1"]["createdBy"]["userObjectId"] == MIRA.object_id
        assert by["twin-model:1"]["createdBy"]["userName"] == TOMAS.name
        assert by["demand-model:2"]["isArchived"] is True
        assert by["demand-model:3"]["runId"] == TRAINED

    def test_models_come_in_pages_and_archived_ones_are_hidden(self, call: AzureMlClient) -> None:
        first = call.data("modelregistry/v1.0", "models?count=3").json()
        assert len(first["value"]) == 3
        second = call.open(first["nextLink"]).json()
        ids = [m["id"] for m in first["value"] + second["value"]]
        assert "demand-model:2" not in ids
        assert len(ids) == 5

    def test_one_model(self, call: AzureMlClient) -> None:
        model = call.data("modelregistry/v1.0", "models/demand-model:3").json()
        assert model["version"] == 3
        missing = call.data("modelregistry/v1.0", "models/demand-model:9")
        assert (missing.status_code, missing.json()["statusCode"]) == (404, 404)

    def test_data_says_an_id(self, call: AzureMlClient) -> None:
        one = call.data("data/v1.0", "dataversion/train-data/versions/2").json()
        assert one["entityMetadata"]["createdBy"]["userObjectId"] == TOMAS_ID
        assert one["dataVersion"]["dataUri"].startswith("azureml://subscriptions/1111")
        assert "{" not in one["dataVersion"]["dataUri"]
        versions = call.data("data/v1.0", "dataversion/train-data/versions").json()["value"]
        archived = [v["dataVersion"]["mutableProps"]["isArchived"] for v in versions]
        assert archived == [True, False]

    def test_data_containers_come_in_pages(self, call: AzureMlClient) -> None:
        call.ml.behaviour.page_size = 3
        first = call.data("data/v1.0", "datacontainer").json()
        second = call.open(first["nextLink"]).json()
        names = [c["dataContainer"]["name"] for c in first["value"] + second["value"]]
        assert names == ["train-data", "customers", "weather", "open-weather"]
        one = call.data("data/v1.0", "datacontainer/weather").json()
        assert one["latestVersion"]["dataVersion"]["versionId"] == "1"
