"""The sandbox Studio's documents against sample payloads with the real service's fields.

`test_sandbox_studio_payloads.json` holds those samples; the sample workspace `churn-lab` has
the same workspace, users, dataset and experiment, so that whole documents compare.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.studio import sample_workspaces
from sandbox.studio.content import text
from sandbox.studio.errors import studio_error
from sandbox.studio.model import Workspace
from sandbox.studio.sas import Signer
from sandbox.studio.view import WorkspaceView

_SAMPLES = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_URL = "http://127.0.0.1:1"

# Where the two may differ: secrets and links, hosts, what the real bytes decide, and ids that
# the sample leaves unrelated to each other.
_OWN = {
    "AccessCredential",
    "BaseUri",
    "CreatedTime",
    "EndTime",
    "Etag",
    "Location",
    "ModuleId",
    "PrimaryToken",
    "ResourceUploadId",
    "SecondaryToken",
    "SerializedClientData",
    "Size",
    "Status",
    "UserStorageKey",
}

# What the sample leaves out, being shortened; the forms of these are in part 5.5.
_SHORTENED = {"Metadata", "MetadataOutputEndpoints", "StandardOutEndpoint"}


@pytest.fixture(scope="module")
def lab() -> Workspace:
    return sample_workspaces()[2]


@pytest.fixture(scope="module")
def view(lab: Workspace) -> WorkspaceView:
    return WorkspaceView(lab, _URL, Signer())


def differences(path: str, ours: Any, sample: Any) -> list[str]:
    """Name every place where ours has another field, type or value than the sample."""
    name = path.rpartition(".")[2]
    if name in _SHORTENED:
        return []
    if type(ours) is not type(sample):
        return [f"{path}: {ours!r} for {sample!r}"]
    if isinstance(sample, dict):
        if set(ours) != set(sample):
            return [f"{path}: fields {sorted(set(ours) ^ set(sample))} on one side alone"]
        return [d for key in sample for d in differences(f"{path}.{key}", ours[key], sample[key])]
    if isinstance(sample, list):
        if len(ours) < len(sample):
            return [f"{path}: {len(ours)} items for {len(sample)}"]
        return [d for o, s in zip(ours, sample, strict=False) for d in differences(path, o, s)]
    return [] if ours == sample or name in _OWN else [f"{path}: {ours!r} for {sample!r}"]


def _document(answer: bytes | None) -> Any:
    assert answer is not None
    return json.loads(answer)


def test_the_workspace_record(view: WorkspaceView) -> None:
    assert differences("workspace", _document(view.record), _SAMPLES["workspace"]) == []


def test_the_users(view: WorkspaceView) -> None:
    assert differences("users", _document(view.users), _SAMPLES["users"]) == []


def test_a_dataset_alone_and_in_the_list(view: WorkspaceView) -> None:
    sample = _SAMPLES["dataset"]
    alone = _document(view.dataset(sample["Id"]))
    assert differences("dataset", alone, sample) == []
    (listed,) = (d for d in _document(view.datasets()) if d["Id"] == sample["Id"])
    assert differences("dataset", listed, sample) == []


def test_an_experiment_and_its_list_entry(view: WorkspaceView) -> None:
    sample = _SAMPLES["experiment"]
    whole = _document(view.experiment(sample["ExperimentId"]))
    assert differences("experiment", whole, sample) == []
    (listed,) = (
        e for e in _document(view.experiments) if e["ExperimentId"] == sample["ExperimentId"]
    )
    assert listed == {key: whole[key] for key in listed}
    assert set(whole) - set(listed) == {"Graph", "NodeStatuses", "WebService"}


def test_what_a_run_left_behind_is_told_by_port(view: WorkspaceView) -> None:
    (status,) = _document(view.experiment(_SAMPLES["experiment"]["ExperimentId"]))["NodeStatuses"]
    ports = ["Trained model", "Scored dataset"]
    assert [endpoint["Name"] for endpoint in status["OutputEndpoints"]] == ports
    assert list(status["MetadataOutputEndpoints"]) == ports
    for port, items in status["Status"]["Metadata"].items():
        (item,) = items
        assert item["Name"] == port
        assert f"/churnlabstore/{item['Value']}" in view.blobs
    assert set(status["StandardOutEndpoint"]) == set(status["OutputEndpoints"][0])
    assert status["StandardErrorEndpoint"] is None


def test_a_visualization_is_told_by_the_port_that_it_shows(lab: Workspace) -> None:
    (experiment,) = (e for e in lab.experiments if e.runs[0].description == "Stocks")
    run = experiment.runs[1]
    (node,) = run.nodes
    (output,) = node.outputs
    shown = text('{"bars": [3, 1]}')
    node = replace(node, outputs=(replace(output, visualization=shown),))
    drawn = replace(experiment, runs=(replace(run, nodes=(node,)),))
    view = WorkspaceView(replace(lab, experiments=(drawn,)), "http://127.0.0.1:1", Signer())
    (status,) = _document(view.experiment(drawn.id))["NodeStatuses"]
    ((port, (member,)),) = status["MetadataOutputEndpoints"].items()
    assert (port, member["Key"]) == (output.port, "visualization")
    place = parse_qs(urlsplit(member["Value"]["AccessCredential"]).query)["sharedAccessUri"][0]
    assert view.blobs[urlsplit(place).path] is shown
    assert [e["Name"] for e in status["OutputEndpoints"]] == [output.port]


def test_an_annotation(view: WorkspaceView) -> None:
    sample = _SAMPLES["annotation"]
    notes = _document(view.annotations(sample[0]["ExperimentId"]))
    assert differences("annotation", notes, sample) == []


def test_an_error() -> None:
    answer = studio_error(401, "UserError", "not authorized")
    assert json.loads(answer.body) == _SAMPLES["studioError"]


def test_an_endpoint_joins_to_a_whole_address(view: WorkspaceView) -> None:
    for dataset in _document(view.datasets()):
        place = dataset["DownloadLocation"]
        assert place["BaseUri"].startswith(f"{_URL}/")
        assert place["BaseUri"].endswith("/")
        assert place["AccessCredential"].startswith("?sv=2015-02-21&sr=b&sig=")
        path = (place["BaseUri"] + place["Location"]).removeprefix(_URL)
        assert view.blobs[path].size == place["Size"] == dataset["Size"]


def test_every_secret_of_a_workspace_is_in_its_record(view: WorkspaceView, lab: Workspace) -> None:
    record = view.record.decode()
    assert lab.storage_key is not None
    for secret in (lab.primary_token, lab.secondary_token, lab.storage_key):
        assert len(secret) == 88
        assert secret in record


def test_a_draft_has_no_run_and_no_outputs(view: WorkspaceView, lab: Workspace) -> None:
    drafts = [e for e in lab.experiments if e.runs[0].status == "InDraft"]
    assert len(drafts) == 2
    for experiment in drafts:
        document = _document(view.experiment(experiment.id))
        assert document["RunId"] is None
        assert document["NodeStatuses"] == []
        assert document["Status"]["EndTime"] is None
        assert document["Status"]["StartTime"] == "/Date(-62135596800000)/"


def test_an_unknown_asset_has_no_document(view: WorkspaceView) -> None:
    assert view.dataset("x") is None
    assert view.experiment("x") is None
    assert view.annotations("x") is None
    assert view.output("x", "y", "z") is None
