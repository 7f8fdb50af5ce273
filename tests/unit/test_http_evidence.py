"""The routes of the evidence: certificate, audit chain, key."""

import json

import jwt
import pytest

from dsr.services.signing import KeySigner
from tests.fakes.functions import App
from tests.fakes.rig import REQUEST_ID, SIGNER
from tests.fakes.sample import SUBJECT, rig
from tests.fakes.signing_keys import key


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App:
    made = rig()
    made.submit(subject=SUBJECT)
    made.pump()
    return App(monkeypatch, made)


def test_the_certificate_is_a_jws_that_any_library_reads(app: App):
    answer = app.http("get_certificate", id=REQUEST_ID)
    assert answer.status_code == 200
    assert answer.mimetype == "application/jose"
    assert answer.headers["Cache-Control"] == "no-store"
    (shown,) = json.loads(app.http("keys").get_body())["keys"]
    token = answer.get_body().decode()
    assert jwt.get_unverified_header(token)["kid"] == shown["kid"]
    claims = jwt.decode(
        token, jwt.PyJWK(shown).key, algorithms=["EdDSA"], options={"verify_iat": False}
    )
    assert claims["request_id"] == REQUEST_ID


def test_the_newest_certificate_is_the_one_that_is_given(monkeypatch: pytest.MonkeyPatch):
    from dataclasses import replace

    made = rig()
    made.submit(subject=SUBJECT)
    made.pump()
    made.evidence.create(f"{REQUEST_ID}/certificate-2.jws", b"a.b.c")
    made.ports.ledger.update(REQUEST_ID, lambda r: replace(r, certificates=2))
    assert App(monkeypatch, made).http("get_certificate", id=REQUEST_ID).get_body() == b"a.b.c"


def test_the_audit_chain_is_a_line_an_event(app: App):
    answer = app.http("get_audit", id=REQUEST_ID)
    assert answer.status_code == 200
    assert answer.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.get_body().splitlines()]
    assert lines[0]["event"] == "received"
    assert lines[-1]["event"] == "completed"


def test_the_key_set_is_public_and_empty_without_a_key(monkeypatch: pytest.MonkeyPatch):
    made = rig()
    app = App(monkeypatch, made)
    answer = app.http("keys")
    assert json.loads(answer.get_body()) == SIGNER.jwks()
    assert answer.mimetype == "application/json"
    made.with_ports(signer=KeySigner(key("rsa")))
    assert json.loads(app.http("keys").get_body())["keys"][0]["alg"] == "RS256"
    made.with_ports(signer=None)
    assert json.loads(app.http("keys").get_body()) == {"keys": []}


@pytest.mark.parametrize("name", ["get_certificate", "get_audit"])
def test_what_is_not_there_is_a_404_that_says_why(monkeypatch: pytest.MonkeyPatch, name: str):
    made = rig()
    app = App(monkeypatch, made)
    assert app.http(name, id=REQUEST_ID).status_code == 404
    made.submit(subject=SUBJECT)
    answer = app.http(name, id=REQUEST_ID)
    assert answer.status_code == 404
    assert "yet" in json.loads(answer.get_body())["detail"]
    assert app.http(name, id="4711").status_code == 400


def test_the_description_knows_the_three_routes(app: App):
    paths = json.loads(app.http("openapi").get_body())["paths"]
    shown = paths["/requests/{id}/certificate"]["get"]["responses"]
    assert list(shown["200"]["content"]) == ["application/jose"]
    shown = paths["/requests/{id}/audit"]["get"]["responses"]
    assert list(shown["200"]["content"]) == ["application/x-ndjson"]
    assert paths["/keys"]["get"]["security"] == []
