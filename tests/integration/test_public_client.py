"""Microsoft's own public client (`azureml` 0.2.7 from PyPI) against the sandbox Studio.

What the client reads must be what the sandbox holds, so the sandbox speaks the real protocol at
least as far as the only published Python client tests it.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.studio import SandboxStudio, Workspace, sample_workspaces
from sandbox.studio.identifiers import GLOBAL_WORKSPACE_ID
from tests.integration.client_environment import environment_for

_REQUIREMENTS = Path(__file__).with_name("public-client-requirements.txt")

_SCRIPT = """
import hashlib, json, sys
import azureml
from azureml.errors import AzureMLUnauthorizedError

request = json.load(sys.stdin)
workspace = azureml.Workspace(request["id"], request["token"], request["url"])
digest = lambda data: hashlib.sha256(data).hexdigest()

def read(dataset):
    with dataset.open() as stream:
        streamed = stream.read()
    return {
        "id": dataset.dataset_id, "name": dataset.name, "owner": dataset.owner,
        "type": dataset.data_type_id, "size": dataset.size, "latest": dataset.is_latest,
        "family": dataset.family_id, "example": dataset.is_example,
        "created": dataset.created_date.timestamp(), "description": dataset.description,
        "binary": digest(dataset.read_as_binary()), "streamed": digest(streamed),
    }

answer = {
    "datasets": [read(d) for d in workspace.datasets],
    "user": [d.dataset_id for d in workspace.user_datasets],
    "examples": [d.dataset_id for d in workspace.example_datasets],
    "experiments": [
        {"id": e.experiment_id, "creator": e.creator, "description": e.description,
         "status": e.status.status_code, "run": e.run_id, "etag": e.etag,
         "created": e.status.creation_time.timestamp()}
        for e in workspace.experiments
    ],
    "user_experiments": [e.experiment_id for e in workspace.user_experiments],
    "example_experiments": [e.experiment_id for e in workspace.example_experiments],
    "outputs": [],
    "frames": {},
}
for experiment_id, node, port in request["outputs"]:
    output = workspace.experiments[experiment_id].get_intermediate_dataset(
        node, port, "GenericCSV")
    answer["outputs"].append(digest(output.read_as_binary()))
for name in request["frames"]:
    answer["frames"][name] = list(workspace.datasets[name].to_dataframe().shape)
try:
    list(azureml.Workspace(request["id"], "wrong", request["url"]).datasets)
    answer["refused"] = None
except AzureMLUnauthorizedError as error:
    answer["refused"] = str(error)
json.dump(answer, sys.stdout)
"""


@pytest.fixture(scope="module")
def client_python() -> Path:
    """Give the interpreter of the client's own environment."""
    return environment_for(_REQUIREMENTS)


@pytest.fixture(scope="module")
def studio() -> Iterator[SandboxStudio]:
    with SandboxStudio(sample_workspaces()) as server:
        yield server


def _outputs(workspace: Workspace) -> list[tuple[tuple[str, str, str], str]]:
    """Give (experiment, node, port) and digest of every output of the newest states."""
    return [
        ((experiment.id, node.id, output.port), output.content.sha256())
        for experiment in workspace.experiments
        for node in experiment.runs[0].nodes
        for output in node.outputs
        if output.content is not None
    ]


def _ask(python: Path, studio: SandboxStudio, workspace: Workspace, frames: list[str]) -> Any:
    request = {
        "id": workspace.workspace_id,
        "token": workspace.primary_token,
        "url": studio.url,
        "outputs": [where for where, _ in _outputs(workspace)],
        "frames": frames,
    }
    done = subprocess.run(
        [python, "-c", _SCRIPT],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        # a home of its own, so that no settings file of this machine's user is read
        env=os.environ | {"HOME": str(python.parent), "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("guest-trial", {"weather.csv": [399, 6]}),
        ("free-lab", {"energy.csv": [51, 3], "temps.tsv": [8759, 2]}),
        ("churn-lab", {"airports.csv": [3376, 7], "seattle-weather.tsv": [1461, 6]}),
    ],
)
def test_the_public_client_reads_what_the_sandbox_holds(
    client_python: Path, studio: SandboxStudio, name: str, frames: dict[str, list[int]]
) -> None:
    workspace = studio.workspaces[name]
    seen = _ask(client_python, studio, workspace, list(frames))

    held = dict(workspace.datasets())
    own = [key for key, _ in workspace.datasets(samples=False)]
    assert [d["id"] for d in seen["datasets"]] == list(held)
    for dataset in seen["datasets"]:
        version = held[dataset["id"]]
        expected = version.content.sha256()
        assert (dataset["binary"], dataset["streamed"]) == (expected, expected), version.name
        assert dataset["size"] == version.content.size
        assert (dataset["name"], dataset["owner"]) == (version.name, version.owner)
        assert (dataset["type"], dataset["description"]) == (version.data_type, version.description)
        assert dataset["created"] == version.created / 1000
        assert dataset["example"] == dataset["id"].startswith(GLOBAL_WORKSPACE_ID)
    assert seen["user"] == own
    assert seen["examples"] == [key for key in held if key not in own]
    assert len(seen["examples"]) == 4

    listed = {e.id: e for e in workspace.all_experiments()}
    assert [e["id"] for e in seen["experiments"]] == list(listed)
    for experiment in seen["experiments"]:
        model = listed[experiment["id"]]
        run = model.runs[0]
        assert experiment["run"] == model.run_id(run)
        assert (experiment["creator"], experiment["status"]) == (run.creator, run.status)
        assert (experiment["description"], experiment["created"]) == (
            run.description,
            run.created / 1000,
        )
        assert experiment["etag"].startswith("W/\"datetime'20")
    assert seen["user_experiments"] == [e.id for e in workspace.experiments]
    assert seen["example_experiments"] == [e.id for e in workspace.sample_experiments]

    assert seen["outputs"] == [digest for _, digest in _outputs(workspace)]
    assert seen["frames"] == frames
    assert "UserError" in seen["refused"]
