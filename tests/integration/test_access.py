"""Access and legal holds over the local host: function keys alone, and app roles as well."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.stack import Stack
from tests.client import TOMAS, wait
from tests.fakes.principals import ALICE, BOB, HEADER, signed_in

HOLD = {"workspace": "churn-lab", "assets": "all", "reason": "case 4711"}
ASKED = {"type": "export", "subject": TOMAS, "approval": "required"}


@pytest.fixture(scope="module")
def entra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose callers have to sign in; the tests stand for App Service authentication."""
    log: Path = tmp_path_factory.mktemp("entra") / "host.log"
    settings = {"DSR_ACCESS": "entra", "WEBSITE_AUTH_ENABLED": "True", "DSR_RETRY_SECONDS": "0"}
    with Stack(log=log, max_poll=0.7, extra_settings=settings) as running:
        yield running


def detail(answer: requests.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    return str(answer.json()["detail"])


def test_with_keys_the_key_decides_and_a_forged_sign_in_does_nothing(stack: Stack) -> None:
    assert stack.host is not None
    url = f"{stack.host.url}/api/requests"
    forged = signed_in("Dsr.Submit", "Dsr.Approve", "Dsr.Read")
    assert requests.get(url, headers=forged, timeout=60).status_code == 401
    key = {"x-functions-key": stack.host.function_key}
    for headers in (key, key | forged, key | signed_in(), key | {HEADER: "junk"}):
        assert requests.get(url, headers=headers, timeout=60).status_code == 200


def test_with_keys_the_approver_is_what_the_body_says(stack: Stack) -> None:
    request_id = stack.submit(**ASKED)
    approval: dict[str, Any] = {"plan_hash": wait(stack, request_id)["plan_hash"]}
    path = f"requests/{request_id}/approve"
    answer = stack.call("POST", path, data=json.dumps(approval), headers=signed_in("Dsr.Approve"))
    assert "/approver" in detail(answer, 400)
    approval["approver"] = "dpo@example.org"
    assert stack.call("POST", path, data=json.dumps(approval)).status_code == 200
    assert wait(stack, request_id)["status"] == "completed_with_exceptions"


def test_a_hold_is_put_listed_and_removed(stack: Stack) -> None:
    body = json.dumps(HOLD)
    assert stack.call("PUT", "holds/case-4711", data=body).status_code == 201
    assert stack.call("PUT", "holds/case-4711", data=body).status_code == 200
    held = HOLD | {"name": "case-4711", "until": None, "expired": False}
    assert stack.call("GET", "holds").json() == {"items": [held]}
    gone = stack.call("DELETE", "holds/case-4711")
    assert (gone.status_code, gone.content) == (204, b"")
    assert "no hold" in detail(stack.call("DELETE", "holds/case-4711"), 404)
    assert stack.call("GET", "holds").json() == {"items": []}
    refused = stack.call("PUT", "holds/case%204711", data=json.dumps({"workspace": "attic"}))
    detail(refused, 400)
    assert {e["pointer"] for e in refused.json()["errors"]} == {
        "/name",
        "/workspace",
        "/assets",
        "/reason",
    }


def test_with_entra_a_request_goes_through_the_hands_of_three_roles(entra: Stack) -> None:
    submit, approve, read = (signed_in(f"Dsr.{r}") for r in ("Submit", "Approve", "Read"))
    body = json.dumps(ASKED)
    assert "Dsr.Submit" in detail(entra.call("POST", "requests", data=body, headers=read), 403)
    accepted = entra.call("POST", "requests", data=body, headers=submit)
    assert accepted.status_code == 202
    path = accepted.headers["Location"].removeprefix("/api/")
    assert "Dsr.Read" in detail(entra.call("GET", path, headers=submit), 403)
    status = entra.call("GET", path, headers=read).json()
    while status["status"] != "awaiting_approval":
        assert status["status"] in ("received", "planning")
        status = entra.call("GET", path, headers=read).json()
    approval = json.dumps({"plan_hash": status["plan_hash"]})
    for headers in (submit, read):
        refused = entra.call("POST", f"{path}/approve", data=approval, headers=headers)
        assert "Dsr.Approve" in detail(refused, 403)
    done = entra.call("POST", f"{path}/approve", data=approval, headers=approve)
    assert (done.status_code, done.json()["status"]) == (200, "running")
    assert entra.call("DELETE", path, headers=submit).status_code == 200


def test_with_entra_the_key_is_needed_all_the_same(entra: Stack) -> None:
    assert entra.host is not None
    url = f"{entra.host.url}/api/requests"
    assert requests.get(url, headers=signed_in("Dsr.Read"), timeout=60).status_code == 401
    for route in ("health", "keys"):  # without a token as well
        assert requests.get(f"{entra.host.url}/api/{route}", timeout=60).status_code == 200


@pytest.mark.parametrize("header", ["", "junk", "e30=", "bnVsbA==", "é"])
def test_with_entra_a_header_that_is_no_sign_in_is_401(entra: Stack, header: str) -> None:
    answer = entra.call("GET", "requests", headers={HEADER: header.encode()})
    assert "sign" in detail(answer, 401)


def test_with_entra_holds_are_the_approvers(entra: Stack) -> None:
    body = json.dumps(HOLD)
    for headers in (signed_in("Dsr.Submit"), signed_in("Dsr.Read")):
        detail(entra.call("PUT", "holds/h", data=body, headers=headers), 403)
        detail(entra.call("DELETE", "holds/h", headers=headers), 403)
    approve = signed_in("Dsr.Approve", who=BOB)
    assert entra.call("PUT", "holds/h", data=body, headers=approve).status_code == 201
    listed = entra.call("GET", "holds", headers=signed_in("Dsr.Read")).json()["items"]
    assert [hold["name"] for hold in listed] == ["h"]
    assert entra.call("DELETE", "holds/h", headers=approve).status_code == 204


def test_nobody_is_named_in_the_log(entra: Stack) -> None:
    entra.call("GET", "requests", headers=signed_in("Dsr.Read"))
    log = entra.log.read_text("utf-8")
    assert "hold h put by " in log
    assert [who for who in (ALICE, BOB, "alice@example.org") if who in log] == []


def test_without_app_service_authentication_only_health_answers(entra: Stack) -> None:
    assert entra.host is not None
    entra.host.start({"WEBSITE_AUTH_ENABLED": "False"})
    try:
        everything = signed_in("Dsr.Submit", "Dsr.Approve", "Dsr.Read")
        for path in ("requests", "workspaces", "holds", "openapi.json", "ready"):
            assert "authentication is off" in detail(
                entra.call("GET", path, headers=everything), 503
            )
        assert entra.call("GET", "health").status_code == 200
    finally:
        entra.host.start()
