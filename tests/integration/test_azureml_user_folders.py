"""People's folders over the whole sandbox: exported byte for byte, deleted alone, also in parts."""

import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.azureml import forecast
from sandbox.azureml.model import WORKING
from sandbox.azureml.sample.folders import OTHER_FOLDERS, TOMAS_FOLDER, forecast_files
from sandbox.files import ShareTree
from sandbox.stack import Stack
from tests.client import download, results, wait

ACCOUNT = "stforecast01"
FOLDER = "forecast/user_folder:t-user"
BY_ALIAS = {"aliases": ["t-user"], "names": ["Tomas User"]}
BY_MAIL = {"emails": ["t-user@example.org"]}
SETTINGS = {"DSR_RETRY_SECONDS": "0", "DSR_STALLED_AFTER_SECONDS": "1"}
SCOPE = {"workspaces": ["forecast"], "select": "subject"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    log = tmp_path_factory.mktemp("folders") / "host.log"
    with Stack(
        [], log=log, lease=2, max_poll=0.7, extra_settings=SETTINGS, azureml=[forecast()]
    ) as running:
        yield running


@pytest.fixture
def stack(shared: Stack) -> Iterator[Stack]:
    shared.files.journal.clear()
    yield shared
    shared.files.restore()
    shared.files.faults.clear()
    shared.files.latency = 0.0
    shared.files.page_size = 5000


def share(stack: Stack) -> ShareTree:
    return stack.files.share(ACCOUNT, WORKING)


def plan_of(stack: Stack, request_id: str) -> dict[str, dict[str, Any]]:
    return {e["asset"]: e for e in stack.items(f"requests/{request_id}/plan")}


def approved(stack: Stack, subject: dict[str, Any] = BY_ALIAS) -> str:
    """Submit a delete and approve the folder; give the request."""
    request_id = stack.submit(type="delete", subject=subject, scope=SCOPE)
    planned = wait(stack, request_id)
    assert planned["status"] == "awaiting_approval", planned
    body = {"plan_hash": planned["plan_hash"], "approver": "a test", "include": [FOLDER]}
    answer = stack.call("POST", f"requests/{request_id}/approve", data=json.dumps(body))
    assert answer.status_code == 200, answer.text
    return request_id


def deleted_paths(stack: Stack) -> list[str]:
    return [c.path for c in stack.files.journal.calls() if c.method == "DELETE"]


def others(files: dict[str, bytes]) -> dict[str, bytes]:
    return {p: data for p, data in files.items() if not p.startswith(TOMAS_FOLDER + "/")}


def test_an_export_has_every_file_of_the_folder_as_it_is(stack: Stack) -> None:
    stack.files.page_size = 2
    request_id = stack.submit(type="export", subject=BY_ALIAS, scope=SCOPE)
    document = wait(stack, request_id)
    found = results(stack, request_id)
    assert found[FOLDER]["outcome"] == "exported", document
    assert found[FOLDER]["match"] == {"tier": "resolved", "field": "folder"}
    assert not any("user_folder" in a and a != FOLDER for a in found)
    package = download(stack, request_id)
    below = "data/forecast/user_folder/"
    digests = sorted(
        digest
        for path, digest in package.manifest().items()
        if path.startswith(below) and not path.endswith("user_folder.json")
    )
    expected = [f for f in forecast_files() if f.path.startswith(TOMAS_FOLDER + "/")]
    assert digests == sorted(f.content.sha256() for f in expected)
    (metadata,) = [n for n in package.names() if n.endswith("/user_folder.json")]
    assert metadata.replace("user_folder.json", "files/src/train.py") in package.names()
    told = json.loads(package.read(metadata))
    assert told["metadata"]["path"] == "Users"
    assert told["metadata"]["share"] == WORKING


def test_an_address_is_no_alias(stack: Stack) -> None:
    request_id = stack.submit(type="export", subject=BY_MAIL, scope=SCOPE)
    wait(stack, request_id)
    assert FOLDER not in results(stack, request_id)


def test_a_stream_that_breaks_is_read_on(stack: Stack) -> None:
    stack.files.faults.add({"match": "weights.bin", "cut_after": 1_000_000, "times": 1})
    request_id = stack.submit(type="export", subject=BY_ALIAS, scope=SCOPE)
    wait(stack, request_id)
    assert results(stack, request_id)[FOLDER]["outcome"] == "exported"
    ranges = [c.range for c in stack.files.journal.calls() if c.path.endswith("weights.bin")]
    assert ranges[0] is None
    assert len(ranges) == 2
    data = download(stack, request_id).read(
        "data/forecast/user_folder/t-user/files/models/weights.bin"
    )
    (weights,) = [f for f in forecast_files() if f.path.endswith("weights.bin")]
    assert hashlib.sha256(data).hexdigest() == weights.content.sha256()


def test_a_delete_waits_for_an_approval_that_names_the_folder(stack: Stack) -> None:
    request_id = stack.submit(type="delete", subject=BY_ALIAS, scope=SCOPE)
    planned = wait(stack, request_id)
    entry = plan_of(stack, request_id)[FOLDER]
    assert entry["action"] == "review"
    assert "snapshots" in entry["recoverable"]
    body = {"plan_hash": planned["plan_hash"], "approver": "a test", "include": []}
    stack.call("POST", f"requests/{request_id}/approve", data=json.dumps(body))
    wait(stack, request_id)
    assert results(stack, request_id)[FOLDER]["outcome"] == "skipped"
    assert deleted_paths(stack) == []


def test_a_delete_takes_the_folder_and_nothing_beside_it(stack: Stack) -> None:
    stack.files.page_size = 3
    before = share(stack).files()
    request_id = approved(stack)
    wait(stack, request_id)
    result = results(stack, request_id)[FOLDER]
    assert result["outcome"] == "deleted", result
    assert result["evidence"]["answered"] == 202
    assert result["evidence"]["calls"] == 1
    assert result["evidence"]["seen"] == "neither by its id nor in the list"
    assert share(stack).find(TOMAS_FOLDER) is None
    assert share(stack).files() == others(before)
    assert all(share(stack).files(folder) for folder in OTHER_FOLDERS)
    prefix = f"/{ACCOUNT}/{WORKING}/{TOMAS_FOLDER}"
    assert all(p == prefix or p.startswith(prefix + "/") for p in deleted_paths(stack))


def test_a_worker_that_dies_midway_is_followed_by_one_that_goes_on(stack: Stack) -> None:
    before = share(stack).files()
    stack.files.latency = 0.3
    request_id = approved(stack)
    deadline = time.monotonic() + 180
    while not deleted_paths(stack):
        assert time.monotonic() < deadline, stack.status(request_id)
        time.sleep(0.02)
    assert stack.host is not None
    stack.host.kill()
    left = share(stack).files(TOMAS_FOLDER)
    assert share(stack).find(TOMAS_FOLDER) is not None
    assert len(left) < len(before) - len(others(before))
    stack.files.latency = 0.0
    stack.host.start()
    for _ in range(30):
        stack.sweep()
        if stack.status(request_id)["status"] not in ("running", "verifying"):
            break
        time.sleep(1)
    wait(stack, request_id)
    result = results(stack, request_id)[FOLDER]
    assert result["outcome"] == "deleted", result
    assert share(stack).files() == others(before)


def test_a_file_that_is_open_fails_the_folder_and_a_retry_ends_it(stack: Stack) -> None:
    before = share(stack).files()
    node = share(stack).find(f"{TOMAS_FOLDER}/demand.ipynb")
    assert node is not None
    node.is_open = True
    request_id = approved(stack)
    wait(stack, request_id)
    result = results(stack, request_id)[FOLDER]
    assert result["outcome"] == "failed"
    assert "SharingViolation" in result["error"]
    assert list(share(stack).files(TOMAS_FOLDER)) == [f"{TOMAS_FOLDER}/demand.ipynb"]
    node.is_open = False
    assert stack.call("POST", f"requests/{request_id}/retry", data="{}").status_code in (200, 202)
    wait(stack, request_id)
    assert results(stack, request_id)[FOLDER]["outcome"] == "deleted"
    assert share(stack).files() == others(before)


def test_a_share_that_refuses_the_app_is_told_and_the_rest_goes_on(stack: Stack) -> None:
    stack.files.faults.add({"match": "^GET", "status": 403})
    request_id = stack.submit(type="export", subject=BY_ALIAS, scope=SCOPE)
    wait(stack, request_id)
    failed = results(stack, request_id)["forecast/user_folder:*"]
    assert failed["outcome"] == "failed"
    assert "403" in failed["error"]
