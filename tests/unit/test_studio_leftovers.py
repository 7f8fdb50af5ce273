"""What uses an asset, what a delete leaves behind, and by what an asset counts as changed."""

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from dsr.errors import Absent, Refused, Unusable
from dsr.model.asset import Asset
from dsr.services.studio import graphs
from dsr.services.studio.own_storage import OwnStorage, is_own
from dsr.services.workspace_storage import WorkspaceStorage
from dsr.usecases.connector import Leftover
from tests.fakes.blob_account import Account
from tests.fakes.studio import ARM_ID, told
from tests.fakes.studio_connector import STANDARD, connector
from tests.fakes.wire import answer
from tests.unit.studio_payloads import (
    API,
    BLOB,
    DATASET,
    DATASET_ID,
    EXPERIMENT,
    EXPERIMENT_ID,
    NODE,
    PORTAL,
    WORKSPACE_ID,
    endpoint,
    lower,
)
from tests.unit.test_studio_deletes import (
    ASSOCIATIONS,
    LONE,
    MANAGEMENT,
    NEW,
    NEW_URL,
    PLAN,
    SERVICE,
)
from tests.unit.test_workspace_storage import NOW

KEY = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
RUN: str = EXPERIMENT["ParentExperimentId"]
GUID = "71625344352617a8b9c0d1e2f3041526"


def proxied(blob: str, name: str = "") -> Any:
    inner = quote(f"{blob}?sv=2015&sr=b&sig=R&sp=r", safe="")
    credential = f"?workspaceId={WORKSPACE_ID}&signature=R&sharedAccessUri={inner}"
    return endpoint(PORTAL, "api/sharedaccess", credential, Name=name)


def run(*blobs: str, parent: str | None = None, **members: Any) -> Any:
    """An experiment (or a run) with outputs of its one node, on the ports `0`, `1` and so on."""
    outputs = [proxied(f"{BLOB}experimentoutput/{b}", str(n)) for n, b in enumerate(blobs)]
    status = {"NodeId": NODE, "OutputEndpoints": outputs, "MetadataOutputEndpoints": {}}
    return EXPERIMENT | {"ParentExperimentId": parent, "NodeStatuses": [status | members]}


UPLOADS = "uploadedresources"


# Blobs by their locations


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (endpoint(BLOB, "uploadedresources/7d21.csv", "?s=R"), Leftover(UPLOADS, "7d21.csv")),
        (endpoint(BLOB, "uploadedresources/a%20b%2F/c", ""), Leftover(UPLOADS, "a b//c")),
        (lower(endpoint(BLOB, "uploadedresources/x", "")), Leftover(UPLOADS, "x")),
        (proxied(f"{BLOB}experimentoutput/1f/1f.csv"), Leftover("experimentoutput", "1f/1f.csv")),
        (endpoint("https://other.blob.core.windows.net/", "uploadedresources/x", ""), None),
        (endpoint("http://churnlabstore.blob.core.windows.net/", "uploadedresources/x", ""), None),
        (
            endpoint(
                "https://churnlabstore.blob.core.windows.net.evil.example/", f"{UPLOADS}/x", ""
            ),
            None,
        ),
        (
            endpoint(
                "https://churnlabstore.blob.core.windows.net@evil.example/", f"{UPLOADS}/x", ""
            ),
            None,
        ),
        (endpoint("https://evil.example/?", f"{BLOB}uploadedresources/x", ""), None),
        (endpoint(BLOB, "uploadedresources", ""), None),
        (endpoint(BLOB, "uploadedresources/", ""), None),
        (endpoint(BLOB, "UploadedResources/x", ""), None),
        (endpoint(BLOB, "backups/x", ""), None),
        (endpoint(BLOB, "ml-diagnostics/x", ""), None),
        (endpoint(BLOB, "experimentoutput/../backups/x", ""), None),
        (endpoint(BLOB, "$root/x", ""), None),
        (endpoint(BLOB, "", "?sig=R"), None),
        (proxied("https://other.blob.core.windows.net/experimentoutput/x"), None),
        (endpoint(PORTAL, "api/sharedaccess", "?workspaceId=x&signature=R"), None),
        (None, None),
        ([], None),
    ],
)
def test_a_blob_counts_where_its_own_location_is_in_the_named_account(place, found):
    named = OwnStorage("https://churnlabstore.blob.core.windows.net").named_by(place)
    assert named == ((found,) if found else ())


def test_an_account_on_loopback_is_a_path():
    storage = OwnStorage("http://127.0.0.1:10000/devstoreaccount1")
    base = "http://127.0.0.1:10000/"
    assert storage.named_by(endpoint(f"{base}devstoreaccount1/", f"{UPLOADS}/x", "?sig=R")) == (
        Leftover(UPLOADS, "x"),
    )
    assert storage.named_by(endpoint(f"{base}devstoreaccount12/", f"{UPLOADS}/x", "")) == ()
    assert (
        storage.named_by(endpoint("http://127.0.0.1:10001/devstoreaccount1/", f"{UPLOADS}/x", ""))
        == ()
    )


NEW_LIST = (
    f"{ASSOCIATIONS.partition('/subscriptions/')[0]}"
    f"{ARM_ID.partition('/resourceGroups/')[0]}/providers/Microsoft.MachineLearning/webServices"
    "?api-version=2017-01-01"
)
NOTHING: dict[str, Any] = {
    f"GET {API}/datasources": [told([])],
    f"GET {API}/trainedmodels": [told([])],
    f"GET {API}/transformmodules": [told([])],
    f"GET {MANAGEMENT}/webservices": [answer(204)],
    f"GET {NEW_LIST}": [told({"value": []})],
}


def dataset_routes(item: Any, **lists: Any) -> dict[str, Any]:
    routes = NOTHING | {f"GET {API}/datasources/{DATASET_ID}": [told(item)]}
    return routes | {f"GET {API}/{name}": [told(items)] for name, items in lists.items()}


def test_a_dataset_leaves_what_its_three_locations_name():
    shown = proxied(f"{BLOB}uploadedresources/7d21_visualization.json")
    item = DATASET | {"VisualizeEndPoint": shown}
    newer = item | {"Id": DATASET_ID + "3"}
    made, wire = connector(dataset_routes(item, datasources=[item, newer]))
    assert made.left_behind("dataset", DATASET_ID) == (
        Leftover("uploadedresources", "7d21.csv"),
        Leftover("uploadedresources", "7d21_visualization.json"),
        Leftover("uploadedresources", "7d21_schema.json"),
    )
    assert {call.partition(" ")[0] for call in wire.calls} == {"GET"}


@pytest.mark.parametrize("kind", ["datasources", "trainedmodels", "transformmodules"])
def test_a_blob_that_another_family_leads_to_stays(kind):
    other = DATASET | {"FamilyId": "e" * 32, "SchemaEndPoint": None}
    made, _ = connector(dataset_routes(DATASET, **{kind: [other]}))
    assert made.left_behind("dataset", DATASET_ID) == (
        Leftover("uploadedresources", "7d21_schema.json"),
    )


def test_a_promoted_datasets_bytes_are_its_experiments_while_that_is_there():
    place = endpoint(BLOB, "experimentoutput/a", "?sig=R")
    promoted = {"PromotedFrom": f"{EXPERIMENT_ID}.{NODE}.0", "FamilyId": DATASET["FamilyId"]}
    routes = dataset_routes(promoted | {"DownloadLocation": place})
    there = routes | {f"GET {API}/experiments/{EXPERIMENT_ID}": [told(run("a"))]}
    assert connector(there)[0].left_behind("dataset", DATASET_ID) == ()
    assert connector(routes)[0].left_behind("dataset", DATASET_ID) == (
        Leftover("experimentoutput", "a"),
    )


def left(payload: Any, **changes: Any) -> list[str]:
    """What an experiment leaves, by the blobs' names; `changes` are lists by their last name."""
    routes = NOTHING | {f"GET {API}/experiments/{EXPERIMENT_ID}": [told(payload)]}
    routes |= {f"GET {API}/{name}": [told(items)] for name, items in changes.items()}
    found = connector(routes)[0].left_behind("experiment", EXPERIMENT_ID)
    assert {blob.container for blob in found} <= {"experimentoutput"}
    return [blob.name for blob in found]


def test_an_experiment_leaves_outputs_logs_and_what_describes_them():
    logs = {
        "StandardOutEndpoint": proxied(f"{BLOB}experimentoutput/out"),
        "StandardErrorEndpoint": proxied(f"{BLOB}experimentoutput/err"),
        "MetadataOutputEndpoints": {
            "0": [{"Key": "visualization", "Value": proxied(f"{BLOB}experimentoutput/vis")}]
        },
    }
    assert sorted(left(run("a", "b", "a", **logs))) == ["a", "b", "err", "out", "vis"]


def test_the_runs_before_leave_theirs_but_not_those_of_another_experiment():
    older = f"{WORKSPACE_ID}.s-id.{KEY}.9951-09-12t14.00.00"
    foreign = f"{WORKSPACE_ID}.s-id.{'f' * 32}.9951-10-12t14.00.00"
    routes = NOTHING | {
        f"GET {API}/experiments/{EXPERIMENT_ID}": [told(run("new", parent=RUN))],
        f"GET {API}/experiments/{RUN}": [told(run("middle", parent=older))],
        f"GET {API}/experiments/{older}": [told(run("old", parent=foreign))],
        f"GET {API}/experiments/{foreign}": [told(run("theirs"))],
    }
    made, _ = connector(routes)
    names = [blob.name for blob in made.left_behind("experiment", EXPERIMENT_ID)]
    assert names == ["new", "middle", "old"]
    del routes[f"GET {API}/experiments/{older}"]
    names = [b.name for b in connector(routes)[0].left_behind("experiment", EXPERIMENT_ID)]
    assert names == ["new", "middle"]
    routes[f"GET {API}/experiments/{RUN}"] = [told(run("middle", parent=RUN))]
    assert len(connector(routes)[0].left_behind("experiment", EXPERIMENT_ID)) == 2


@pytest.mark.parametrize("kind", ["datasources", "trainedmodels", "transformmodules"])
@pytest.mark.parametrize("experiment", [EXPERIMENT_ID, RUN + ".00"])
def test_the_output_that_an_asset_was_promoted_from_stays(kind, experiment):
    promoted = {"Id": DATASET_ID, "PromotedFrom": f"{experiment}.{NODE}.1"}
    assert left(run("a", "b"), **{kind: [promoted]}) == ["a"]
    elsewhere = promoted | {"PromotedFrom": f"{experiment}.{NODE}.7"}
    assert left(run("a", "b"), **{kind: [elsewhere]}) == ["a", "b"]


def test_a_blob_that_a_dataset_or_an_endpoint_leads_to_stays():
    promoted = {"Id": DATASET_ID, "DownloadLocation": endpoint(BLOB, "experimentoutput/a", "?s")}
    assert left(run("a", "b"), datasources=[promoted]) == ["b"]
    where = {"BaseLocation": BLOB, "RelativeLocation": "experimentoutput/b", "SasBlobToken": "?s"}
    routes = NOTHING | {
        f"GET {API}/experiments/{EXPERIMENT_ID}": [told(run("a", "b"))],
        f"GET {MANAGEMENT}/webservices": [told([{"Id": LONE}])],
        f"GET {SERVICE}/endpoints": [told([{"Name": "x", "Resources": [{"Location": where}]}])],
    }
    found = connector(routes)[0].left_behind("experiment", EXPERIMENT_ID)
    assert found == (Leftover("experimentoutput", "a"),)


def test_a_blob_that_a_new_web_service_is_made_of_stays():
    uri = f"{BLOB}experimentoutput/b"
    properties = {
        "machineLearningWorkspace": {"id": ARM_ID},
        "assets": {"model": {"locationInfo": {"uri": uri}}, "code": {"locationInfo": None}},
    }
    routes = NOTHING | {
        f"GET {API}/experiments/{EXPERIMENT_ID}": [told(run("a", "b"))],
        f"GET {NEW_LIST}": [told({"value": [{"id": NEW}]})],
        f"GET {NEW_URL}": [told({"id": NEW, "properties": properties})],
    }
    found = connector(routes)[0].left_behind("experiment", EXPERIMENT_ID)
    assert found == (Leftover("experimentoutput", "a"),)


def test_what_others_lead_to_is_read_once_for_deletes_of_one_moment():
    made, wire = connector(
        NOTHING | {f"GET {API}/experiments/{EXPERIMENT_ID}": [told(run("a"))] * 3}
    )
    for _ in range(3):
        made.left_behind("experiment", EXPERIMENT_ID)
    asked = [call for call in wire.calls if "/trainedmodels" in str(call)]
    assert len(asked) == 1


def test_what_others_lead_to_has_to_be_known():
    routes = NOTHING | {
        f"GET {API}/experiments/{EXPERIMENT_ID}": [told(run("a"))],
        f"GET {API}/trainedmodels": [answer(403)],
    }
    with pytest.raises(Refused):
        connector(routes)[0].left_behind("experiment", EXPERIMENT_ID)


def test_web_services_leave_logs_under_the_documented_prefix():
    help_page = f"https://studio.azureml.net/apihelp/workspaces/x/webservices/{LONE}/endpoints/"
    routes = {
        f"GET {SERVICE}/endpoints/nightly": [told({"HelpLocation": help_page + GUID})],
        f"GET {SERVICE}/endpoints/other": [told({"HelpLocation": help_page + "x"})],
    }
    made, _ = connector(routes)
    logs = f"{WORKSPACE_ID}-{LONE}-"
    assert made.left_behind("web_service", LONE) == (Leftover("ml-diagnostics", logs, True),)
    assert made.left_behind("endpoint", f"{LONE}/nightly") == (
        Leftover("ml-diagnostics", f"{logs}{GUID}/", True),
    )
    assert made.left_behind("endpoint", f"{LONE}/other") == ()
    assert made.left_behind("workspace", WORKSPACE_ID) == (
        Leftover("ml-diagnostics", f"{WORKSPACE_ID}-", True),
    )
    with pytest.raises(Absent):
        made.left_behind("endpoint", f"{LONE}/gone")


@pytest.mark.parametrize("unit", ["", "f" * 32, "../x"])
def test_no_prefix_is_made_of_a_strange_id(unit):
    made, wire = connector({})
    for kind in ("workspace", "endpoint", *(("web_service",) if unit != "f" * 32 else ())):
        with pytest.raises(Unusable):
            made.left_behind(kind, unit)
    assert wire.calls == []


def test_nothing_is_left_where_the_target_names_no_account():
    made, wire = connector({}, replace(STANDARD, storage_account=""))
    for kind in (*made.kinds, made.own, made.user):
        assert made.left_behind(kind.name, EXPERIMENT_ID) == ()
    assert wire.calls == []
    assert made.storage() is None


def test_kinds_without_known_blobs_leave_none():
    made, wire = connector({})
    for kind, asset_id in (("new_web_service", NEW), ("commitment_plan", PLAN), ("project", "2")):
        assert made.left_behind(kind, asset_id) == ()
    assert wire.calls == []


# What uses an asset

OTHER = f"{WORKSPACE_ID}.f-id.{'b' * 32}"
MODEL = f"{WORKSPACE_ID}.{'c' * 32}.v1-default-1"
TRANSFORM = f"{WORKSPACE_ID}.{'d' * 32}.v1-default-1"


def graph(**ports: str) -> Any:
    inputs = [{"Name": name, name: value} for name, value in ports.items()]
    nodes = [{"InputPortsInternal": inputs}, {"InputPortsInternal": inputs}, {}]
    return told({"Graph": {"ModuleNodes": nodes}})


def listed(*ids: str) -> Any:
    return told([{"ExperimentId": i} for i in ids])


USED = {
    f"GET {API}/experiments": [listed(EXPERIMENT_ID, OTHER, f"{'5' * 32}.f-id.{KEY}")],
    f"GET {API}/experiments/{EXPERIMENT_ID}": [
        graph(DataSourceId=DATASET_ID, TrainedModelId=MODEL, TransformModuleId=TRANSFORM)
    ],
    f"GET {API}/experiments/{OTHER}": [graph(DataSourceId=DATASET_ID)],
}


def test_graphs_name_what_they_use():
    made, wire = connector(USED)
    first, second = f"experiment:{EXPERIMENT_ID}", f"experiment:{OTHER}"
    assert made.uses("dataset") == {DATASET_ID: (first, second)}
    assert made.uses("trained_model") == {MODEL: (first,)}
    assert made.uses("transform") == {TRANSFORM: (first,)}
    assert not [call for call in wire.calls if "5" * 32 in call]


def test_graphs_that_could_not_be_read_are_said_to_be_missing():
    gone = {k: v for k, v in USED.items() if OTHER not in k}
    assert connector(gone)[0].uses("dataset") == {DATASET_ID: (f"experiment:{EXPERIMENT_ID}",)}
    for trouble in (answer(400), answer(500), answer(200, b"{")):
        broken = USED | {f"GET {API}/experiments/{OTHER}": [trouble]}
        assert connector(broken)[0].uses("dataset") == {
            DATASET_ID: (f"experiment:{EXPERIMENT_ID}", graphs.NOT_ALL),
            "*": (graphs.NOT_ALL,),
        }
    with pytest.raises(Refused):
        connector(USED | {f"GET {API}/experiments/{OTHER}": [answer(403)]})[0].uses("dataset")


def test_only_so_many_graphs_are_read(monkeypatch):
    monkeypatch.setattr(graphs, "MOST", 1)
    made, wire = connector(USED)
    assert made.uses("dataset")["*"] == (graphs.NOT_ALL,)
    assert len(wire.calls) == 2


def test_graphs_are_read_for_so_long():
    moments = iter((0.0, 1.0, graphs.SECONDS))
    made, wire = connector(USED)
    found = graphs.used_by("DataSourceId", lambda: next(moments))(made._workspace)
    assert found["*"] == (graphs.NOT_ALL,)
    assert len(wire.calls) == 2


def test_endpoints_use_services_and_associations_use_plans():
    plans = f"GET {ASSOCIATIONS.partition('/resourceGroups')[0]}"
    plans += "/providers/Microsoft.MachineLearning/commitmentPlans?api-version=2016-05-01-preview"
    here = {"properties": {"associatedResourceId": NEW}, "name": "assoc-1"}
    service = {"id": NEW, "properties": {"machineLearningWorkspace": {"id": WORKSPACE_ID}}}
    made, _ = connector(
        {
            f"GET {MANAGEMENT}/webservices": [told([{"Id": LONE}])],
            f"GET {SERVICE}/endpoints": [told([{"Name": "default"}, {"Name": "nightly"}])],
            plans: [told({"value": [{"id": PLAN, "name": "plan-s1"}]})],
            f"GET {ASSOCIATIONS}": [told({"value": [here]})],
            f"GET {ASSOCIATIONS.partition('/commitmentPlans')[0]}/webServices/churn-new"
            "?api-version=2017-01-01": [told(service)],
        }
    )
    assert made.uses("web_service") == {
        LONE: (f"endpoint:{LONE}/default", f"endpoint:{LONE}/nightly")
    }
    assert made.uses("commitment_plan") == {PLAN: ("association:assoc-1",)}
    assert made.uses("project") == made.uses("workspace") == made.uses("nothing") == {}


# Unit and state


def datasets(*items: Any) -> list[Asset]:
    return list(connector({f"GET {API}/datasources": [told(items)]})[0].assets("dataset", None))


def test_a_version_goes_with_its_family():
    (found,) = datasets(DATASET)
    assert found.unit == DATASET["FamilyId"]
    (found,) = datasets({k: v for k, v in DATASET.items() if k != "FamilyId"})
    assert found.unit == DATASET["FamilyId"]
    (found,) = datasets(DATASET | {"FamilyId": "f" * 32})
    assert found.unit == ""


CHANGING = {
    "VisualizeEndPoint": None,
    "DownloadLocation": endpoint(BLOB, "uploadedresources/7d21.csv", "?sig=NEW"),
    "IsLatest": False,
    "SchemaStatus": "Failed",
}


def test_a_datasets_state_is_of_what_people_change():
    state = datasets(DATASET)[0].state
    assert len(state) == 32
    assert int(state, 16) >= 0
    for field, value in CHANGING.items():
        assert datasets(DATASET | {field: value})[0].state == state, field
    assert datasets(lower(DATASET))[0].state == state
    for field in ("Name", "Description", "Owner", "Size", "CreatedDate", "DataTypeId"):
        assert datasets(DATASET | {field: "other"})[0].state != state, field


def one(path: str, kind: str, item: Any) -> str:
    (found,) = connector({f"GET {path}": [told([item])]})[0].assets(kind, None)
    return str(found.state)


def test_an_experiments_state_changes_with_its_etag_run_and_status():
    path = f"{API}/experiments"
    state = one(path, "experiment", EXPERIMENT)
    assert one(path, "experiment", EXPERIMENT | {"Graph": None}) == state
    for change in (
        {"Etag": "W/2"},
        {"RunId": "x"},
        {"Description": "x"},
        {"Tags": []},
        {"Status": {"StatusCode": "Failed"}},
    ):
        assert one(path, "experiment", EXPERIMENT | change) != state, change


def test_a_services_state_does_not_count_its_endpoints():
    path, item = f"{MANAGEMENT}/webservices", {"Id": LONE, "Name": "s", "EndpointCount": 2}
    state = one(path, "web_service", item)
    assert one(path, "web_service", item | {"EndpointCount": 1}) == state
    assert one(path, "web_service", item | {"Description": "x"}) != state


def test_an_endpoints_state_holds_no_key_and_no_link():
    def state(**changes: Any) -> str:
        item = {"Name": "default", "PrimaryKey": "K", "Resources": [{"Name": "m", "Location": {}}]}
        routes = {
            f"GET {MANAGEMENT}/webservices": [told([{"Id": LONE}])],
            f"GET {SERVICE}/endpoints": [told([item | changes])],
        }
        (found,) = connector(routes)[0].assets("endpoint", None)
        return str(found.state)

    assert state() == state(PrimaryKey="other")
    assert state() == state(Resources=[{"Name": "m", "Location": {"SasBlobToken": "?sig=1"}}])
    assert len({state(), state(Description="x"), state(Resources=[]), state(Resources=7)}) == 3


def test_the_states_of_azure_resources():
    base = ASSOCIATIONS.partition("/subscriptions")[0]
    subscription = ARM_ID.partition("/resourceGroups")[0]
    provider = f"{base}{subscription}/providers/Microsoft.MachineLearning"

    def service(**changes: Any) -> str:
        properties = {"title": "t", "modifiedOn": "1", "provisioningState": "Succeeded"} | changes
        full = {"id": NEW, "name": "churn-new", "properties": properties}
        routes = {
            f"GET {provider}/webServices?api-version=2017-01-01": [told({"value": [{"id": NEW}]})],
            f"GET {base}{NEW}?api-version=2017-01-01": [told(full)],
        }
        (found,) = connector(routes)[0].assets("new_web_service", None)
        return str(found.state)

    def plan(associations: Any = (), **changes: Any) -> str:
        item = {"id": PLAN, "name": "p", "etag": "1"} | changes
        routes = {
            f"GET {provider}/commitmentPlans?api-version=2016-05-01-preview": [
                told({"value": [item]})
            ],
            f"GET {ASSOCIATIONS}": [told({"value": list(associations)})],
        }
        (found,) = connector(routes)[0].assets("commitment_plan", None)
        return str(found.state)

    assert service() == service(provisioningState="Deleting")
    assert len({service(), service(modifiedOn="2"), service(title="u")}) == 3
    assert plan() == plan(properties={"includedQuantities": 7})
    assert len({plan(), plan(etag="2"), plan(tags={"a": "b"})}) == 3


def test_an_account_on_loopback_takes_the_place_of_the_named_one():
    base = "http://127.0.0.1:10000/devstoreaccount1"
    storage = WorkspaceStorage(base, partial(is_own, WORKSPACE_ID), Account({}).itself, lambda: NOW)
    here = DATASET | {"DownloadLocation": endpoint(f"{base}/", "uploadedresources/x", "?sig=R")}
    made, _ = connector(dataset_routes(here), STANDARD, storage)
    assert made.storage() is storage
    assert made.left_behind("dataset", DATASET_ID) == (Leftover("uploadedresources", "x"),)
