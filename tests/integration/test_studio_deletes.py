"""Deletes of Studio (classic) over the sandbox: what goes, what stays, and what was called."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dsr.errors import Absent, Blocked, Refused, Unavailable, Unusable
from dsr.model.asset import Asset
from dsr.services.studio.connector import StudioConnector
from dsr.settings import parse
from dsr.usecases.connector import Asked
from dsr.wiring import Connectors
from sandbox.arm import SandboxArm
from sandbox.stack import app_settings
from sandbox.studio import SandboxStudio, sample_workspaces

STORAGE = "AccountName=x;BlobEndpoint=http://127.0.0.1/x"


@dataclass
class Lab:
    """The sandbox and the connectors over it."""

    studio: SandboxStudio
    arm: SandboxArm
    connectors: Connectors

    def __getitem__(self, name: str) -> StudioConnector:
        made = self.connectors(name)
        assert isinstance(made, StudioConnector)
        return made

    def changed(self) -> list[tuple[str, int, str | None]]:
        """Give all calls that are no reads: path and status, and the query of deletes."""
        calls = (*self.studio.journal.calls(), *self.arm.journal.calls())
        reads = ("GET", "POST")
        assert {c.path.rpartition("/")[2] for c in calls if c.method == "POST"} <= {
            "listWorkspaceKeys"
        }
        return [(c.path, c.status, c.query) for c in calls if c.method not in reads]


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    samples = sample_workspaces()
    with SandboxStudio(samples) as studio, SandboxArm(samples) as arm:
        arm.tell_workspace_deletes(studio.remove)
        settings = parse(app_settings(STORAGE, studio, arm))
        yield Lab(studio, arm, Connectors(settings))


@pytest.fixture
def lab(running: Lab) -> Iterator[Lab]:
    yield running
    for server in (running.studio, running.arm):
        server.restore()
        server.faults.clear()
        server.journal.clear()
        server.lag_seconds = 0
    running.arm.operations.seconds = 0.3


def listed(connector: StudioConnector, kind: str) -> list[Asset]:
    found, cursor = [], None
    while True:
        page = connector.assets(kind, cursor)
        found += [asset for asset in page if not asset.builtin]
        cursor = page.next
        if cursor is None:
            return found


def named(connector: StudioConnector, kind: str, name: str) -> Asset:
    return next(a for a in listed(connector, kind) if a.name == name)


def ids(connector: StudioConnector, kind: str) -> set[str]:
    return {asset.id for asset in listed(connector, kind)}


@pytest.mark.parametrize(
    ("workspace", "kind", "name", "path"),
    [
        ("churn-lab", "dataset", "customers-2018.csv", "datasources/family/{unit}"),
        ("free-lab", "dataset", "energy.csv", "datasources/family/{unit}"),
        ("churn-lab", "experiment", "Churn training", "experiments/{id}"),
        ("churn-lab", "web_service", "Churn scoring", "webservices/{id}"),
        ("churn-lab", "endpoint", "Churn scoring nightly", "webservices/{endpoint}"),
    ],
)
def test_a_delete_is_one_call_and_what_it_names_is_gone(lab: Lab, workspace, kind, name, path):
    connector = lab[workspace]
    asset = named(connector, kind, name)
    family = {a.id for a in listed(connector, kind) if a.unit and a.unit == asset.unit}
    before = ids(connector, kind)
    assert all(connector.is_there(kind, i) for i in family | {asset.id})
    asked = connector.delete(kind, asset.unit or asset.id)
    assert 200 <= asked.status <= 299
    assert asked.operation == ""
    assert not any(connector.is_there(kind, i) for i in family | {asset.id})
    assert ids(connector, kind) == before - family - {asset.id}
    ((called, status, query),) = lab.changed()
    endpoint = asset.id.replace("/", "/endpoints/")
    tail = path.format(unit=asset.unit, id=asset.id, endpoint=endpoint)
    workspace_id = lab.studio.workspaces[workspace].workspace_id
    assert called.endswith(f"/workspaces/{workspace_id}/{tail}")
    assert status == asked.status
    assert query == ("deleteAncestors=true" if kind == "experiment" else "")
    with pytest.raises(Absent):
        connector.delete(kind, asset.unit or asset.id)


def test_lists_lag_and_the_asset_does_not(lab: Lab):
    connector = lab["churn-lab"]
    asset = named(connector, "dataset", "customers-2018.csv")
    lab.studio.lag_seconds = 0.5
    connector.delete("dataset", asset.unit)
    assert not connector.is_there("dataset", asset.id)
    assert asset.id in ids(connector, "dataset")
    time.sleep(0.6)
    assert asset.id not in ids(connector, "dataset")


def test_the_default_endpoint_waits_for_the_others(lab: Lab):
    connector = lab["churn-lab"]
    default = named(connector, "endpoint", "Churn scoring default")
    nightly = named(connector, "endpoint", "Churn scoring nightly")
    with pytest.raises(Blocked):
        connector.delete("endpoint", default.id)
    assert lab.changed() == []
    lab.studio.lag_seconds = 60
    connector.delete("endpoint", nightly.id)
    assert nightly.id in ids(connector, "endpoint")
    assert connector.delete("endpoint", default.id) == Asked(204)
    service = default.id.partition("/")[0]
    assert connector.is_there("web_service", service)
    states = {a.state for a in listed(connector, "web_service") if a.id == service}
    lab.studio.restore()
    assert states == {a.state for a in listed(connector, "web_service") if a.id == service}


def test_a_new_web_service_goes_in_time_and_its_plan_after_it(lab: Lab):
    connector = lab["churn-lab"]
    service = next(a for a in listed(connector, "new_web_service") if a.id.endswith("churn-new"))
    (plan,) = listed(connector, "commitment_plan")
    assert connector.uses("commitment_plan") == {plan.id: ("association:assoc-1",)}
    with pytest.raises(Blocked):
        connector.delete("commitment_plan", plan.id)
    lab.arm.operations.seconds = 0.4
    asked = connector.delete("new_web_service", service.id)
    assert asked.status == 202
    assert asked.operation.startswith(lab.arm.url)
    assert not connector.is_done(asked.operation)
    assert connector.is_there("new_web_service", service.id)
    time.sleep(0.5)
    assert connector.is_done(asked.operation)
    assert not connector.is_there("new_web_service", service.id)
    with pytest.raises(Absent):
        connector.delete("new_web_service", service.id)
    assert connector.delete("commitment_plan", plan.id) == Asked(200)
    assert not connector.is_there("commitment_plan", plan.id)
    assert listed(connector, "commitment_plan") == []
    assert [(c.rpartition("/")[2], s) for c, s, _ in lab.changed()] == [
        ("churn-new", 202),
        ("plan-s1", 200),
    ]


def test_a_delete_that_ends_in_failure_says_so_by_its_code(lab: Lab):
    connector = lab["churn-lab"]
    service = next(a for a in listed(connector, "new_web_service") if a.id.endswith("churn-batch"))
    lab.arm.operations.seconds = 0
    lab.arm.operations.fail("churn-batch", "StorageGone", "of tomas.user@example.org")
    asked = connector.delete("new_web_service", service.id)
    with pytest.raises(Unusable) as caught:
        connector.is_done(asked.operation)
    assert str(caught.value) == "delete New web service ended in failure (StorageGone)"
    assert connector.is_there("new_web_service", service.id)


def test_services_of_other_workspaces_stay(lab: Lab):
    connector = lab["churn-lab"]
    ours = next(iter(ids(connector, "new_web_service"))).rpartition("/")[0]
    for kind, resource in (("new_web_service", "sales-new"), ("commitment_plan", "plan-sales")):
        base = ours if kind == "new_web_service" else ours.replace("webServices", "commitmentPlans")
        with pytest.raises((Unusable, Absent)):
            connector.delete(kind, f"{base}/{resource}")
    assert lab.changed() == []


def test_a_whole_workspace_goes_and_no_token_opens_it(lab: Lab):
    connector = lab["churn-lab"]
    workspace_id = connector.record().id
    assert connector.own.erasable
    assert connector.is_there("workspace", workspace_id)
    assert connector.delete("workspace", workspace_id) == Asked(200)
    assert not connector.is_there("workspace", workspace_id)
    for ask in (connector.record, lambda: listed(connector, "web_service")):
        with pytest.raises(Refused):
            ask()
    with pytest.raises(Absent):
        connector.delete("workspace", workspace_id)
    assert [status for _, status, _ in lab.changed()] == [200]
    lab.studio.restore()
    lab.arm.restore()
    assert lab["churn-lab"].record().name == "churn-lab"


def test_a_list_of_workspaces_that_lags_is_not_gone(lab: Lab):
    connector = lab["churn-lab"]
    workspace_id = connector.record().id
    lab.arm.lag_seconds = 60
    connector.delete("workspace", workspace_id)
    assert connector.is_there("workspace", workspace_id)
    lab.arm.lag_seconds = 0
    assert not connector.is_there("workspace", workspace_id)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_refusals_and_faults_delete_nothing_and_are_not_repeated(lab: Lab, status):
    connector = lab["churn-lab"]
    asset = named(connector, "dataset", "customers-2018.csv")
    lab.studio.faults.add({"match": "^DELETE ", "status": status})
    with pytest.raises(Refused if status < 429 else Unavailable):
        connector.delete("dataset", asset.unit)
    assert [s for _, s, _ in lab.changed()] == [status]
    assert connector.is_there("dataset", asset.id)


def test_a_storage_account_that_studio_can_not_reach_is_told_by_its_code(lab: Lab):
    connector = lab["churn-lab"]
    asset = named(connector, "dataset", "customers-2018.csv")
    body = json.dumps({"Error": {"Code": "AzureStorageError", "Message": "User Storage Error"}})
    lab.studio.faults.add({"match": "^DELETE .*/datasources/", "status": 500, "body": body})
    with pytest.raises(Unavailable, match=r"was answered with 500 \(AzureStorageError\)"):
        connector.delete("dataset", asset.unit)


def test_microsofts_samples_are_refused_before_any_call(lab: Lab):
    connector = lab["churn-lab"]
    for kind in ("dataset", "experiment"):
        sample = next(a for a in connector.assets(kind, None) if a.builtin)
        assert sample.unit == ""
        with pytest.raises(Unusable):
            connector.delete(kind, sample.id)
    assert lab.changed() == []


def test_a_guests_workspace_is_never_asked(lab: Lab):
    connector = lab["guest-trial"]
    assert not any(kind.erasable for kind in (*connector.kinds, connector.own, connector.user))
    for asset in listed(connector, "dataset") + listed(connector, "experiment"):
        with pytest.raises(Unusable):
            connector.delete(asset.kind, asset.unit or asset.id)
    assert lab.changed() == []


def test_graphs_tell_what_uses_a_dataset(lab: Lab):
    connector = lab["churn-lab"]
    customers = {a.id for a in listed(connector, "dataset") if a.name == "customers-2018.csv"}
    uses = connector.uses("dataset")
    users = {user for i in customers for user in uses.get(i, ())}
    training = named(connector, "experiment", "Churn training")
    assert f"experiment:{training.id}" in users
    connector.delete("experiment", training.id)
    left = {user for i in customers for user in connector.uses("dataset").get(i, ())}
    assert left == users - {f"experiment:{training.id}"}


def test_deleting_others_changes_no_state(lab: Lab):
    connector = lab["churn-lab"]
    kinds = [k.name for k in connector.kinds if k.erasable]
    before = {a.id: a.state for kind in kinds for a in listed(connector, kind)}
    connector.delete("experiment", named(connector, "experiment", "Churn training").id)
    connector.delete("dataset", named(connector, "dataset", "customers-2018.csv").unit)
    connector.delete("endpoint", named(connector, "endpoint", "Churn scoring nightly").id)
    after = {a.id: a.state for kind in kinds for a in listed(connector, kind)}
    assert len(after) < len(before)
    assert after.items() <= before.items()
