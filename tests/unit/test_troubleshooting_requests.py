"""Messages of docs/troubleshooting.md that callers get from the routes."""

import json
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError

from dsr.storage.account import account_answers
from tests.fakes.functions import App
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import SUBJECT
from tests.fakes.sample import rig as made_up_rig
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World, answered

SAYS = Provokers()
BODY: dict[str, Any] = {"request_id": REQUEST_ID, "type": "export", "subject": SUBJECT}
OTHER_ID = "00000000-1111-4222-8333-444444444444"


def an_app(world: World, **changes: Any) -> tuple[App, Rig]:
    """Give an app with a request in it, which nothing has worked on yet."""
    rig = made_up_rig()
    app = App(world.monkeypatch, rig)
    assert app.http("submit_request", json.dumps(BODY | changes).encode()).status_code == 202
    return app, rig


def sent(body: bytes) -> Provoker:
    """Submit a body."""

    def provoke(world: World) -> list[Said]:
        app = App(world.monkeypatch, made_up_rig())
        return answered(app.http("submit_request", body))

    return provoke


def submitted(**changes: Any) -> Provoker:
    """Submit a request with changes."""
    return sent(json.dumps(BODY | changes).encode())


def asked(name: str, body: bytes = b"", of: str = REQUEST_ID, **params: str) -> Provoker:
    """Call a route, of the request that is there if `of` is no other."""

    def provoke(world: World) -> list[Said]:
        app, _ = an_app(world)
        return answered(app.http(name, body, params=params, id=of))

    return provoke


def approval(**changes: Any) -> bytes:
    return json.dumps({"plan_hash": "f" * 64, "approver": "dpo"} | changes).encode()


CASES: dict[str, Provoker] = {
    "send the function key in the header x-functions-key, not in the URL": asked(
        "get_request", code="a-key"
    ),
    "the body is larger than {n} bytes": sent(b" " * (256 * 1024 + 1)),
    "the body is not valid JSON in UTF-8": sent(b"{"),
    "the body is not a JSON object": sent(b"[]"),
    "stands twice; keep one": sent(b'{"type": "export", "type": "export"}'),
    "is not a field of this API; correct its name or leave it out": submitted(subjct={}),
    "is required; add it": sent(b"{}"),
    "has to be {choices}": submitted(type="erase"),
    "has to be 1 to 64 of A-Z a-z 0-9 . _ - with no space": submitted(reference="for Tomas"),
    "has to be text, in quotes": submitted(subject={"names": [4711]}),
    "has to be true or false, without quotes": submitted(plan_only="yes"),
    "has to be a list; a single value goes in brackets too": submitted(subject={"names": "Tomas"}),
    "has to be an object with named fields, in braces": submitted(subject="Tomas User"),
    "has more than {n} entries; split the request": submitted(subject={"names": ["Tomas"] * 101}),
    "has more than {n} characters; check that it is the right value": submitted(
        subject={"names": ["x" * 321]}
    ),
    "is empty; fill it in, or leave it out where it may be": submitted(subject={"names": [" "]}),
    "holds half a character (a lone surrogate); correct the encoding": submitted(
        subject={"names": ["\ud800"]}
    ),
    "is not a UUID": asked("get_request", of="4711"),
    "is not a UUID; write 8-4-4-4-12 hex digits, or leave it out": submitted(request_id="4711"),
    "is not an e-mail address; other identifiers go in user_ids or aliases": submitted(
        subject={"emails": ["t-user"]}
    ),
    "is not an RFC 3339 time; write it like 2026-11-24T09:00:00Z": submitted(
        submitted_at="yesterday"
    ),
    "has no time zone; add Z or an offset such as +01:00": submitted(
        submitted_at="2026-11-24T09:00:00"
    ),
    "is no time at which a request can have been submitted; correct it": submitted(
        submitted_at="0001-01-01T00:00:00Z"
    ),
    "is not of the form workspace/kind:id; copy it from a plan": submitted(
        scope={"select": "assets", "assets": ["job0.0"]}
    ),
    "is for deletes; leave it out": submitted(export_first=True),
    "can't be false with export_first: the package would lack what is deleted": submitted(
        type="delete", export_first=True, scope={"include_data": False}
    ),
    "has to name the workspaces that are to be deleted": submitted(
        type="delete", scope={"select": "workspace"}
    ),
    "callbacks are not available in this version; leave them out": submitted(
        callback_urls=["https://example.org/done"]
    ),
    "needs at least one identifier when scope.select is subject": submitted(subject={}),
    "needs at least one asset when scope.select is assets": submitted(scope={"select": "assets"}),
    "is used only when scope.select is assets; set that, or leave it out": submitted(
        scope={"assets": ["lab/job:job0.0"]}
    ),
    "is not a configured workspace; see GET /api/workspaces": submitted(
        scope={"workspaces": ["attic"]}
    ),
    "is in no configured workspace; see GET /api/workspaces": submitted(
        scope={"select": "assets", "assets": ["attic/job:job0.0"]}
    ),
    "is in none of the workspaces of the scope; name its workspace there": submitted(
        scope={"select": "assets", "assets": ["lab/job:job0.0"], "workspaces": ["attic"]}
    ),
    "has to be one of {choices}": asked("list_requests", status="done"),
    "has to be export or delete": asked("list_requests", type="erase"),
    "has to be true or false": asked("list_requests", overdue="maybe"),
    "is not a page number; pages count from 1": asked("list_requests", page="0"),
    "there is no request of this id": asked("get_request", of=OTHER_ID),
    "the request has no plan yet": asked("get_plan"),
    "the request has no results yet": asked("get_results"),
    "the request has no package": asked("get_package"),
    "the request has no certificate yet": asked("get_certificate"),
    "the request has no audit chain yet; it begins with a decision or the end": asked("get_audit"),
    "the request is {state}, it does not wait for approval": asked("approve_request", approval()),
}
for template, provoker in CASES.items():
    SAYS(template)(provoker)


@SAYS("there are {n} pages")
def _(world: World) -> list[Said]:
    app, rig = an_app(world)
    rig.pump()
    return answered(app.http("get_results", params={"page": "2"}, id=REQUEST_ID))


@SAYS("another request has this request_id already")
def _(world: World) -> list[Said]:
    app, _ = an_app(world)
    said = answered(app.http("submit_request", json.dumps(BODY | {"reference": "b"}).encode()))
    assert "409" in {s.where for s in said}
    app.message("take_request", json.dumps(BODY | {"reference": "b"}).encode())
    listed = json.loads(app.http("list_requests").get_body())["items"]
    problems = [p["detail"] for item in listed for p in item["problems"]]
    return said + [Said("`problems`", text) for text in problems]


@SAYS("plan_hash is not the current plan's")
def _(world: World) -> list[Said]:
    app, rig = an_app(world, approval="required")
    rig.pump()
    return answered(app.http("approve_request", approval(), id=REQUEST_ID))


@SAYS("the request is {state}; from there it can't become {state}")
def _(world: World) -> list[Said]:
    app, rig = an_app(world)
    rig.pump()
    return answered(app.http("cancel_request", id=REQUEST_ID))


@SAYS("all of the request is done; it can only complete now")
def _(world: World) -> list[Said]:
    app, rig = an_app(world)
    create, said = rig.evidence.create, []

    def cancelled(name: str, data: bytes) -> None:
        said.extend(answered(app.http("cancel_request", id=REQUEST_ID)))
        create(name, data)

    world.monkeypatch.setattr(rig.evidence, "create", cancelled)
    rig.pump()
    assert rig.status()["status"] == "completed"
    return said


@SAYS("the request has no certificate: DSR_SIGNING_KEY was not set when it ended")
def _(world: World) -> list[Said]:
    app, rig = an_app(world)
    rig.with_ports(signer=None)
    rig.pump()
    assert "certificate" not in rig.status()["links"]
    return answered(app.http("get_certificate", id=REQUEST_ID))


@SAYS("the request has no certificate: nothing was done that one could state")
def _(world: World) -> list[Said]:
    app, rig = an_app(world, plan_only=True)
    rig.pump()
    return answered(app.http("get_certificate", id=REQUEST_ID))


def expired(name: str, days: int) -> Provoker:
    """Ask for what the sweeper has deleted."""

    def provoke(world: World) -> list[Said]:
        app, rig = an_app(world)
        rig.pump()
        rig.later(days=days)
        rig.sweep()
        return answered(app.http(name, id=REQUEST_ID))

    return provoke


SAYS("the package has expired and was deleted")(expired("get_package", 31))
SAYS("the plan was erased with the subject's other data")(expired("get_plan", 31))
SAYS("the results were erased with the subject's other data")(expired("get_results", 31))


@SAYS("what this request held has been erased")
def _(world: World) -> list[Said]:
    app, rig = an_app(world)
    rig.pump()
    for name in [n for n in rig.ledger.blobs if "/pages/" in n]:
        rig.ledger.delete(name)
    return answered(app.http("get_plan", id=REQUEST_ID))


def away(error: Exception) -> Provoker:
    """Ask an app whose storage library raises an error."""

    def provoke(world: World) -> list[Said]:
        app, rig = an_app(world)

        @account_answers
        def read(name: str) -> None:
            raise error

        world.monkeypatch.setattr(rig.ledger, "read", read)
        return answered(app.http("get_request", id=REQUEST_ID))

    return provoke


def refusal() -> HttpResponseError:
    error = HttpResponseError("SECRET")
    error.status_code = 403
    return error


SAYS("the data account answers {status}; try again later")(away(refusal()))
SAYS("the data account can't be reached ({error}); try again later")(
    away(ServiceRequestError("SECRET"))
)


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
