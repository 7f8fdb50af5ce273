"""One person over both services; and two people of one name, of whom only one is acted upon."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.arm import DEVELOPMENT_TOKEN
from sandbox.azureml import Artifact, Job, MlWorkspace, Person, forecast, secret_calls
from sandbox.azureml.sample.people import MIRA, PEOPLE, TOMAS, TWIN
from sandbox.azureml.sample.resources import system_datastores
from sandbox.azureml.sizes import bulk_content
from sandbox.stack import Stack
from tests.client import TOMAS as SUBJECT
from tests.client import download, results, wait
from tests.verify_command import verified

BOTH = SUBJECT | {"object_ids": [TOMAS.object_id]}
FAST = {"DSR_RETRY_SECONDS": "0"}
SECRETS = ("listsecrets", "listkeys", "listworkspacekeys", "liststorageaccountkeys", "token")
JOBS = 1000 if os.environ.get("DSR_FULL_SIZE") == "1" else 100
"""Jobs of each of the two people; with 1,000 each it takes minutes."""


def run_delete(stack: Stack, subject: Any) -> tuple[str, dict[str, Any]]:
    """Submit a delete, approve its plan as it is, wait for its end."""
    request_id = stack.submit(type="delete", subject=subject)
    planned = wait(stack, request_id, 120)
    assert planned["status"] == "awaiting_approval"
    body = {"plan_hash": planned["plan_hash"], "approver": "a test", "include": []}
    answer = stack.call("POST", f"requests/{request_id}/approve", data=json.dumps(body))
    assert answer.status_code == 200, answer.text
    return request_id, wait(stack, request_id, 500)


def asked_for_secrets(stack: Stack) -> list[str]:
    calls = (*stack.arm.journal.calls(), *stack.azureml.journal.calls())
    asked = [c.path for c in calls if c.path.rstrip("/").rpartition("/")[2].lower() in SECRETS]
    return [*asked, *secret_calls(stack.arm.journal)]


def certificate_says(stack: Stack, request_id: str, folder: Path) -> str:
    """Give what `python -m dsr.verify` says of the one certificate; it has to hold."""
    links = stack.status(request_id)["links"]
    assert links["certificate"] == f"/api/requests/{request_id}/certificate"
    found = results(stack, request_id)
    (folder / "results.json").write_text(json.dumps({"items": list(found.values())}))
    for name, route in (
        ("certificate-1.jws", f"requests/{request_id}/certificate"),
        ("audit.ndjson", f"requests/{request_id}/audit"),
        ("jwks.json", "keys"),
    ):
        (folder / name).write_bytes(stack.call("GET", route).content)
    code, told = verified(folder, ["results.json"])
    assert code == 0, told
    return told


# One request over both services


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Studio's three samples and the sample of Azure Machine Learning."""
    log = tmp_path_factory.mktemp("both") / "host.log"
    with Stack(log=log, max_poll=0.7, extra_settings=FAST, azureml=[forecast()]) as stack:
        yield stack


def test_one_export_over_both_services_ends_in_one_package_and_one_certificate(both, tmp_path):
    request_id = both.submit(type="export", subject=BOTH)
    document = wait(both, request_id)
    assert document["status"] == "completed_with_exceptions"
    assert document["counts"]["failed"] == 0
    package = download(both, request_id)  # of one part
    held = package.manifest()  # every file has the digest that it says
    for path in (
        "data/churn-lab/dataset/airports.csv",
        "data/forecast/job/brave_lamp_k2x7/job.json",
        "data/forecast/job/brave_lamp_k2x7/artifacts/model/model.pkl",
        "data/forecast/data/customers (version 1)/files/part-1.csv",
    ):
        assert path in held
    report = json.loads(package.read("data/report.json"))
    assert {"churn-lab", "free-lab", "forecast"} <= {
        asset["asset"].partition("/")[0] for asset in report["assets"]
    }
    said = certificate_says(both, request_id, tmp_path)
    assert f"of export request {request_id}: completed_with_exceptions" in said
    assert "VALID: every check passed." in said
    assert asked_for_secrets(both) == []


def test_one_delete_over_both_services_ends_in_one_certificate(both, tmp_path):
    request_id, document = run_delete(both, BOTH)
    assert document["status"] == "completed_with_exceptions"
    assert document["counts"]["failed"] == 0
    found = results(both, request_id)
    deleted = {asset for asset, r in found.items() if r["outcome"] == "deleted"}
    assert {asset.partition("/")[0] for asset in deleted} == {"free-lab", "churn-lab", "forecast"}
    assert {f"forecast/job:{name}" for name in ("brave_lamp_k2x7", "busy_wheel_r5t4")} <= deleted
    assert "forecast/job:twin_river_a1b2" not in deleted  # of the other Tomas User
    assert found["forecast/data:customers:1"]["outcome"] == "manual"
    assert found["forecast/compute:tomas-ci1"]["outcome"] == "manual"
    said = certificate_says(both, request_id, tmp_path)
    assert f"of delete request {request_id}: completed_with_exceptions" in said
    assert "VALID: every check passed." in said
    assert asked_for_secrets(both) == []


# Two people of one name


def bulk_job(owner: Person, number: int) -> Job:
    """Give one of a person's jobs; one in 25 has a file and what runs leave in storage."""
    name = f"{'own' if owner is TOMAS else 'twin'}_{number:04}"
    leaves = number % 25 == 0
    file = Artifact("outputs/result.txt", bulk_content(number, 0, 64))
    return Job(
        name,
        owner,
        "2026-05-04T09:10:05.000+00:00",
        display_name="the same for all",
        artifacts=(file,) if leaves else (),
        leaves=leaves,
    )


def twins() -> MlWorkspace:
    """Give a workspace in which the jobs of two people of one name alternate."""
    jobs = tuple(bulk_job(owner, n) for n in range(JOBS) for owner in (TOMAS, TWIN))
    return MlWorkspace(
        "ws-twins",
        "sttwins01",
        MIRA,
        PEOPLE,
        jobs=jobs,
        resources=system_datastores("sttwins01"),
        target_name="twins",
    )


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with that workspace alone; deletes end at once, a page has 100 entries."""
    log = tmp_path_factory.mktemp("crowd") / "host.log"
    with Stack(
        workspaces=(), log=log, max_poll=0.7, extra_settings=FAST, azureml=[twins()]
    ) as stack:
        stack.azureml.behaviour.page_size = 100
        stack.azureml.operations.seconds = 0.0
        yield stack


def listed(stack: Stack) -> set[str]:
    """Give the jobs that the service itself lists, asked without the app."""
    arm_id = stack.azureml.workspaces["twins"].arm_id
    url = f"{stack.arm.url}{arm_id}/jobs?api-version=2025-12-01&listViewType=All"
    names: set[str] = set()
    while url:
        headers = {"Authorization": f"Bearer {DEVELOPMENT_TOKEN}"}
        page = requests.get(url, headers=headers, timeout=30).json()
        names |= {job["name"] for job in page["value"]}
        url = page.get("nextLink")
    return names


def paths_of_the_other(stack: Stack) -> list[str]:
    calls = (*stack.arm.journal.calls(), *stack.azureml.journal.calls())
    return [c.path for c in calls if "twin_" in c.path]


@pytest.mark.slow
def test_of_two_people_with_one_name_only_one_is_touched(crowd, tmp_path):
    assert TOMAS.display == TWIN.display
    own = {f"own_{n:04}" for n in range(JOBS)}
    others = {f"twin_{n:04}" for n in range(JOBS)}
    account = crowd.azureml.account("twins")
    blobs = account.names("azureml")
    of_others = {name for name in blobs if "dcid.twin_" in name}
    assert len(of_others) == len(blobs) / 2 == JOBS / 25 * 3
    for journal in (crowd.arm.journal, crowd.azureml.journal):
        journal.clear()

    # the name is in the request: it makes the other's jobs weak matches
    exported = crowd.submit(type="export", subject=BOTH)
    document = wait(crowd, exported, 120)
    assert document["status"] == "completed"
    assert document["counts"]["exported"] == JOBS
    package = download(crowd, exported)
    # names of further pages of a list are marked
    folders = {n.split("/")[3] for n in package.names() if n.startswith("data/twins/job/")}
    held = {folder.partition("~")[0] for folder in folders}
    assert held == own
    assert not any("twin_" in name for name in package.names())
    assert b"twin_" not in package.read("data/report.json")
    assert paths_of_the_other(crowd) == []

    request_id, document = run_delete(crowd, BOTH)
    assert document["status"] == "completed"
    assert document["counts"]["deleted"] == JOBS
    found = results(crowd, request_id)
    of = {o: {a for a, r in found.items() if r["outcome"] == o} for o in ("deleted", "skipped")}
    assert of["deleted"] == {f"twins/job:{name}" for name in own}
    assert of["skipped"] == {f"twins/job:{name}" for name in others}
    assert listed(crowd) == others
    assert account.names("azureml") == of_others
    assert paths_of_the_other(crowd) == []
    assert asked_for_secrets(crowd) == []
    assert "VALID: every check passed." in certificate_says(crowd, request_id, tmp_path)
