"""Identifiers, links, keys and poll addresses of Azure Machine Learning stand only where they may.

As `test_canaries` does for Studio (classic): everything stored, sent and logged is searched.
"""

import json
import logging
import time
import uuid
from typing import Any

import pytest
import requests

from sandbox.arm import SandboxArm
from sandbox.azureml import SandboxAzureMl, forecast
from sandbox.azureml.sample.people import TOMAS
from sandbox.azurite import KEY, Azurite
from sandbox.host.local_host import LocalHost
from sandbox.stack import app_settings
from sandbox.studio import SandboxStudio
from tests.faults.searching import decoded, everything, hosted, logged

WORDS = "Quaint words of a note, zebra-4712"
APPROVER = "pat.approver@example.org"
HIM = {
    "emails": [TOMAS.address],
    "object_ids": [TOMAS.object_id],
    "names": [TOMAS.name],
    "aliases": ["t-user"],
}
ASSETS = ("brave_lamp_k2x7", "demand-model", "train-data", "tomas-ci1")
SECRET = "placeholder"
"""What every key and secret of the sample begins with."""


def ask(host: LocalHost, method: str, path: str, **body: Any) -> requests.Response:
    headers = {"x-functions-key": host.keys.function}
    url = f"{host.url}/api/{path}"
    return requests.request(method, url, json=body or None, headers=headers, timeout=30)


def until(host: LocalHost, request_id: str, *states: str) -> Any:
    deadline = time.monotonic() + 240
    while (document := ask(host, "GET", f"requests/{request_id}").json())["status"] not in states:
        assert time.monotonic() < deadline, document
        time.sleep(0.1)
    return document


def export(host: LocalHost, arm: SandboxArm, answers: list[str]) -> str:
    """Export what is Tomas', a job's list of files failing once."""
    arm.faults.add({"match": "GET .*/models/.*/versions", "times": 1, "status": 500})
    request_id = str(uuid.uuid4())
    scope = {"include_weak": True}
    assert ask(
        host, "POST", "requests", request_id=request_id, type="export", subject=HIM, scope=scope
    ).ok
    ended = until(host, request_id, "completed", "completed_with_exceptions", "failed")
    assert ended["counts"]["exported"] > 10
    answers.append(json.dumps(ended))
    return request_id


def delete(host: LocalHost, arm: SandboxArm, answers: list[str]) -> str:
    """Delete what is Tomas', a model's delete refused once, then a retry."""
    arm.faults.add({"match": "^DELETE .*/models/", "times": 1, "status": 403})
    request_id = str(uuid.uuid4())
    scope = {"delete_data_assets": True}
    assert ask(
        host, "POST", "requests", request_id=request_id, type="delete", subject=HIM, scope=scope
    ).ok
    planned = until(host, request_id, "awaiting_approval")
    approval = {"plan_hash": planned["plan_hash"], "approver": APPROVER, "note": WORDS}
    assert ask(host, "POST", f"requests/{request_id}/approve", **approval).ok
    ended = until(host, request_id, "completed_with_exceptions")
    assert ended["counts"]["failed"] == 1
    answers.append(json.dumps(ended))
    assert ask(host, "POST", f"requests/{request_id}/retry").ok
    ended = until(host, request_id, "completed", "completed_with_exceptions")
    assert ended["counts"]["failed"] == 0
    assert ended["counts"]["deleted"] > 8
    answers.append(json.dumps(ended))
    return request_id


@pytest.mark.parametrize("what", ["export", "delete"])
def test_canaries_stand_only_where_they_may(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wire: list[bytes], what: str
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("azure").setLevel(logging.INFO)  # as the worker's root logger has it
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    workspace = forecast()
    people = {v for p in workspace.people for v in (p.object_id, p.name, p.address)}
    told = people | {v for values in HIM.values() for v in values} | {WORDS, APPROVER, *ASSETS}
    marks = sorted(value.lower().encode() for value in told)
    with (
        Azurite() as azurite,
        Azurite(accounts=[workspace.storage_account]) as customers,
        SandboxStudio([]) as studio,
        SandboxAzureMl([workspace], storage=customers.connection_strings()) as ml,
        SandboxArm([], services=(), plans=(), azureml=ml) as arm,
    ):
        settings = app_settings(azurite.connection_string, studio, arm, ml)
        settings |= {"DSR_RETRY_SECONDS": "0"}
        answers: list[str] = []
        with hosted(monkeypatch, settings) as host:
            act = export if what == "export" else delete
            request_id = act(host, arm, answers)
        found = everything(azurite)
        polls = [o.parameters for o in ml.operations._operations.values()]
    messages = b"\n".join(decoded(body) for body in wire)
    log = logged(caplog)
    shown = "\n".join(answers)
    assert b'"request"' in messages
    assert request_id in log
    ledger, package = f"dsr-ledger/requests/{request_id}/", f"dsr-exports/{request_id}.zip"
    holders = {n for n, data in found.items() if any(m in data.lower() for m in marks)}
    assert any(name.startswith(ledger) for name in holders)
    assert {name for name in holders if not name.startswith((ledger, package))} == set()
    assert f"{ledger}status.json" not in holders
    for mark in marks:
        assert mark not in messages.lower()
        assert mark not in shown.lower().encode()
        # the debug log of the storage client names the customer's blobs; the app's own does not
        assert mark not in _own(caplog).lower().encode()

    assert bool(polls) == (what == "delete")
    kept: set[str] = set()
    for parameters in polls:
        for secret in (parameters[name] for name in ("c", "s", "h")):
            held = {n for n, data in found.items() if secret.encode() in data}
            assert all(n.startswith((f"{ledger}intents/", f"{ledger}results/")) for n in held)
            kept |= held
            assert secret not in log
            assert secret not in shown
            assert secret.encode() not in messages
    assert bool(kept) == bool(polls), "an operation under way is in the ledger, to be followed"
    for secret in (KEY, SECRET, settings["DSR_HASH_KEY"], settings["DSR_SIGNING_KEY"]):
        assert {n for n, data in found.items() if secret.encode() in data} == set()
        assert secret not in log
        assert secret.encode() not in messages
    # a link to bytes that somebody could use: a signature that is not redacted
    assert {n for n, d in found.items() if b"sig=" in d and b"sig=[redacted" not in d} == set()
    assert "sig=" not in log


def _own(caplog: pytest.LogCaptureFixture) -> str:
    others = ("urllib3", "azure")
    return "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith(others))
