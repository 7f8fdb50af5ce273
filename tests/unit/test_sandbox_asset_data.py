"""The sandbox's sample assets beside datasets: told apart, owned in many ways, leading to bytes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.arm import sample_plans, sample_services
from sandbox.studio import SandboxStudio, Workspace, arm_lab, sample_workspaces
from sandbox.studio.identifiers import GLOBAL_WORKSPACE_ID
from sandbox.studio.model import DatasetVersion
from sandbox.studio.model_asset import Promoted
from sandbox.studio.payload_dataset import dataset_blobs, dataset_payload

_TOMAS = {"t-user", "Tomas User", "tomas.user@example.org"}


@pytest.fixture(scope="module")
def lab() -> Workspace:
    return sample_workspaces()[2]


def _texts(workspace: Workspace) -> Iterator[str]:
    for asset in (*workspace.models, *workspace.transforms, *workspace.projects):
        yield asset.description
    for module in workspace.modules:
        if module.release_state == "Custom":
            yield module.description
    yield from (notebook.name for notebook in workspace.notebooks)
    yield from (gateway.description for gateway in workspace.gateways)
    for service in workspace.services:
        yield service.description
        yield from (endpoint.description for endpoint in service.endpoints)


def test_every_asset_has_a_text_of_its_own() -> None:
    texts = [text for workspace in sample_workspaces() for text in _texts(workspace)]
    texts += [service.description for service in sample_services()]
    assert all(texts)
    assert max(Counter(texts).values()) == 1
    # Nor is one a part of another, so that finding it in a file says that the asset is there.
    assert [t for t in texts if any(t in other for other in texts if other != t)] == []


def test_owners_are_written_in_many_ways(lab: Workspace) -> None:
    kinds = (
        {m.owner for m in lab.models},
        {t.owner for t in lab.transforms},
        {m.owner for m in lab.modules if m.release_state == "Custom"},
        {n.author for n in lab.notebooks},
        {p.creator for p in lab.projects},
    )
    for owners in kinds:
        assert owners & _TOMAS
        assert owners - _TOMAS
    assert {None, "Python SDK", lab.users[1].user_id} <= kinds[0]
    assert any(m.escalation_email and m.owner not in _TOMAS for m in lab.modules)
    assert any(user.status == "Pending" for user in lab.users)


def test_where_the_bytes_of_models_and_transforms_are(lab: Workspace) -> None:
    assert [_reach(lab, m) for m in lab.models] == [
        "output",
        "resource",
        "nowhere",
        "link",
        "output",
        "nowhere",
        "nowhere",
    ]
    assert [_reach(lab, t) for t in lab.transforms] == ["output", "nowhere", "link", "nowhere"]


def _reach(lab: Workspace, asset: Promoted) -> str:
    if asset.content is not None:
        return "link"
    for experiment in lab.experiments:
        for node in experiment.runs[0].nodes:
            for output in node.outputs:
                if f"{experiment.id}.{node.id}.{output.port}" == asset.promoted_from:
                    assert output.content is not None
                    return "output"
    names = {r.name for s in lab.services for e in s.endpoints for r in e.resources}
    return "resource" if f"{asset.name} [trained model]" in names else "nowhere"


def test_built_in_modules_are_microsofts() -> None:
    for workspace in sample_workspaces():
        built_in = [m for m in workspace.modules if m.release_state != "Custom"]
        assert len(built_in) > 3
        assert all(m.id.startswith(f"{GLOBAL_WORKSPACE_ID}.") for m in built_in)


def test_who_holds_what() -> None:
    guest, free, churn = sample_workspaces()
    assert (guest.services, guest.models, len(guest.projects)) == ((), (), 1)
    assert [len(kind) for kind in (free.models, free.services, free.projects)] == [1, 1, 1]
    assert [len(service.endpoints) for service in (*free.services, *churn.services)] == [1, 2, 1]
    groups = {(s.resource_group, s.workspace_id == churn.workspace_id) for s in sample_services()}
    assert groups == {("rg-ml", True), ("rg-ml", False), ("rg-scoring", True)}
    services = {service.id: service for service in sample_services()}
    owners = [services[p.associations[0].service_id].workspace_id for p in sample_plans()]
    assert [owner == churn.workspace_id for owner in owners] == [True, False]


def test_a_workspace_without_a_token_setting() -> None:
    lab = arm_lab()
    with SandboxStudio([lab]) as studio:
        target = studio.target(lab)
        assert "token_setting" not in target
        assert target["arm_id"] == lab.arm_id
        assert set(studio.settings()) == {"DSR_WORKSPACES"}


def test_a_dataset_whose_bytes_are_elsewhere() -> None:
    lab = arm_lab()
    place = ("http://127.0.0.1:9/account/", "container/blob.csv", "?sig=elsewhere")
    held: DatasetVersion = replace(lab.families[0].versions[0], download_location=place)
    family = replace(lab.families[0], versions=(held,))
    payload = dataset_payload("http://127.0.0.1:1", lab.blob_account, family, held)
    location = payload["DownloadLocation"]
    assert (location["BaseUri"], location["Location"], location["AccessCredential"]) == place
    assert location["Size"] == payload["Size"] == held.content.size
    assert held.content not in dataset_blobs(lab.blob_account, family, held).values()
