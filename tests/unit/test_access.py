"""Access over the handlers: which role each function needs, and what nobody gets in with."""

import base64
import json
from dataclasses import replace
from typing import Any

import azure.functions as func
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.errors import Forbidden, Invalid
from dsr.model.caller import Caller, Role
from dsr.model.request import DsrRequest
from dsr.usecases import deciding, intake
from handlers._access import POLICY
from tests.fakes.functions import App, functions
from tests.fakes.principals import ALICE, BOB, HEADER, document, encoded, signed_in
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import SUBJECT
from tests.fakes.sample import rig as made_up_rig
from tests.unit.test_caller import HEADERS

BODY = {"request_id": REQUEST_ID, "type": "export", "subject": SUBJECT, "approval": "required"}
HTTP = sorted(n for n, f in functions().items() if f.is_http_function())
GUARDED = [name for name in HTTP if POLICY[name] is not None]
CHECKED = [name for name in HTTP if name != "health"]


@pytest.fixture
def rig() -> Rig:
    return made_up_rig()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> App:
    return App(monkeypatch, rig)


def entra(rig: Rig, **changes: Any) -> None:
    rig.with_ports(**({"access": "entra", "signs_in": True} | changes))


def call(app: App, name: str, headers: dict[str, str], body: bytes = b"{}") -> func.HttpResponse:
    return app.http(name, body, headers=headers, id=REQUEST_ID)


def shown(response: func.HttpResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.get_body())
    return found


def waiting(app: App, rig: Rig, who: str = ALICE, **changes: Any) -> bytes:
    """Have a request of somebody wait for approval; give the body that approves it."""
    response = app.http(
        "submit_request", json.dumps(BODY | changes).encode(), headers=signed_in(*Role, who=who)
    )
    assert response.status_code == 202
    rig.pump()
    return json.dumps({"plan_hash": rig.status()["plan_hash"]}).encode()


def become_delete(rig: Rig) -> None:
    rig.ports.ledger.update(REQUEST_ID, lambda r: replace(r, type="delete"))


def decisions(rig: Rig) -> list[dict[str, Any]]:
    return [json.loads(b.data) for n, b in rig.ledger.blobs.items() if "/decisions/" in n]


def events(rig: Rig) -> list[dict[str, Any]]:
    data = rig.evidence.blobs[f"{REQUEST_ID}/audit.ndjson"].data
    return [json.loads(line) for line in data.splitlines()]


# The policy


def test_every_http_function_has_its_row_and_there_is_no_other():
    assert set(POLICY) == set(HTTP)


@pytest.mark.parametrize("name", HTTP)
def test_the_role_follows_from_method_and_route(name: str):
    trigger = functions()[name].get_trigger().get_dict_repr()
    (method,) = (m.value for m in trigger["methods"])
    route = trigger["route"]
    decides = route.endswith(("/approve", "/reject")) or route.startswith("holds/")
    expected = Role.APPROVE if decides else Role.READ if method == "GET" else Role.SUBMIT
    assert POLICY[name] == (None if route in ("health", "keys", "console") else expected)


# Entra


@pytest.mark.parametrize("name", GUARDED)
def test_the_role_of_a_function_lets_in_and_the_others_do_not(app: App, rig: Rig, name: str):
    entra(rig)
    needed = POLICY[name]
    others = [role for role in Role if role != needed]
    refused = call(app, name, signed_in(*others))
    assert refused.status_code == 403
    assert f"the app role {needed};" in shown(refused)["detail"]
    assert ALICE not in refused.get_body().decode()
    assert "alice" not in refused.get_body().decode()
    assert call(app, name, signed_in(str(needed))).status_code not in (401, 403, 503)


@pytest.mark.parametrize("name", GUARDED)
def test_without_a_sign_in_nobody_gets_in(app: App, rig: Rig, name: str):
    entra(rig)
    for headers in ({}, {HEADER: ""}, {HEADER: "x"}, {"X-MS-CLIENT-PRINCIPAL-NAME": "alice"}):
        response = call(app, name, headers)
        assert response.status_code == 401
        assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize("name", CHECKED)
def test_without_app_service_authentication_entra_lets_nobody_in(app: App, rig: Rig, name: str):
    entra(rig, signs_in=False)
    response = call(app, name, signed_in(*Role))
    assert response.status_code == 503
    assert shown(response)["detail"].startswith("DSR_ACCESS: is entra, but App Service")


def test_health_answers_in_every_mode(app: App, rig: Rig):
    for changes in ({}, {"access": "entra"}, {"access": "entra", "signs_in": True}):
        rig.with_ports(**changes)
        assert call(app, "health", {}).status_code == 200


@pytest.mark.parametrize("name", GUARDED)
def test_the_header_counts_in_any_case_of_letters(app: App, rig: Rig, name: str):
    entra(rig)
    header = signed_in(*Role)[HEADER]
    for spelled in (HEADER.lower(), HEADER.title()):
        assert call(app, name, {spelled: header}).status_code not in (401, 403, 503)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=HEADERS, name=st.sampled_from(GUARDED))
def test_no_header_gives_a_500_or_access_without_the_role(
    app: App, rig: Rig, header: str, name: str
):
    entra(rig)
    response = call(app, name, {HEADER: header})
    assert response.status_code < 500
    if response.status_code not in (401, 403):
        claims = json.loads(base64.b64decode(header))["claims"]
        assert POLICY[name] in {c["val"] for c in claims}


def test_a_key_in_the_url_is_refused_before_who_it_is_is_asked(app: App, rig: Rig):
    entra(rig)
    response = app.http("get_request", params={"code": "k"}, id=REQUEST_ID)
    assert (response.status_code, "x-functions-key" in shown(response)["detail"]) == (401, True)


# Keys


@pytest.mark.parametrize("name", CHECKED)
def test_with_keys_the_header_is_not_looked_at(app: App, rig: Rig, name: str):
    plain = call(app, name, {})
    for header in (signed_in(), signed_in(*Role), {HEADER: "junk"}):
        forged = call(app, name, header)
        assert (forged.status_code, forged.get_body()) == (plain.status_code, plain.get_body())
    assert plain.status_code not in (401, 403)


def test_with_keys_a_forged_principal_changes_nothing_that_is_kept(app: App, rig: Rig):
    body = json.loads(waiting(app, rig, who=ALICE))
    assert rig.ports.ledger.load(REQUEST_ID).submitted_by == ""
    refused = call(app, "approve_request", signed_in(*Role, who=BOB), json.dumps(body).encode())
    assert [e["pointer"] for e in shown(refused)["errors"]] == ["/approver"]
    body["approver"] = "dpo"
    done = call(app, "approve_request", signed_in(*Role, who=BOB), json.dumps(body).encode())
    assert done.status_code == 200
    assert rig.ports.ledger.load(REQUEST_ID).approver_assurance == "claimed"
    (kept,) = decisions(rig)
    assert (kept["approver"], kept["assurance"]) == ("dpo", "claimed")
    everything = b"".join(
        b.data for b in (*rig.ledger.blobs.values(), *rig.evidence.blobs.values())
    )
    assert BOB.encode() not in everything
    assert ALICE.encode() not in everything


# Who approved


def test_the_approver_is_who_signed_in_and_the_body_is_free_text(app: App, rig: Rig):
    entra(rig)
    body = json.loads(waiting(app, rig)) | {"approver": "the dpo", "note": "seen"}
    done = call(app, "approve_request", signed_in(*Role, who=BOB), json.dumps(body).encode())
    assert done.status_code == 200
    record = rig.ports.ledger.load(REQUEST_ID)
    assert record.approver_assurance == "authenticated"
    (kept,) = decisions(rig)
    assert kept["approver"].endswith(f"/{BOB}")
    assert (kept["said_approver"], kept["assurance"]) == ("the dpo", "authenticated")
    (event,) = (e for e in events(rig) if e["event"] == "approved")
    assert event["detail"]["assurance"] == "authenticated"
    assert event["detail"]["approver"] == rig.ports.fingerprints.principal(kept["approver"])
    assert event["detail"]["approver"] != record.submitted_by
    assert BOB not in json.dumps([event, record.to_json()])


def test_who_signed_in_may_leave_the_approver_out_of_both_decisions(app: App, rig: Rig):
    entra(rig)
    waiting(app, rig)
    done = call(app, "reject_request", signed_in("Dsr.Approve", who=BOB), b"{}")
    assert (done.status_code, shown(done)["status"]) == (200, "rejected")
    (kept,) = decisions(rig)
    assert kept["approver"].endswith(f"/{BOB}")
    assert rig.ports.ledger.load(REQUEST_ID).approver_assurance == ""


def test_nobody_approves_a_delete_that_they_submitted(app: App, rig: Rig):
    entra(rig)
    body = waiting(app, rig, who=ALICE)
    become_delete(rig)
    refused = call(app, "approve_request", signed_in(*Role, who=ALICE), body)
    assert refused.status_code == 403
    assert "somebody else has to approve" in shown(refused)["detail"]
    assert decisions(rig) == []
    assert rig.status()["status"] == "awaiting_approval"
    assert call(app, "approve_request", signed_in(*Role, who=BOB), body).status_code == 200


def test_an_export_may_be_approved_by_who_submitted_it(app: App, rig: Rig):
    entra(rig)
    body = waiting(app, rig, who=ALICE)
    assert call(app, "approve_request", signed_in(*Role, who=ALICE), body).status_code == 200


def test_one_object_id_in_two_tenants_is_two_principals(app: App, rig: Rig):
    entra(rig)
    body = waiting(app, rig, who=ALICE)
    become_delete(rig)
    other = document(*Role, who=ALICE, tenant=BOB)
    assert call(app, "approve_request", {HEADER: encoded(other)}, body).status_code == 200


def test_a_delete_that_nobody_signed_in_for_may_be_approved_by_anyone_who_may(app: App, rig: Rig):
    rig.submit(subject=SUBJECT, approval="required")
    rig.pump()
    become_delete(rig)
    entra(rig)
    body = json.dumps({"plan_hash": rig.status()["plan_hash"]}).encode()
    assert call(app, "approve_request", signed_in("Dsr.Approve"), body).status_code == 200


def test_the_rule_is_the_use_cases_own(rig: Rig):
    caller = Caller("t/alice", "a" * 64, "authenticated")
    intake.submit(rig.ports, json.dumps(BODY).encode(), caller=caller)
    assert rig.ports.ledger.load(REQUEST_ID).submitted_by == "a" * 64
    rig.pump()
    become_delete(rig)
    body = json.dumps({"plan_hash": rig.status()["plan_hash"]}).encode()
    with pytest.raises(Forbidden):
        deciding.approve(rig.ports, REQUEST_ID, body, caller)


def test_what_was_submitted_stays_with_who_submitted_it_first(app: App, rig: Rig):
    entra(rig)
    waiting(app, rig, who=ALICE)
    first = rig.ports.ledger.load(REQUEST_ID).submitted_by
    again = call(app, "submit_request", signed_in(*Role, who=BOB), json.dumps(BODY).encode())
    assert again.status_code == 200
    assert rig.ports.ledger.load(REQUEST_ID).submitted_by == first


# Automatic approval of deletes


@pytest.mark.parametrize("by_queue", [False, True])
@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("approval", [None, "required", "automatic"])
@pytest.mark.parametrize("kind", ["export", "delete"])
def test_only_http_and_only_where_allowed_a_delete_approves_itself(
    kind: str, approval: str | None, allowed: bool, by_queue: bool
):
    request = DsrRequest.model_validate({"type": kind, "approval": approval})
    refused = kind == "delete" and approval == "automatic" and (by_queue or not allowed)
    if not refused:
        intake.check_approval(request, by_queue, allowed)
        return
    with pytest.raises(Invalid) as caught:
        intake.check_approval(request, by_queue, allowed)
    (problem,) = caught.value.problems
    assert problem.pointer == "/approval"
    assert ("DSR_ALLOW_AUTOMATIC_APPROVAL" in problem.detail) == (not by_queue)


@pytest.mark.parametrize("by_queue", [False, True])
def test_intake_asks_the_rule_what_it_has_to(rig: Rig, monkeypatch, by_queue: bool):
    asked = []
    monkeypatch.setattr(intake, "check_approval", lambda r, *given: asked.append(given))
    rig.with_ports(allow_automatic_approval=True)
    body = json.dumps({"type": "export", "subject": SUBJECT}).encode()
    if by_queue:
        intake.submit_message(rig.ports, body, "m-1")
    else:
        intake.submit(rig.ports, body)
    assert asked == [(by_queue, True)]
