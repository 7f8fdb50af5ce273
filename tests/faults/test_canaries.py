"""Identifiers and secrets stand only where they may: canaries, and a search of everything."""

import json
import logging
import time
import uuid
from typing import Any

import jwt
import pytest
import requests

from sandbox.azurite import Azurite
from sandbox.host.local_host import LocalHost
from sandbox.stack import app_settings
from sandbox.studio import SandboxStudio, Workspace, sample_workspaces
from tests.client import TOMAS
from tests.faults.searching import decoded, everything, hosted, logged

WORDS = "Quaint words of a reason, zebra-4711"
APPROVER = "pat.approver@example.org"
SCOPE = {"workspaces": ["free-lab"]}
REFUSED = [
    {"type": "export", "subject": {"emails": ["tomas.user-at-example.org", "t-user"]}},
    {"type": "export", "subject": TOMAS, "scope": {"workspaces": ["Tomas User"]}},
]


def canaries(workspaces: list[Workspace]) -> list[bytes]:
    """Give everything that identifies somebody: the subject, every user, every dataset's name."""
    found = {value for values in TOMAS.values() for value in values}
    for workspace in workspaces:
        found |= {v for u in workspace.users for v in (u.email, u.name, u.user_id)}
    found |= {"airports.csv", "seattle-weather.tsv", "Churn training"}
    return sorted(value.lower().encode() for value in found)


@pytest.mark.parametrize("what", ["export", "delete"])
def test_canaries_stand_only_where_they_may(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wire: list[bytes], what: str
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("azure").setLevel(logging.INFO)  # as the worker's root logger has it
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    workspaces = list(sample_workspaces())
    marks = [*canaries(workspaces), WORDS.lower().encode(), APPROVER.encode()]
    secrets = [t for w in workspaces for t in (w.primary_token, w.secondary_token)]
    with Azurite() as azurite, SandboxStudio(workspaces) as studio:
        settings = app_settings(azurite.connection_string, studio) | {
            "DSR_RETRY_SECONDS": "0",
            "AzureWebJobs.sweep.Disabled": "true",  # a sweep would repeat what is to fail
        }
        answers: list[str] = []
        with hosted(monkeypatch, settings) as host:
            act = exercise if what == "export" else erase
            request_id = act(host, studio, answers)
        found = everything(azurite)
    messages = b"\n".join(decoded(body) for body in wire)
    log = logged(caplog)
    shown = "\n".join(answers)
    assert b'"request"' in messages
    assert request_id in log
    for mark in marks:
        assert mark not in messages.lower()
        assert mark not in log.lower().encode()
        assert mark not in shown.lower().encode()

    ledger, package = f"dsr-ledger/requests/{request_id}/", f"dsr-exports/{request_id}.zip"
    holders = {n for n, data in found.items() if any(m in data.lower() for m in marks)}
    assert any(name.startswith(ledger) for name in holders), "the canaries are in the ledger"
    may = (ledger, package) if what == "export" else (ledger, "dsr-ledger/holds/")
    assert {name for name in holders if not name.startswith(may)} == set()
    assert f"{ledger}status.json" not in holders
    containers = {name.partition("/")[0] for name in found}
    assert containers - {"dsr-exports"} == {"dsr-ledger", "dsr-evidence"}
    assert ("dsr-exports" in containers) == (what == "export")

    evidence = f"dsr-evidence/{request_id}/"
    proofs = {n.removeprefix(evidence): d for n, d in found.items() if n.startswith(evidence)}
    events = (b"package_issued",) if what == "export" else (b"approved", b"deleted", b"retried")
    assert all(event in proofs["audit.ndjson"] for event in events)
    numbers = range(1, 2 if what == "export" else 3)
    assert set(proofs) == {"audit.ndjson", *(f"certificate-{n}.jws" for n in numbers)}
    proved = proofs["audit.ndjson"]
    for number in numbers:
        certificate = proofs[f"certificate-{number}.jws"].rpartition(b"}")[2]  # behind its metadata
        stated = jwt.decode(certificate, options={"verify_signature": False})
        assert stated["request_id"] == request_id
        proved += json.dumps(stated, ensure_ascii=False).encode()
    assert [mark for mark in marks if mark in proved.lower()] == []

    account_key = settings["DsrStorage"].split("AccountKey=")[1].split(";")[0]
    signing_key = settings["DSR_SIGNING_KEY"].split("\\n")[1]
    for secret in (*secrets, account_key, settings["DSR_HASH_KEY"], signing_key):
        assert {n for n, data in found.items() if secret.encode() in data} == set()
        assert secret not in log
        assert secret.encode() not in messages
    # a link to bytes that somebody could use: a signature that is not redacted
    assert {n for n, d in found.items() if b"sig=" in d and b"sig=[redacted" not in d} == set()
    assert "sig=" not in log


def exercise(host: LocalHost, studio: SandboxStudio, answers: list[str]) -> str:
    """Run an export in which things go wrong too, and every way of being refused."""
    base, headers = f"{host.url}/api", {"x-functions-key": host.keys.function}
    studio.faults.add(
        {"match": "GET /api/workspaces/[0-9a-f]+/datasources/.+", "times": 9, "status": 500}
    )
    studio.faults.add(
        {"match": "GET /api/workspaces/[0-9a-f]+/experiments/.+", "times": 1, "status": 401}
    )
    request_id = str(uuid.uuid4())
    body = {
        "request_id": request_id,
        "type": "export",
        "subject": TOMAS,
        "scope": {"include_weak": True},
    }
    for bad in REFUSED:
        answer = requests.post(f"{base}/requests", json=bad, headers=headers, timeout=30)
        assert answer.status_code == 400
        answers.append(answer.text)
    assert requests.post(f"{base}/requests", json=body, headers=headers, timeout=30).ok
    deadline = time.monotonic() + 180
    while True:
        answer = requests.get(f"{base}/requests/{request_id}", headers=headers, timeout=30)
        if answer.json()["status"] not in ("received", "planning", "running", "verifying"):
            break
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    assert answer.json()["status"].startswith("completed"), answer.text
    answers.append(answer.text)
    shown = requests.get(f"{base}/requests/{request_id}/package", headers=headers, timeout=30)
    assert shown.ok
    conflict = {**body, "regulation": "ccpa"}
    answer = requests.post(f"{base}/requests", json=conflict, headers=headers, timeout=30)
    assert answer.status_code == 409
    answers.append(answer.text)
    return request_id


def erase(host: LocalHost, studio: SandboxStudio, answers: list[str]) -> str:
    """Run a delete with a hold, an approval in free words, a failure, and a retry of it."""
    base, headers = f"{host.url}/api", {"x-functions-key": host.keys.function}

    def call(method: str, path: str, **body: Any) -> Any:
        url = f"{base}/{path}"
        return requests.request(method, url, json=body or None, headers=headers, timeout=30)

    def until(*states: str) -> Any:
        deadline = time.monotonic() + 180
        while (document := call("GET", f"requests/{request_id}").json())["status"] not in states:
            assert time.monotonic() < deadline, document
            time.sleep(0.1)
        answers.append(json.dumps(document))
        return document

    request_id = str(uuid.uuid4())
    assert call(
        "POST", "requests", request_id=request_id, type="delete", subject=TOMAS, scope=SCOPE
    ).ok
    planned = until("awaiting_approval")
    plan = call("GET", f"requests/{request_id}/plan").json()["items"]
    held = next(e["asset"] for e in plan if e["action"] == "delete" and "/dataset:" in e["asset"])
    assert call("PUT", "holds/case-7", workspace="free-lab", assets=[held], reason=WORDS).ok
    studio.faults.add({"match": "^DELETE .*/experiments/", "times": 1, "status": 403})
    approval = {"plan_hash": planned["plan_hash"], "approver": APPROVER, "note": WORDS}
    include = [e["asset"] for e in plan if e["action"] == "review"]
    wrong = call("POST", f"requests/{request_id}/approve", **approval, include=[WORDS])
    assert wrong.status_code == 400
    answers.append(wrong.text)
    assert call("POST", f"requests/{request_id}/approve", **approval, include=include).ok
    ended = until("completed_with_exceptions")
    assert ended["counts"]["failed"] == 1
    assert ended["counts"]["retained"] >= 1
    assert call("POST", f"requests/{request_id}/retry").ok
    ended = until("completed_with_exceptions")
    assert ended["counts"]["failed"] == 0
    assert ended["counts"]["deleted"] >= 2
    return request_id
