"""Schedules, endpoints, computes, datastores, connections: what is told of them, and what not."""

from typing import Any

import pytest

from dsr.model.asset import Asset
from dsr.usecases.connector import Document, Missing
from tests.fakes.azureml_wire import NORA, arm, every, forecast, page, payload
from tests.fakes.studio import told

ENDPOINT = payload("online_endpoint")
DEPLOYMENT = payload("online_deployments")["value"][0]
INSTANCE = payload("computes")["value"][1]
CONNECTION = payload("connections")["value"][0]


def the_only(kind: str, path: str, resource: Any) -> Asset:
    listed = every if kind == "schedule" else arm
    connector, _ = forecast({listed(path): [told(page(resource))]})
    (asset,) = connector.assets(kind, None)
    return asset


def endpoint(deployment: dict[str, Any], **more: Any) -> Any:
    connector, wire = forecast(
        {
            arm("onlineEndpoints"): [told(page(ENDPOINT | more))],
            arm("onlineEndpoints/demand-online/deployments"): [told(page(deployment))],
        }
    )
    (asset,) = connector.assets("online_endpoint", None)
    return asset, list(connector.read("online_endpoint", asset.id, asset.listed, True)), wire


def test_an_endpoint_comes_with_its_deployments_in_one_document():
    asset, files, wire = endpoint(DEPLOYMENT)
    (document,) = files
    assert isinstance(document, Document)
    assert document.name == "endpoint.json"
    assert document.value == {"endpoint": ENDPOINT, "deployments": [DEPLOYMENT]}
    assert [call.method for call in wire.calls] == ["GET", "GET"]
    assert ("environmentVariables", "score.py") in asset.texts


def test_tags_of_an_endpoint_stand_beside_its_properties():
    tags = {"dsr:subject": NORA, "contact": "Nora"}
    by_endpoint, _, _ = endpoint(DEPLOYMENT, tags=tags)
    by_deployment, _, _ = endpoint(DEPLOYMENT | {"tags": tags})
    for asset in (by_endpoint, by_deployment):
        assert asset.identifiers == (("tags.dsr:subject", NORA),)
        assert ("tags", "Nora") in asset.texts


@pytest.mark.parametrize(
    ("collector", "missing"),
    [
        ({"collections": {"model_inputs": {"dataCollectionMode": "Enabled"}}}, True),
        ({"collections": {"model_inputs": {"dataCollectionMode": "Disabled"}}}, False),
        ({"collections": {}}, False),
        (None, False),
    ],
)
def test_requests_that_a_deployment_collected_are_told(collector: Any, missing: bool):
    properties = DEPLOYMENT["properties"] | {"dataCollector": collector}
    _, files, _ = endpoint(DEPLOYMENT | {"properties": properties})
    assert [type(f) for f in files[1:]] == ([Missing] if missing else [])


def test_an_endpoint_that_the_plan_did_not_keep_is_read_anew():
    connector, _ = forecast(
        {
            arm("onlineEndpoints/demand-online"): [told(ENDPOINT)],
            arm("onlineEndpoints/demand-online/deployments"): [told(page(DEPLOYMENT))],
        }
    )
    (document,) = connector.read("online_endpoint", "demand-online", None, False)
    assert isinstance(document, Document)
    assert document.value["deployments"] == [DEPLOYMENT]


def test_a_compute_instance_is_its_creator_s_and_its_assigned_user_s():
    inner = INSTANCE["properties"]["properties"]
    assigned = {"assignedUser": {"objectId": "an-object-id", "tenantId": "a-tenant"}}
    properties = INSTANCE["properties"] | {
        "properties": inner | {"personalComputeInstanceSettings": assigned}
    }
    asset = the_only("compute", "computes", INSTANCE | {"properties": properties})
    assert asset.identifiers == (
        ("createdBy.userId", NORA),
        ("assignedUser.objectId", "an-object-id"),
    )


def test_the_disk_of_a_compute_instance_is_missing_and_a_cluster_has_none():
    connector, wire = forecast({})
    for compute in payload("computes")["value"]:
        files = list(connector.read("compute", compute["name"], compute, True))
        is_instance = compute["name"] == "nora-ci1"
        assert [type(f) for f in files[1:]] == ([Missing] if is_instance else [])
    assert wire.calls == []


def test_a_connection_is_whose_it_is_shared_with_and_who_signs_in():
    properties = CONNECTION["properties"] | {
        "sharedUserList": ["one-id", "two-id"],
        "credentials": {"username": "t-user", "password": None},
        "metadata": {"owner": {"name": "Nora"}},
    }
    asset = the_only("connection", "connections", CONNECTION | {"properties": properties})
    values = [value for _, value in asset.identifiers]
    assert values[1:] == ["one-id", "two-id", "t-user"]
    assert ("metadata", "Nora") in asset.texts


def test_a_connection_without_system_data_is_listed_all_the_same():
    asset = the_only("connection", "connections", CONNECTION | {"systemData": None})
    assert asset.identifiers == ()
    assert asset.id == "weather-feed"


def test_a_schedule_is_changed_by_what_it_sends():
    schedule = payload("schedules")["value"][0]
    before = the_only("schedule", "schedules", schedule)
    action = schedule["properties"]["action"]
    later = schedule["properties"] | {"provisioningState": "Updating"}
    other = schedule["properties"] | {"action": action | {"jobDefinition": {"command": "x"}}}
    same = the_only("schedule", "schedules", schedule | {"properties": later})
    changed = the_only("schedule", "schedules", schedule | {"properties": other})
    assert before.state == same.state
    assert before.state != changed.state


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("schedule", "schedules"),
        ("online_endpoint", "onlineEndpoints"),
        ("batch_endpoint", "batchEndpoints"),
        ("compute", "computes"),
        ("datastore", "datastores"),
        ("connection", "connections"),
    ],
)
def test_a_list_goes_on_where_its_link_leads(kind: str, path: str):
    following = f"https://management.azure.com/more?$skipToken={path}"
    listed = every if kind == "schedule" else arm
    connector, _ = forecast(
        {
            listed(path): [told(page({"name": "one"}, following=following))],
            following: [told(page({"name": "two"}))],
            **{arm(f"{path}/{n}/deployments"): [told(page())] for n in ("one", "two")},
        }
    )
    first = connector.assets(kind, None)
    assert [asset.id for asset in first] == ["one"]
    assert first.next == following
    last = connector.assets(kind, first.next)
    assert [asset.id for asset in last] == ["two"]
    assert last.next is None


@pytest.mark.parametrize("kind", ["schedule", "compute", "datastore", "connection"])
def test_a_kind_whose_list_says_all_is_read_without_a_call(kind: str):
    connector, wire = forecast({})
    listed = {"name": "thing", "properties": {}}
    (document,) = connector.read(kind, "thing", listed, True)
    assert document == Document("", listed)
    assert wire.calls == []
    path = {"schedule": "schedules", "compute": "computes"}.get(kind, f"{kind}s")
    connector, _ = forecast({arm(f"{path}/thing"): [told(listed)]})
    assert list(connector.read(kind, "thing", None, True)) == [Document("", listed)]
