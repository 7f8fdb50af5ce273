"""ARM's routes of the Azure ML sandbox over real HTTP: access, lists in pages, what they say."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from sandbox.arm import DEVELOPMENT_TOKEN, SandboxArm
from sandbox.azureml import MICROSOFT, Version, forecast, secret_calls
from sandbox.azureml.sample.jobs import ARCHIVED, PIPELINE, REUSED, RUNNING, SWEEP, TRAINED
from sandbox.azureml.sample.people import MIRA, ROBOT, TOMAS, TWIN
from sandbox.studio import sample_workspaces
from tests.fakes.sample import TOMAS_ID
from tests.integration.azureml_client import VERSION, AzureMlClient
from tests.integration.azureml_servers import Servers, client, servers

SUB = "/subscriptions/11111111-2222-3333-4444-555555555555"
WORKSPACES = f"{SUB}/providers/Microsoft.MachineLearningServices/workspaces"


@pytest.fixture(scope="module")
def shared() -> Iterator[Servers]:
    with servers() as made:
        yield made


@pytest.fixture
def call(shared: Servers) -> Iterator[AzureMlClient]:
    with client(shared) as made:
        yield made


class TestAccess:
    def test_without_a_token(self, call: AzureMlClient) -> None:
        url = f"{call.arm.url}{call.workspace.arm_id}?api-version={VERSION}"
        answer = requests.get(url, timeout=10)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "AuthenticationFailed"
        assert not call.arm.journal.calls()[-1].token_sent

    def test_without_a_version_or_with_none_that_is_one(self, call: AzureMlClient) -> None:
        url = f"{call.arm.url}{call.workspace.arm_id}"
        missing = call.open(url)
        assert missing.json()["error"]["code"] == "MissingApiVersionParameter"
        wrong = call.open(f"{url}?api-version=newest")
        assert (missing.status_code, wrong.status_code) == (400, 400)

    def test_a_fault_has_the_shape_of_the_service(self, call: AzureMlClient) -> None:
        call.arm.faults.add({"match": "/jobs", "status": 429, "retry_after": 3, "times": 1})
        answer = call.ask("jobs")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
        assert answer.json()["error"]["code"] == "RequestThrottled"
        assert call.ask("jobs").status_code == 200

    def test_a_private_workspace_tells_what_it_is_and_no_more(self, call: AzureMlClient) -> None:
        call.ml.behaviour.private.add("ws-forecast")
        assert call.ask().status_code == 200
        assert call.ask("jobs").status_code == 403
        assert call.data("history/v1.0", f"runs/{TRAINED}").status_code == 403


class TestWorkspaces:
    def test_of_the_subscription(self, call: AzureMlClient) -> None:
        call.ml.behaviour.page_size = 1
        pages = call.pages(WORKSPACES)
        assert [[w["name"] for w in page] for page in pages] == [["ws-forecast"], ["ws-neighbour"]]
        assert pages[0][0] == call.get()

    def test_of_a_group_and_of_none(self, call: AzureMlClient) -> None:
        inside = WORKSPACES.replace(SUB, f"{SUB}/resourceGroups/{{}}")
        assert len(call.names(inside.format("RG-MLPROD"))) == 2
        answer = call.ask(inside.format("rg-unknown"))
        assert answer.json()["error"]["code"] == "ResourceGroupNotFound"
        other = call.ask(WORKSPACES.replace("1111", "2222", 1))
        assert other.json()["error"]["code"] == "SubscriptionNotFound"

    def test_classic_workspaces_are_listed_at_the_same_place(self, call: AzureMlClient) -> None:
        path = WORKSPACES.replace("LearningServices", "Learning")
        url = f"{call.arm.url}{path}?api-version=2019-10-01"
        assert call.open(url).json() == {"value": []}  # this ARM holds none
        other = call.open(url.replace("1111", "2222", 1))
        assert other.json()["code"] == "SubscriptionNotFound"

    def test_a_subscription_with_classic_workspaces_alone_lists_none(self) -> None:
        with SandboxArm(sample_workspaces()) as arm:
            headers = {"Authorization": f"Bearer {DEVELOPMENT_TOKEN}"}
            url = f"{arm.url}{WORKSPACES}?api-version={VERSION}"
            assert requests.get(url, headers=headers, timeout=10).json() == {"value": []}

    def test_one(self, call: AzureMlClient) -> None:
        workspace = call.get()
        properties = workspace["properties"]
        assert workspace["systemData"]["createdBy"] == MIRA.address
        assert properties["storageAccount"].endswith("/storageAccounts/stforecast01")
        assert properties["discoveryUrl"] == f"{call.ml.url}/discovery"
        assert len(properties["workspaceId"]) == 36

    def test_one_that_is_not_there(self, call: AzureMlClient) -> None:
        answer = call.ask(f"{call.workspace.arm_id}-unknown")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "ResourceNotFound"
        assert answer.headers["x-ms-failure-cause"] == "gateway"


class TestLists:
    def test_the_link_to_the_next_page_is_as_recorded(self, call: AzureMlClient) -> None:
        body = call.get("jobs", listViewType="All")
        link = body["nextLink"]
        assert len(body["value"]) == 10
        assert f"/jobs?api-version={VERSION}&listViewType=All&$skipToken=" in link
        assert call.arm.url in link
        assert call.open(link.replace("$skipToken", "%24skipToken")).json() == (
            call.open(link).json()
        )

    def test_a_page_does_not_shift_when_something_is_deleted(self, call: AzureMlClient) -> None:
        call.ml.behaviour.page_size = 4
        first = call.get("jobs", listViewType="All")
        second = call.open(first["nextLink"]).json()["value"]
        call.ask(f"jobs/{first['value'][1]['name']}", "DELETE")
        call.ask("jobs")  # settles what is due
        assert call.open(first["nextLink"]).json()["value"] == second

    def test_a_token_of_nobody(self, call: AzureMlClient) -> None:
        url = f"{call.arm.url}{call.workspace.arm_id}/jobs?api-version={VERSION}&$skipToken=x"
        assert call.open(url).status_code == 400

    def test_archived_things_are_hidden_unless_asked_for(self, call: AzureMlClient) -> None:
        everything = set(call.names("jobs", listViewType="All"))
        active, archived = call.names("jobs"), call.names("jobs", listViewType="ArchivedOnly")
        assert archived == [ARCHIVED]
        assert everything == {*active, *archived}
        versions = "models/demand-model/versions"
        assert call.names(versions) == ["1", "3"]
        assert call.names(versions, listViewType="All") == ["1", "2", "3"]
        assert call.ask("jobs", listViewType="Everything").status_code == 400

    def test_code_knows_no_archive(self, call: AzureMlClient) -> None:
        assert len(call.names("codes", listViewType="ArchivedOnly")) == 3


class TestJobs:
    def test_arm_says_a_name_and_no_id(self, call: AzureMlClient) -> None:
        job = call.get(f"jobs/{TRAINED}")
        assert job["systemData"] == {
            "createdAt": "2026-05-04T09:10:05.111+00:00",
            "createdBy": TOMAS.name,
            "createdByType": "User",
        }
        assert job["id"] == f"{call.workspace.arm_id}/jobs/{TRAINED}"
        assert job["properties"]["notificationSetting"]["emails"] == [TOMAS.address]
        assert job["properties"]["status"] == "Completed"

    def test_two_people_have_one_name_and_some_jobs_have_nobody(self, call: AzureMlClient) -> None:
        jobs = [j for page in call.pages("jobs", listViewType="All") for j in page]
        by = {j["name"]: j["systemData"] for j in jobs}
        assert by["twin_river_a1b2"]["createdBy"] == TWIN.name == TOMAS.name
        assert set(by["grey_owl_n0n0"]) == {"createdAt"}
        robot = by["iron_crane_h3j4"]
        assert (robot["createdBy"], robot["createdByType"]) == (ROBOT.object_id, "Application")

    def test_children_are_not_in_the_list_but_answer(self, call: AzureMlClient) -> None:
        listed = call.names("jobs", listViewType="All")
        assert {PIPELINE, SWEEP, RUNNING} < set(listed)
        assert REUSED not in listed
        assert call.get(f"jobs/{REUSED}")["properties"]["properties"]["azureml.isreused"] == "true"

    def test_one_that_is_not_there(self, call: AzureMlClient) -> None:
        answer = call.ask("jobs/unknown_job")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (404, "UserError")
        inner = next(i for i in error["additionalInfo"] if i["type"] == "InnerError")
        assert inner["info"]["value"] == {"code": "NotFound", "innerError": None}


class TestAssets:
    def test_curated_ones_are_of_microsoft(self, call: AzureMlClient) -> None:
        by = {e["name"]: e["systemData"] for e in call.get("environments")["value"]}
        assert by["AzureML-sklearn-1.5"]["createdBy"] == MICROSOFT.name
        assert by["AzureML-sklearn-1.5"]["createdByType"] == "User"
        component = call.get("components/train_model/versions/0.0.40")
        assert component["systemData"]["createdBy"] == "Microsoft"

    def test_a_model_leads_to_its_run(self, call: AzureMlClient) -> None:
        model = call.get("models/demand-model/versions/3")
        assert model["properties"]["modelUri"] == (
            "azureml://subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/rg-mlprod"
            f"/workspaces/ws-forecast/datastores/workspaceartifactstore/paths/ExperimentRun/"
            f"dcid.{TRAINED}/model"
        )
        container = call.get("models/demand-model")["properties"]
        assert (container["latestVersion"], container["nextVersion"]) == ("3", "4")

    def test_arm_may_not_say_who_made_one(self, call: AzureMlClient) -> None:
        data = call.get("models/price-model/versions/1")["systemData"]
        assert "createdBy" not in data

    def test_code_lies_in_the_default_store(self, call: AzureMlClient) -> None:
        uri = call.get(f"codes/{call.names('codes')[0]}/versions/1")["properties"]["codeUri"]
        container = f"azureml-blobstore-{call.workspace.workspace_id}"
        assert uri.startswith(
            f"https://stforecast01.blob.core.windows.net/{container}/LocalUpload/"
        )

    def test_unknown_ones_and_unknown_kinds(self, call: AzureMlClient) -> None:
        for path in ("models/x", "models/x/versions", "data/customers/versions/9"):
            assert call.ask(path).status_code == 404
        assert call.ask("notebooks").json()["error"]["code"] == "InvalidResourceType"

    def test_feature_sets_can_be_built(self, call: AzureMlClient) -> None:
        made = Version("featuresets", "sales", "1", TOMAS, "2026-05-04T09:00:00.000+00:00")
        held = forecast()
        call.ml.put(replace(held, versions=(*held.versions, made)))
        assert call.names("featuresets/sales/versions") == ["1"]
        call.ml.put(held)
        assert call.names("featuresets") == []


class TestResources:
    def test_a_system_datastore_has_no_creator_and_null_tags(self, call: AzureMlClient) -> None:
        store = call.get("datastores/workspaceartifactstore")
        assert "createdBy" not in store["systemData"]
        assert store["systemData"]["lastModifiedByType"] == "Application"
        assert (store["properties"]["tags"], store["properties"]["containerName"]) == (
            None,
            "azureml",
        )
        default = call.get("datastores/workspaceblobstore")["properties"]
        assert default["containerName"] == f"azureml-blobstore-{call.workspace.workspace_id}"
        other = call.get("datastores/workspacefilestore")["systemData"]
        assert other["createdByType"] == "Application"

    def test_a_compute_says_whose_it_is_inside(self, call: AzureMlClient) -> None:
        compute = call.get("computes/mira-ci1")
        inner = compute["properties"]["properties"]
        assert "systemData" not in compute
        assert inner["createdBy"]["userId"] == MIRA.object_id
        user = inner["personalComputeInstanceSettings"]["assignedUser"]
        assert user["objectId"] == TOMAS_ID

    def test_endpoints_have_deployments(self, call: AzureMlClient) -> None:
        assert call.names("onlineEndpoints/demand-api/deployments") == ["blue"]
        blue = call.get("onlineEndpoints/demand-api/deployments/blue")
        assert blue["type"].endswith("/workspaces/onlineEndpoints/deployments")
        assert blue["properties"]["model"].endswith("/models/demand-model/versions/1")
        assert call.names("batchEndpoints") == ["demand-batch"]

    def test_schedules_and_connections(self, call: AzureMlClient) -> None:
        assert call.names("schedules") == ["nightly", "weekly"]
        assert call.names("schedules", listViewType="DisabledOnly") == ["paused"]
        assert len(call.names("schedules", listViewType="All")) == 3
        assert call.ask("schedules", listViewType="ActiveOnly").status_code == 400
        login = call.get("connections/git-conn")["properties"]["credentials"]
        assert login == {"username": TOMAS.address, "password": None}

    def test_who_asks_for_secrets_stands_in_the_journal(self, call: AzureMlClient) -> None:
        call.names("datastores")
        assert secret_calls(call.arm.journal) == []
        for path in (
            "datastores/workspaceblobstore/listSecrets",
            "connections/search-conn/listsecrets",
            "onlineEndpoints/demand-api/listKeys",
            "onlineEndpoints/demand-api/token",
            "listKeys",
        ):
            assert call.ask(path, "POST").status_code == 200
        assert len(secret_calls(call.arm.journal)) == 5
