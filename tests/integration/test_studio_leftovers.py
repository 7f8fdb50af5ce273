"""Blobs that deletes leave in the customer's own account, which a second Azurite stands for."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dsr.services.studio.connector import StudioConnector
from dsr.services.workspace_storage import Cleared, WorkspaceStorage
from dsr.settings import parse
from dsr.usecases.connector import Content, Leftover
from dsr.wiring import Connectors
from sandbox.arm import SandboxArm
from sandbox.azurite import Azurite
from sandbox.stack import app_settings
from sandbox.studio import SandboxStudio, sample_workspaces
from sandbox.studio.own_account import OwnAccount
from tests.integration.test_studio_deletes import listed, named

STORAGE = "AccountName=x;BlobEndpoint=http://127.0.0.1/x"


@dataclass
class Lab:
    """`churn-lab` with blobs of its own."""

    connector: StudioConnector
    storage: WorkspaceStorage
    account: OwnAccount
    workspace_id: str


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    samples = sample_workspaces()
    with (
        Azurite() as azurite,
        SandboxStudio(samples, own_storage=azurite.connection_string) as studio,
        SandboxArm(samples) as arm,
    ):
        connectors = Connectors(parse(app_settings(STORAGE, studio, arm)))
        made = connectors("churn-lab")
        assert isinstance(made, StudioConnector)
        storage, account = made.storage(), studio.own_account
        assert storage is not None
        assert account is not None
        assert connectors("free-lab").storage() is None  # type: ignore[attr-defined]
        yield Lab(made, storage, account, studio.workspaces["churn-lab"].workspace_id)


def test_a_dataset_is_read_from_the_account(lab: Lab):
    asset = named(lab.connector, "dataset", "near-miss.txt")
    files = list(lab.connector.read(asset.kind, asset.id, asset.listed, True))
    (content,) = (f for f in files if isinstance(f, Content))
    assert b"Thomas Usher, not Tomas." in content.source.open().read(1 << 20)


def test_each_version_of_a_dataset_leaves_its_blob_and_no_other_goes(lab: Lab):
    asset = named(lab.connector, "dataset", "customers-2018.csv")
    family = [a for a in listed(lab.connector, "dataset") if a.unit == asset.unit]
    left = {blob for a in family for blob in lab.connector.left_behind("dataset", a.id)}
    assert len(family) == 3
    assert sorted(b.name.partition(".")[2] for b in left) == [
        *["csv"] * 3,
        *["json"] * 3,
    ]
    before = lab.account.names("uploadedresources")
    near = {blob.name + "2" for blob in left}
    for name in near:
        lab.account.put("uploadedresources", name, b"somebody else's")
    lab.connector.delete("dataset", asset.unit)
    assert lab.account.names("uploadedresources") == before | near
    assert [lab.storage.clear(blob) for blob in left] == [Cleared(1, 1)] * 6
    assert lab.account.names("uploadedresources") == before - {b.name for b in left} | near
    assert [lab.storage.clear(blob) for blob in left] == [Cleared(0, 0)] * 6


def test_an_experiment_leaves_outputs_but_not_those_that_became_models(lab: Lab):
    asset = named(lab.connector, "experiment", "Churn training")
    left = lab.connector.left_behind("experiment", asset.id)
    assert left
    assert {blob.container for blob in left} == {"experimentoutput"}
    before = lab.account.names("experimentoutput")
    assert {blob.name for blob in left} < before
    models = [a for a in listed(lab.connector, "trained_model") if asset.id in str(a.listed)]
    assert models
    lab.connector.delete("experiment", asset.id)
    assert all(lab.storage.clear(blob) == Cleared(1, 1) for blob in left)
    assert lab.account.names("experimentoutput") == before - {blob.name for blob in left}


def test_logs_go_by_the_prefix_of_their_service_endpoint_or_workspace(lab: Lab):
    nightly = named(lab.connector, "endpoint", "Churn scoring nightly")
    default = named(lab.connector, "endpoint", "Churn scoring default")
    service = nightly.id.partition("/")[0]
    one, other = (lab.connector.left_behind("endpoint", a.id)[0] for a in (nightly, default))
    beside = f"{'f' * 32}-{service}-x/score/requests/1"
    names = [f"{p.name}{kind}" for p in (one, other) for kind in ("batch/1", "score/init")]
    names += [f"{lab.workspace_id}-{'a' * 32}-x/batch/1", beside]
    for name in names:
        lab.account.put("ml-diagnostics", name, b"a row")
    assert lab.storage.clear(one) == Cleared(2, 2)
    (whole,) = lab.connector.left_behind("web_service", service)
    assert lab.storage.clear(whole) == Cleared(2, 2)
    (everything,) = lab.connector.left_behind("workspace", lab.workspace_id)
    assert everything == Leftover("ml-diagnostics", f"{lab.workspace_id}-", True)
    assert lab.storage.clear(everything) == Cleared(1, 1)
    assert lab.account.names("ml-diagnostics") == {beside}
