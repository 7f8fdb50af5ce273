"""Every message twice, in any order, over the real storage and the Studio sandbox: the same end."""

import io
import json
import random
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from dsr import wiring
from dsr.model.messages import ExportMessage, FinishMessage, PlanMessage
from dsr.settings import parse
from dsr.usecases import exporting, finishing, intake, planning, viewing
from dsr.usecases.ports import Ports
from sandbox.arm import SandboxArm
from sandbox.azurite import Azurite
from sandbox.stack import app_settings
from sandbox.studio import SandboxStudio, big_workspace, sample_workspaces
from tests.client import TOMAS
from tests.fakes.memory_queues import MemoryQueues


@pytest.fixture(scope="module")
def ports(azurite: Azurite) -> Iterator[Ports]:
    workspaces = [*sample_workspaces(), big_workspace(9_000_000)]
    with SandboxStudio(workspaces) as studio, SandboxArm(workspaces) as arm:
        yield wiring.build(parse(app_settings(azurite.connection_string, studio, arm)))


def run(ports: Ports, shuffle: random.Random | None, copies: int) -> tuple[Any, Any]:
    """Give the manifest and the outcomes of one export, whatever its id is."""
    queues = MemoryQueues()
    made = replace(ports, queues=queues)
    request_id = str(uuid.uuid4())
    body = {
        "request_id": request_id,
        "type": "export",
        "subject": TOMAS,
        "submitted_at": "2026-11-24T09:00:00Z",
    }
    for _ in range(copies):
        intake.submit(made, json.dumps(body).encode())
    queues.pump(
        {
            "dsr-plan": lambda b: planning.plan(made, PlanMessage.from_bytes(b)),
            "dsr-export": lambda b: exporting.export(made, ExportMessage.from_bytes(b)),
            "dsr-finish": lambda b: finishing.finish(made, FinishMessage.from_bytes(b)),
        },
        shuffle=shuffle,
        copies=copies,
    )
    # what no API gives of models and modules is left to a person
    assert viewing.status(made, request_id)["status"] == "completed_with_exceptions"
    (part,) = viewing.package(made, request_id)["parts"]
    answer = requests.get(part["url"], timeout=60)
    package = zipfile.ZipFile(io.BytesIO(answer.content))
    manifest = package.read(f"{request_id}/manifest-sha256.txt").decode().splitlines()
    # two name the request; the records name an owner who is no user, by a number of the request
    own = ("data/report.json", "data/index.html", "/workspace.json")
    lines = {m for m in manifest if not m.endswith(own)}
    found = viewing.results(made, request_id, 1)["items"]
    assert len(found) == viewing.status(made, request_id)["counts"]["total"]
    return lines, {r["asset"]: r for r in found}


@pytest.fixture(scope="module")
def once(ports: Ports) -> tuple[Any, Any]:
    return run(ports, None, 1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_twice_and_shuffled_is_the_same(ports: Ports, once: tuple[Any, Any], seed: int) -> None:
    manifest, outcomes = run(ports, random.Random(seed), 2)
    assert manifest == once[0]
    assert outcomes == once[1]
    assert len(manifest) > 100
