"""The REST clients of Microsoft's SDK (`azure-ai-ml` 1.35.2) against the Azure ML sandbox.

They are generated from the service's own description, so that a name or a shape that the sandbox
got wrong does not come out of them as it went in.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.arm import DEVELOPMENT_TOKEN
from sandbox.azureml import forecast
from sandbox.azureml.sample.jobs import RUNNING, TRAINED
from tests.fakes.sample import TOMAS_ID
from tests.integration.azureml_servers import Servers, servers
from tests.integration.client_environment import environment_for

_REQUIREMENTS = Path(__file__).with_name("public-client-azureml-requirements.txt")
_SCRIPT = Path(__file__).with_name("azureml_public_client.py")


@pytest.fixture(scope="module")
def shared() -> Iterator[Servers]:
    with servers() as made:
        yield made


@pytest.fixture(scope="module")
def seen(shared: Servers) -> Any:
    """Give what the clients read, cancelled and deleted."""
    arm, ml = shared
    ml.operations.polls = 2
    workspace = forecast()
    asked = {
        "arm": arm.url,
        "data_plane": ml.url,
        "token": DEVELOPMENT_TOKEN,
        "subscription": workspace.subscription_id,
        "group": workspace.resource_group,
        "name": workspace.name,
        "job": TRAINED,
        "running": RUNNING,
    }
    python = environment_for(_REQUIREMENTS)
    done = subprocess.run(
        [python, _SCRIPT],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        # a home of its own, so that no settings file of this machine's user is read
        env=os.environ | {"HOME": str(python.parent), "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_arm_as_the_client_reads_it(seen: Any) -> None:
    workspace = forecast()
    assert seen["workspaces"] == ["ws-forecast", "ws-neighbour"]
    assert list(seen["jobs"]) == [job.name for job in workspace.jobs]
    assert seen["jobs"][TRAINED] == ["CommandJob", "JobStatus.COMPLETED"]
    assert {kind for kind, _ in seen["jobs"].values()} == {"CommandJob", "PipelineJob", "SweepJob"}
    for job in workspace.jobs:
        assert seen["creators"][job.name] == (job.author.display if job.author else None)
    assert seen["models"] == ["demand-model", "price-model", "shared-model", "twin-model"]
    assert seen["versions"] == ["1", "2", "3"]
    assert seen["codes"] == 3
    assert seen["schedules"] == ["paused"]
    assert seen["endpoints"] == ["demand-api"]


def test_its_kinds_of_stores_and_machines(seen: Any) -> None:
    assert seen["datastores"]["workspaceblobstore"] == "AzureBlobDatastore"
    assert seen["datastores"]["workspacefilestore"] == "AzureFileDatastore"
    assert seen["computes"]["tomas-ci1"] == "ComputeInstance"
    assert seen["computes"]["cpu-cluster"] == "AmlCompute"


def test_the_data_plane_as_the_clients_read_it(seen: Any) -> None:
    assert seen["run"] == [TOMAS_ID, "2026-05-04T09:10:05.111000+00:00", f"dcid.{TRAINED}"]
    job = next(job for job in forecast().jobs if job.name == TRAINED)
    assert seen["artifacts"] == [artifact.path for artifact in job.artifacts]
    assert seen["registry"]["price-model:1"] == TOMAS_ID
    assert seen["data"] == ["train-data", "customers", "weather", "open-weather"]


def test_the_client_follows_a_cancel_and_a_delete_to_their_end(seen: Any) -> None:
    assert seen["ended"] == ["Succeeded", "Succeeded"]
    assert seen["status"] == "JobStatus.CANCELED"
    assert seen["gone"] == "UserError"
