"""What Studio (classic) may answer instead of what it should: that asset fails, no other does."""

import re
import time
from typing import Any

import pytest

from sandbox.stack import Stack
from tests.client import TOMAS, download, results, wait

SCOPE = {"workspaces": ["free-lab"]}


@pytest.fixture(autouse=True)
def _no_faults_left(stack: Stack) -> Any:
    yield
    stack.studio.faults.clear()
    stack.studio.sas_seconds = 86_700.0


def wheat(stack: Stack) -> str:
    ((asset_id, _),) = stack.studio.workspaces["free-lab"].named("wheat.json")
    return asset_id


def export(stack: Stack, seconds: float = 90, **scope: Any) -> tuple[dict[str, Any], Any]:
    request_id = stack.submit(type="export", subject=TOMAS, scope=SCOPE | scope)
    document = wait(stack, request_id, seconds)
    return document, results(stack, request_id)


def bytes_of(stack: Stack) -> list[Any]:
    """Give the calls that asked for bytes of the storage account."""
    return [c for c in stack.studio.journal.calls() if not c.path.startswith("/api/")]


def download_rule(stack: Stack) -> str:
    """Match the bytes of wheat.json, wherever the sandbox keeps them."""
    stack.studio.journal.clear()
    export(stack)
    size = stack.studio.workspaces["free-lab"].dataset(wheat(stack)).content.size
    (path,) = {c.path for c in bytes_of(stack) if c.sent == size}
    return "GET " + re.escape(path)


def expire_wheat(stack: Stack) -> None:
    """Let the link that the list gives for wheat.json be refused, so that a fresh one is read."""
    stack.studio.faults.add({"match": download_rule(stack), "times": 1, "status": 403})


TRANSIENT = [
    pytest.param({"status": 429, "retry_after": 1}, id="429 with Retry-After"),
    pytest.param({"status": 500}, id="500"),
    pytest.param({"status": 503}, id="503"),
    pytest.param({"body": "{malformed"}, id="malformed JSON"),
    pytest.param({"body": "null"}, id="null"),
    pytest.param({"cut_after": 40}, id="cut connection"),
    pytest.param({"short_body": 40}, id="half a body"),
]


@pytest.mark.parametrize("fault", TRANSIENT)
@pytest.mark.parametrize("path", ["datasources$", "users$", "datasources/.+"])
def test_a_fault_that_passes_leaves_no_trace(
    stack: Stack, fault: dict[str, Any], path: str
) -> None:
    rule = {"match": rf"GET /api/workspaces/[0-9a-f]+/{path}", "times": 2, **fault}
    if path == "datasources/.+":
        expire_wheat(stack)
    stack.studio.faults.add(rule)
    document, found = export(stack)
    assert stack.studio.faults.rules() == [] or all(
        r.get("times") == 0 for r in map(_as_dict, stack.studio.faults.rules())
    )
    assert document["status"] == "completed"
    assert {r["name"] for r in found.values() if r["outcome"] == "exported"} == {
        "Tomas User",
        "wheat.json",
        "temps.tsv",
        "energy model",
        "Quartet study",
    }


def _as_dict(rule: Any) -> dict[str, Any]:
    return rule if isinstance(rule, dict) else {"times": getattr(rule, "times", None)}


@pytest.mark.parametrize("fault", [{"cut_after": 700}, {"short_body": 700}, {"status": 503}])
def test_a_download_that_breaks_is_read_on_or_again(stack: Stack, fault: dict[str, Any]) -> None:
    stack.studio.faults.add({"match": download_rule(stack), "times": 2, **fault})
    request_id = stack.submit(type="export", subject=TOMAS, scope=SCOPE)
    assert wait(stack, request_id)["status"] == "completed"
    version = stack.studio.workspaces["free-lab"].dataset(wheat(stack))
    manifest = download(stack, request_id).manifest()
    assert manifest["data/free-lab/dataset/wheat.json"] == version.content.sha256()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 401}, "401"),
        ({"status": 404}, "404"),
        ({"status": 500}, "500"),
        ({"body": "[1, 2"}, "malformed JSON"),
    ],
)
def test_an_asset_that_can_not_be_read_fails_alone(
    stack: Stack, fault: dict[str, Any], error: str
) -> None:
    expire_wheat(stack)
    stack.studio.faults.add({"match": f"datasources/{re.escape(wheat(stack))}", **fault})
    document, found = export(stack)
    assert document["status"] == "completed_with_exceptions"
    assert document["counts"]["failed"] == 1
    by_name = {r["name"]: r for r in found.values()}
    assert by_name["wheat.json"]["outcome"] == "failed"
    assert error in by_name["wheat.json"]["error"]
    assert by_name["temps.tsv"]["outcome"] == "exported"


@pytest.mark.parametrize(("body", "outcome"), [("[]", None), ("null", "failed"), ("{}", "failed")])
def test_a_list_that_is_none(stack: Stack, body: str, outcome: str | None) -> None:
    stack.studio.faults.add({"match": r"GET /api/workspaces/[0-9a-f]+/datasources$", "body": body})
    document, found = export(stack)
    failed = found.get("free-lab/dataset:*")
    if outcome is None:
        assert failed is None
        assert document["status"] == "completed"
    else:
        assert failed["outcome"] == "failed"
        assert "list" in failed["error"]
        assert document["status"] == "completed_with_exceptions"
    assert [r for r in found.values() if "/user:" in r["asset"]]


def test_a_workspace_that_refuses_the_token_is_told_kind_by_kind(stack: Stack) -> None:
    stack.studio.faults.add({"match": "GET /api/workspaces/", "status": 401})
    document, found = export(stack)
    assert document["status"] == "completed_with_exceptions"
    assert {r["asset"] for r in found.values()} == {
        "free-lab/workspace:*",
        "free-lab/dataset:*",
        "free-lab/experiment:*",
        "free-lab/trained_model:*",
        "free-lab/transform:*",
        "free-lab/custom_module:*",
        "free-lab/notebook:*",
        "free-lab/project:*",
    }
    assert all("401" in r["error"] for r in found.values())


def test_retry_after_is_obeyed(stack: Stack) -> None:
    expire_wheat(stack)
    rule = {"match": "datasources/.+", "times": 1, "status": 429, "retry_after": 4}
    stack.studio.faults.add(rule)
    started = time.monotonic()
    document, _ = export(stack)
    assert document["status"] == "completed"
    assert time.monotonic() - started >= 4


def test_expired_links_are_fetched_anew(stack: Stack) -> None:
    stack.studio.sas_seconds = -1.0  # every link is born expired
    stack.studio.journal.clear()
    request_id = stack.submit(type="export", subject=TOMAS, scope=SCOPE)
    deadline = time.monotonic() + 30
    while not any(c.status == 403 for c in bytes_of(stack)):
        assert time.monotonic() < deadline, "no expired link was used"
        time.sleep(0.0005)
    stack.studio.sas_seconds = 86_700.0
    document = wait(stack, request_id)
    found = {r["name"]: r for r in results(stack, request_id).values()}
    renewed = [r for r in found.values() if "/dataset:" in r["asset"] and "count" not in r]
    assert [r["outcome"] for r in renewed if r["match"]["tier"] != "weak"].count("exported") >= 1
    assert all("403" in r["error"] for r in renewed if r["outcome"] == "failed")
    assert document["counts"]["exported"] >= 2
    refused = sum(c.status == 403 for c in bytes_of(stack))
    reads = sum("/datasources/" in c.path for c in stack.studio.journal.calls())
    assert reads >= 1
    # a link is used once: those of the list, and one for each time that a dataset was read anew
    assert 1 <= refused <= len(renewed) + reads
