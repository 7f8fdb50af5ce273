"""HTTP to queue to package, over Azurite and the Studio sandbox."""

import base64
import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from azure.storage.queue import QueueServiceClient

from sandbox.stack import Stack
from tests.client import TOMAS, Package, download, pages, results, wait


@pytest.fixture(scope="module")
def exported(stack: Stack) -> tuple[str, dict[str, Any], Package]:
    """One export of Tomas's assets from all three workspaces."""
    request_id = stack.submit(type="export", subject=TOMAS, reference="caller-4711")
    document = wait(stack, request_id)
    return request_id, document, download(stack, request_id)


Exported = tuple[str, dict[str, Any], Package]


def outcomes(stack: Stack, request_id: str, workspace: str) -> dict[str, tuple[str, str]]:
    found = results(stack, request_id).values()
    return {
        r["name"]: (r["match"]["tier"], r["outcome"])
        for r in found
        if r["asset"].startswith(workspace + "/") and "count" not in r
    }


def test_the_status_document_has_the_numbers_of_the_results(
    stack: Stack, exported: Exported
) -> None:
    request_id, document, _ = exported
    assert document["status"] == "completed_with_exceptions"
    found = results(stack, request_id).values()
    outcomes = ("exported", "manual", "skipped", "failed")
    counted = {o: sum(r["outcome"] == o for r in found) for o in outcomes}
    assert counted["manual"] > 0, "custom modules, notebooks and lost models"
    assert counted["failed"] == 0
    assert {o: document["counts"][o] for o in counted} == counted
    assert document["counts"]["total"] == len(found)
    assert document["counts"]["unattributed"] > 0
    assert "tomas" not in json.dumps(document).lower()


def test_what_matches_by_tier(stack: Stack, exported: Exported) -> None:
    request_id, _, _ = exported
    free = outcomes(stack, request_id, "free-lab")
    assert free == {
        "Tomas User": ("strong", "exported"),
        "wheat.json": ("strong", "exported"),
        "temps.tsv": ("resolved", "exported"),
        "anscombe.json": ("weak", "skipped"),  # two users have this name
        "Quartet": ("weak", "skipped"),
        "energy model": ("resolved", "exported"),
        "Quartet study": ("resolved", "exported"),
    }
    churn = outcomes(stack, request_id, "churn-lab")
    assert churn["airports.csv"] == ("strong", "exported")
    assert churn["seattle-weather.tsv"] == ("strong", "exported")  # by user id
    assert churn["iris.arff"] == ("resolved", "exported")
    assert churn["Stocks"] == ("resolved", "exported")
    assert churn["churn model"] == ("resolved", "exported")
    assert churn["lost churn model"] == ("strong", "manual")
    assert churn["Round charges"] == ("strong", "manual")
    assert churn["gw-oslo"] == ("weak", "skipped")  # no owner; its description names him
    assert churn["us-employment.csv"] == ("weak", "skipped")
    assert "near-miss.txt" not in churn
    assert "Broken scoring" not in churn


def test_weak_matches_are_exported_on_demand(stack: Stack) -> None:
    request_id = stack.submit(
        type="export", subject=TOMAS, scope={"workspaces": ["free-lab"], "include_weak": True}
    )
    assert wait(stack, request_id)["status"] == "completed"
    assert outcomes(stack, request_id, "free-lab")["anscombe.json"] == ("weak", "exported")


def test_every_byte_of_every_dataset_arrives(stack: Stack, exported: Exported) -> None:
    request_id, _, package = exported
    manifest = package.manifest()
    checked = 0
    for asset, result in results(stack, request_id).items():
        workspace, _, rest = asset.partition("/dataset:")
        if not rest or result["outcome"] != "exported":
            continue
        data = stack.studio.workspaces[workspace].dataset(rest).content
        (path,) = [
            f["path"]
            for f in result["evidence"]["files"]
            if not f["path"].endswith(".metadata.json")
        ]
        assert manifest[f"data/{path}"] == data.sha256(), result["name"]
        checked += 1
    assert checked > 40


def test_runs_outputs_logs_and_annotations_of_an_experiment(exported: Exported) -> None:
    _, _, package = exported
    folder = "data/churn-lab/experiment/Churn training/"
    names = {n.removeprefix(folder) for n in package.names() if n.startswith(folder)}
    assert {
        "experiment.json",
        "annotations.json",
        "node-41 stdout.txt",
        "node-41 Trained model",
        "earlier-1/run.json",
        "earlier-2/node-41 Scored dataset",
    } <= names
    detail = json.loads(package.read(folder + "experiment.json"))
    assert detail["match"] == {"tier": "resolved", "field": "Creator"}
    assert "ModuleNodes" in detail["metadata"]["Graph"]


def test_people_and_secrets_are_redacted_in_metadata(stack: Stack, exported: Exported) -> None:
    _, _, package = exported
    users = json.loads(package.read("data/churn-lab/users.json"))["users"]
    assert [u["User"]["Email"] for u in users] == ["tomas.user@example.org"]
    record = package.read("data/churn-lab/workspace.json").decode()
    assert json.loads(record)["record"]["OwnerEmail"].startswith("person-")
    workspace = stack.studio.workspaces["churn-lab"]
    metadata = [
        package.read(n).decode().lower()
        for n in package.names()
        if n.endswith((".metadata.json", "experiment.json", "run.json", "annotations.json"))
    ] + [record.lower()]
    for user in workspace.users:
        if user.email != "tomas.user@example.org":
            assert not [text for text in metadata if user.email in text]
            assert not [text for text in metadata if user.name.lower() in text]
    for token in (workspace.primary_token, workspace.secondary_token):
        assert not [text for text in metadata if token.lower() in text]
    assert not [text for text in metadata if "sig=" in text and "sig=[redacted" not in text]


def test_samples_are_one_skipped_entry_a_kind(stack: Stack, exported: Exported) -> None:
    request_id, _, _ = exported
    found = results(stack, request_id)
    sample = found["churn-lab/dataset:samples"]
    assert (sample["outcome"], sample["count"] > 1) == ("skipped", True)
    assert sample["reason"]


def test_plan_and_its_hash(stack: Stack, exported: Exported) -> None:
    request_id, document, _ = exported
    plan = stack.call("GET", f"requests/{request_id}/plan").json()
    assert plan["plan_hash"] == document["plan_hash"]
    entries = pages(stack, f"requests/{request_id}/plan")
    assert {e["asset"] for e in entries} == set(results(stack, request_id))


def test_notices_come_with_the_steps_of_the_account_kind(exported: Exported) -> None:
    _, document, _ = exported
    notices = {(n["workspace"], n["code"]): n for n in document["notices"]}
    assert len(notices) == 7
    assert [workspace for workspace, code in notices if code == "storage-account"] == ["churn-lab"]
    assert "expires" in " ".join(notices["guest-trial", "telemetry"]["steps"])
    assert "Privacy portal" in " ".join(notices["free-lab", "telemetry"]["steps"])
    assert notices["free-lab", "telemetry"]["steps"] != notices["churn-lab", "telemetry"]["steps"]


def test_the_link_is_read_only_and_short(stack: Stack, exported: Exported) -> None:
    request_id, _, _ = exported
    package = stack.call("GET", f"requests/{request_id}/package").json()
    url = package["parts"][0]["url"]
    query = requests.utils.urlparse(url).query
    asked = dict(pair.split("=", 1) for pair in query.split("&"))
    assert asked["sp"] == "r"
    expiry = datetime.fromisoformat(requests.utils.unquote(asked["se"]))
    assert expiry <= datetime.now(UTC) + timedelta(minutes=15)
    assert requests.delete(url, timeout=10).status_code == 403
    assert package["network"] == "public"
    assert len(package["tagmanifest_sha256"]) == 64


def test_the_same_request_again_is_the_same(stack: Stack) -> None:
    body = {
        "request_id": str(uuid.uuid4()),
        "type": "export",
        "subject": TOMAS,
        "scope": {"workspaces": ["guest-trial"]},
    }
    first = stack.call("POST", "requests", data=json.dumps(body))
    assert first.status_code == 202
    assert first.headers["Location"].endswith(body["request_id"])
    wait(stack, body["request_id"])
    second = stack.call("POST", "requests", data=json.dumps(body, indent=2))
    assert second.status_code == 200
    assert second.json()["received_at"] == first.json()["received_at"]
    other = stack.call("POST", "requests", data=json.dumps(body | {"regulation": "ccpa"}))
    assert other.status_code == 409
    assert other.headers["Content-Type"].startswith("application/problem+json")


def test_a_whole_workspace_waits_for_approval(stack: Stack) -> None:
    scope = {"workspaces": ["free-lab"], "select": "workspace"}
    request_id = stack.submit(type="export", scope=scope)
    document = wait(stack, request_id)
    assert document["status"] == "awaiting_approval"
    approve = {"plan_hash": "0" * 64, "approver": "Ana Admin"}
    path = f"requests/{request_id}/approve"
    assert stack.call("POST", path, json=approve).status_code == 409
    approve["plan_hash"] = document["plan_hash"]
    assert stack.call("POST", path, json=approve).status_code == 200
    assert wait(stack, request_id)["status"] == "completed"
    assert stack.call("POST", path, json=approve).status_code == 409
    users = json.loads(download(stack, request_id).read("data/free-lab/users.json"))["users"]
    assert len(users) == len(stack.studio.workspaces["free-lab"].users)


def test_a_rejected_plan_touches_nothing(stack: Stack) -> None:
    scope = {"workspaces": ["free-lab"], "select": "workspace"}
    request_id = stack.submit(type="export", scope=scope)
    wait(stack, request_id)
    answer = stack.call(
        "POST", f"requests/{request_id}/reject", json={"approver": "Ana Admin", "reason": "no"}
    )
    assert answer.json()["status"] == "rejected"
    assert stack.call("GET", f"requests/{request_id}/package").status_code == 404


def test_named_assets_and_those_that_are_not_there(stack: Stack) -> None:
    ((dataset_id, _),) = stack.studio.workspaces["churn-lab"].named("airports.csv")
    assets = [f"churn-lab/dataset:{dataset_id}", "churn-lab/dataset:nope", "churn-lab/model:x"]
    request_id = stack.submit(type="export", scope={"select": "assets", "assets": assets})
    assert wait(stack, request_id)["status"] == "completed_with_exceptions"
    found = results(stack, request_id)
    assert found[assets[0]]["outcome"] == "exported"
    assert [found[a]["outcome"] for a in assets[1:]] == ["failed", "failed"]
    assert all(found[a]["error"] for a in assets[1:])


def test_plan_only_ends_with_the_plan(stack: Stack) -> None:
    request_id = stack.submit(type="export", subject=TOMAS, plan_only=True)
    document = wait(stack, request_id)
    assert (document["status"], document["counts"]["exported"]) == ("completed", 0)
    assert pages(stack, f"requests/{request_id}/plan")
    assert stack.call("GET", f"requests/{request_id}/package").status_code == 404


def test_metadata_only(stack: Stack) -> None:
    scope = {"workspaces": ["free-lab"], "include_data": False}
    request_id = stack.submit(type="export", subject=TOMAS, scope=scope)
    assert wait(stack, request_id)["status"] == "completed"
    datasets = [n for n in download(stack, request_id).names() if "/dataset/" in n]
    assert datasets
    assert all(n.endswith(".metadata.json") for n in datasets)


def test_list_filters_and_pages(stack: Stack, exported: Exported) -> None:
    request_id, _, _ = exported
    shown = stack.call("GET", "requests?status=completed_with_exceptions&type=export").json()
    assert request_id in {r["request_id"] for r in shown["items"]}
    assert {r["status"] for r in shown["items"]} == {"completed_with_exceptions"}
    times = [r["received_at"] for r in shown["items"]]
    assert times == sorted(times, reverse=True)
    late = stack.submit(
        type="export", submitted_at="2020-01-01T00:00:00Z", scope={"select": "workspace"}
    )
    wait(stack, late)
    overdue = stack.call("GET", "requests?overdue=true").json()["items"]
    assert [r["request_id"] for r in overdue] == [late]
    assert stack.call("GET", "requests?status=nonsense&overdue=maybe").status_code == 400
    assert stack.call("GET", "requests?page=0").status_code == 400
    assert stack.call("DELETE", f"requests/{late}").json()["status"] == "cancelled"
    assert stack.call("DELETE", f"requests/{late}").status_code == 409


BAD = {"type": "exprot", "subject": {"emails": ["no-mail"]}, "nonsense": 1}


def test_bad_input_is_one_400_that_names_each_field(stack: Stack) -> None:
    answer = stack.call("POST", "requests", data=json.dumps(BAD))
    assert answer.status_code == 400
    assert {e["pointer"] for e in answer.json()["errors"]} == {
        "/type",
        "/subject/emails/0",
        "/nonsense",
    }
    assert "no-mail" not in answer.text
    big = stack.call("POST", "requests", data=b'{"x": "' + b"a" * 300_000 + b'"}')
    assert big.status_code == 413


def _queue(stack: Stack, body: bytes) -> str:
    service = QueueServiceClient.from_connection_string(stack.azurite.connection_string)
    queue = service.get_queue_client("dsr-requests")
    message = queue.send_message(base64.b64encode(body).decode())
    return str(uuid.uuid5(uuid.NAMESPACE_OID, message.id))


def _appears(stack: Stack, request_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = stack.call("GET", f"requests/{request_id}")
        if answer.status_code == 200:
            document: dict[str, Any] = answer.json()
            return document
        time.sleep(0.1)
    raise AssertionError("the request never appeared")


def test_the_queue_takes_the_same_body(stack: Stack) -> None:
    body = {"type": "export", "subject": TOMAS, "scope": {"workspaces": ["guest-trial"]}}
    request_id = _queue(stack, json.dumps(body).encode())
    _appears(stack, request_id)
    assert wait(stack, request_id)["status"] == "completed"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (json.dumps(BAD).encode(), {"/type", "/subject/emails/0", "/nonsense"}),
        (b"{not json", {""}),
        (b'{"type": "export", "type": "export"}', {"/type"}),
        (json.dumps({"type": "delete", "approval": "automatic"}).encode(), {"/subject"}),
    ],
)
def test_a_refused_message_is_a_failed_request(
    stack: Stack, body: bytes, pointers: set[str]
) -> None:
    document = _appears(stack, _queue(stack, body))
    assert document["status"] == "failed"
    assert {p["pointer"] for p in document["problems"]} == pointers
    assert "no-mail" not in json.dumps(document)


def test_health_ready_workspaces_and_keys(stack: Stack) -> None:
    assert stack.host is not None
    base = f"{stack.host.url}/api"
    assert requests.get(f"{base}/health", timeout=10).json() == {"status": "ok"}
    assert requests.get(f"{base}/requests", timeout=10).status_code == 401
    in_url = requests.get(f"{base}/requests?code={stack.host.function_key}", timeout=10)
    assert in_url.status_code == 401
    assert stack.call("GET", "ready").json()["status"] == "ready"
    shown = stack.call("GET", "workspaces").text
    assert {w["name"] for w in json.loads(shown)["items"]} == set(stack.studio.workspaces)
    for workspace in stack.studio.workspaces.values():
        assert workspace.primary_token not in shown
    assert stack.call("GET", "requests/no-uuid").status_code == 400
    assert stack.call("GET", f"requests/{uuid.uuid4()}").status_code == 404
    assert stack.call("GET", "openapi.json").json()["openapi"].startswith("3.1")
