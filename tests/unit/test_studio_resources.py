"""What ARM tells of a standard workspace: the record, New web services, commitment plans."""

from dataclasses import replace
from typing import Any

import pytest

from dsr.errors import Unavailable
from dsr.model.matching import NO_MATCH, Match, Matcher, Tier
from dsr.model.request import Subject
from dsr.services.hosts import AllowedHosts
from dsr.services.http import Http
from dsr.services.located import RecentLocations
from dsr.services.studio.commitment_plans import KIND as PLANS
from dsr.services.studio.connector import StudioConnector
from dsr.services.studio.new_web_services import KIND as SERVICES
from dsr.usecases.connector import Document, Missing
from tests.fakes.studio import ARM_ENDPOINT, ARM_ID, TARGET, arm_of, studio, told
from tests.fakes.wire import Answer, Routed, answer
from tests.unit.studio_payloads import API, USERS, WORKSPACE, WORKSPACE_ID

SUBSCRIPTION = ARM_ID.partition("/resourceGroups")[0]
PROVIDER = f"{SUBSCRIPTION}/providers/Microsoft.MachineLearning"
GROUP = ARM_ID.partition("/workspaces")[0]
LIST = f"{ARM_ENDPOINT}{PROVIDER}/webServices"
PLAN_LIST = f"{ARM_ENDPOINT}{PROVIDER}/commitmentPlans?api-version=2016-05-01-preview"


def service(name: str, workspace: str | None = WORKSPACE_ID, group: str = "rg-ml") -> Any:
    properties: dict[str, Any] = {"title": f"Title of {name}", "description": "scores"}
    if workspace is not None:
        properties["machineLearningWorkspace"] = {"id": workspace}
    base = GROUP.replace("rg-ml", group)
    return {
        "id": f"{base}/webServices/{name}",
        "name": name,
        "tags": {"who": "tomas.user@example.org"},
        "properties": properties,
    }


def routes(*services: Any) -> dict[str, list[Answer]]:
    sparse = [{"id": s["id"], "name": s["name"]} for s in services]
    each = {f"{ARM_ENDPOINT}{s['id']}?api-version=2017-01-01": [told(s)] for s in services}
    return {f"{LIST}?api-version=2017-01-01": [told({"value": sparse})]} | each


def names(found: Any) -> list[str]:
    return [asset.id.rpartition("/")[2] for asset in found]


def test_sparse_entries_are_read_one_by_one_and_others_are_left_out():
    workspace, _ = studio(
        routes(
            service("mine"),
            service("theirs", "f" * 32),
            service("mine-elsewhere", group="rg-other"),
            service("dashed", f"{WORKSPACE_ID[:8]}-{WORKSPACE_ID[8:]}".upper()),
            service("by-resource", ARM_ID.upper()),
            service("unnamed", None),
            service("unnamed-elsewhere", None, "rg-other"),
        )
    )
    found = list(SERVICES.page(workspace, None))
    assert names(found) == ["mine", "mine-elsewhere", "dashed", "by-resource", "unnamed"]
    assert found[0].name == "Title of mine"
    assert ("tags", "tomas.user@example.org") in found[0].texts
    assert list(SERVICES.read(workspace, found[0].id, found[0].listed, True)) == [
        Document("", service("mine"))
    ]


def test_a_row_of_the_example_request_that_names_the_subject_is_a_weak_match():
    shown = service("shown")
    rows = [["Ana", "34"], ["Tomas User", "41"]]
    shown["properties"]["exampleRequest"] = {"inputs": {"input1": rows}, "globalParameters": {}}
    workspace, _ = studio(routes(shown, service("plain")))
    found = list(SERVICES.page(workspace, None))
    matcher = Matcher(Subject(names=["Tomas User"]), [])
    assert [matcher.match(asset) for asset in found] == [
        Match(Tier.WEAK, "exampleRequest"),
        NO_MATCH,
    ]


STORE = {"storageAccount": {"name": "churnlabstore"}}
MODEL = {"type": "Resource", "locationInfo": {"uri": "https://store.blob.core.windows.net/x/m"}}
MODULE = {"type": "Module", "locationInfo": {"uri": "aml://module/1", "credentials": ""}}


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({}, []),
        ({"package": {"nodes": {}}, "assets": {"a": MODULE, "b": {}}}, []),
        ({"assets": None, "payloadsInBlobStorage": False}, []),
        (
            {"assets": {"a": MODULE, "b": MODEL}},
            ["the service's assets lie in blobs of its storage account"],
        ),
        (
            {"payloadsInBlobStorage": True},
            ["the service's definition lies in a blob of its storage account"],
        ),
        (
            {"payloadsInBlobStorage": True, "assets": {"b": MODEL}},
            [
                "the service's definition lies in a blob of its storage account",
                "the service's assets lie in blobs of its storage account",
            ],
        ),
    ],
)
def test_what_lies_in_blobs_of_a_service_is_for_a_person(properties, said):
    payload = service("mine") | {"properties": STORE | properties}
    workspace, _ = studio({})
    first, *files = SERVICES.read(workspace, payload["id"], payload, True)
    assert first == Document("", payload)
    missing = [f for f in files if isinstance(f, Missing)]
    assert [f.reason.partition(",")[0] for f in missing] == said
    assert all("the storage account churnlabstore" in f.steps[0] for f in missing)
    assert list(SERVICES.read(workspace, payload["id"], payload, False)) == [first]


def test_a_service_that_went_meanwhile_is_left_out():
    given = routes(service("mine"), service("gone"))
    del given[f"{ARM_ENDPOINT}{GROUP}/webServices/gone?api-version=2017-01-01"]
    workspace, _ = studio(given)
    assert names(SERVICES.page(workspace, None)) == ["mine"]


def test_the_next_page_is_the_link_as_it_came():
    link = f"{LIST}?api-version=2017-01-01&$skiptoken=a%2Fb"
    first = told({"value": [], "nextLink": link})
    given = routes(service("mine")) | {link: [told({"value": []})]}
    given[f"{LIST}?api-version=2017-01-01"] = [first]
    workspace, wire = studio(given)
    page = SERVICES.page(workspace, None)
    assert (list(page), page.next) == ([], link)
    last = SERVICES.page(workspace, link)
    assert (list(last), last.next) == ([], None)
    assert wire.urls()[-1] == link


def plan(name: str, group: str = "rg-ml") -> Any:
    base = GROUP.replace("rg-ml", group)
    return {"id": f"{base}/commitmentPlans/{name}", "name": name, "tags": {}}


def pays_for(*services: str) -> Any:
    return {"value": [{"properties": {"associatedResourceId": s}} for s in services]}


def url(resource: Any, tail: str) -> str:
    return f"{ARM_ENDPOINT}{resource['id']}/{tail}?api-version=2016-05-01-preview"


def test_a_plan_counts_where_it_pays_for_a_service_of_the_workspace_or_lies_unused_beside_it():
    used, theirs, idle, far = plan("used", "rg-x"), plan("theirs"), plan("idle"), plan("far", "rg")
    mine, others = service("mine"), service("other", "f" * 32)
    given = routes(mine, others) | {
        PLAN_LIST: [told({"value": [used, theirs, idle, far]})],
        url(used, "commitmentAssociations"): [told(pays_for(others["id"], mine["id"]))],
        url(theirs, "commitmentAssociations"): [
            told(pays_for(others["id"], "/gone/webServices/1"))
        ],
        url(idle, "commitmentAssociations"): [told({"value": []})],
        url(far, "commitmentAssociations"): [told({"value": []})],
        url(used, "usageHistory"): [told({"value": [{"usageDate": "2018-05-23"}]})],
    }
    workspace, _ = studio(given)
    found = list(PLANS.page(workspace, None))
    assert names(found) == ["used", "idle"]
    files = list(PLANS.read(workspace, found[0].id, found[0].listed, True))
    assert [f.name for f in files] == ["plan.json", "associations.json", "usage-history.json"]
    given[f"{ARM_ENDPOINT}{used['id']}?api-version=2016-05-01-preview"] = [told(used)]
    workspace, _ = studio(given)
    assert list(PLANS.read(workspace, found[0].id, None, True)) == files


def connector(routes: dict[str, list[Answer]], token: str = "the-token") -> StudioConnector:
    wire = Routed({API: [told(WORKSPACE)], f"{API}/users": [told(USERS)]} | routes)
    target = replace(TARGET, arm_id=ARM_ID)
    http = Http(AllowedHosts(target), lambda: wire, lambda _: None)
    return StudioConnector(target, token, arm_of(wire), RecentLocations(), http)


RESOURCE_URL = f"{ARM_ENDPOINT}{ARM_ID}?api-version=2019-10-01"


def test_the_record_holds_the_resource_and_its_owner():
    resource = {"id": ARM_ID, "properties": {"ownerEmail": "tomas.user@example.org"}}
    record = connector({RESOURCE_URL: [told(resource)]}).record()
    assert (record.resource, record.problem) == (resource, "")
    assert ("ownerEmail", "tomas.user@example.org") in record.owner


@pytest.mark.parametrize("status", [401, 403, 404, 400])
def test_a_resource_that_can_not_be_read_is_a_problem_of_the_record_not_its_end(status):
    refusal = answer(status, b'{"code":"AuthorizationFailed"}')
    record = connector({RESOURCE_URL: [refusal]}).record()
    assert record.resource is None
    assert (
        record.problem
        == f"read workspace resource was answered with {status} (AuthorizationFailed)"
    )
    assert record.payload == WORKSPACE


def test_arm_that_is_away_for_a_while_is_asked_again_later():
    with pytest.raises(Unavailable):
        connector({RESOURCE_URL: [answer(503)]}).record()


def test_the_token_comes_from_arm_where_the_target_has_none():
    keys = f"{ARM_ENDPOINT}{ARM_ID}/listWorkspaceKeys?api-version=2019-10-01"
    made = connector(
        {keys: [told({"primaryToken": "from-arm"})], RESOURCE_URL: [told({})]}, token=""
    )
    assert made.record().payload == WORKSPACE
