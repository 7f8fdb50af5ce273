"""Deletes that export first: only what the package holds, byte by byte, is deleted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.stack import Stack
from sandbox.studio import sample_workspaces
from tests.client import TOMAS, download, pages, results, wait

SCOPE = {"workspaces": ["free-lab"]}
BYTES = r"^GET /(?!api/workspaces|workspaces).*"


@pytest.fixture
def stack() -> Iterator[Stack]:
    settings = {"DSR_RETRY_SECONDS": "0", "DSR_VERIFY_SECONDS": "10"}
    with Stack(list(sample_workspaces()), extra_settings=settings, max_poll=0.7) as made:
        yield made


def approved(stack: Stack, **body: Any) -> str:
    request_id = stack.submit(type="delete", subject=TOMAS, scope=SCOPE, **body)
    document = wait(stack, request_id)
    assert document["status"] == "awaiting_approval"
    plan = pages(stack, f"requests/{request_id}/plan")
    include = [e["asset"] for e in plan if e["action"] == "review"]
    approval = {"plan_hash": document["plan_hash"], "approver": "ann", "include": include}
    answer = stack.call("POST", f"requests/{request_id}/approve", data=json.dumps(approval))
    assert answer.status_code == 200, answer.text
    return request_id


def deletes(stack: Stack) -> int:
    return sum(call.method == "DELETE" for call in stack.studio.journal.calls())


def test_what_was_exported_is_deleted_and_stays_in_the_package(stack: Stack) -> None:
    request_id = approved(stack, export_first=True)
    document = wait(stack, request_id)
    assert document["status"] == "completed_with_exceptions"  # models are left to a person
    found = results(stack, request_id)
    gone = {a for a, r in found.items() if r["outcome"] == "deleted"}
    assert {a.split(":")[0] for a in gone} == {"free-lab/dataset", "free-lab/experiment"}
    assert document["counts"]["deleted"] == len(gone) == len(set(gone))
    assert document["counts"]["exported"] == 0
    report = json.loads(download(stack, request_id).read("data/report.json"))
    exported = {a["asset"] for a in report["assets"] if a["outcome"] == "exported"}
    assert gone <= exported
    download(stack, request_id).manifest()
    assert 0 < deletes(stack) <= len(gone)


def test_what_could_not_be_exported_is_not_deleted(stack: Stack) -> None:
    stack.studio.faults.add({"match": BYTES, "times": 1000, "status": 404})
    request_id = approved(stack, export_first=True)
    wait(stack, request_id)
    found = results(stack, request_id)
    refused = [r for r in found.values() if "/dataset:" in r["asset"] and "count" not in r]
    assert refused
    assert {r["outcome"] for r in refused} == {"failed"}
    assert all("not exported whole" in r["error"] for r in refused)
    assert not any("datasources/family" in c.path for c in stack.studio.journal.calls())
