"""Messages of docs/troubleshooting.md about who may call, approvals of deletes, and legal holds."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dsr.errors import Invalid
from dsr.model.caller import Role
from dsr.model.request import DsrRequest
from dsr.usecases import intake
from tests.fakes.functions import App
from tests.fakes.principals import HEADER, signed_in
from tests.fakes.rig import REQUEST_ID
from tests.fakes.sample import SUBJECT
from tests.fakes.sample import rig as made_up_rig
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World, answered

SAYS = Provokers()
HOLD: dict[str, Any] = {"workspace": "lab", "assets": "all", "reason": "a case"}


def entered(headers: dict[str, str], signs_in: bool = True) -> Provoker:
    """Call an app whose callers have to sign in."""

    def provoke(world: World) -> list[Said]:
        rig = made_up_rig()
        rig.with_ports(access="entra", signs_in=signs_in)
        return answered(App(world.monkeypatch, rig).http("list_requests", headers=headers))

    return provoke


def held(**changes: Any) -> Provoker:
    """Put a hold with changes."""

    def provoke(world: World) -> list[Said]:
        app = App(world.monkeypatch, made_up_rig())
        return answered(app.http("put_hold", json.dumps(HOLD | changes).encode(), name="h"))

    return provoke


def approving_itself(by_queue: bool) -> Provoker:
    """Ask for a delete that nobody approves."""

    def provoke(_: World) -> list[Said]:
        request = DsrRequest(type="delete", approval="automatic")
        with pytest.raises(Invalid) as caught:
            intake.check_approval(request, by_queue, allowed=False)
        where = "`problems`" if by_queue else "400"
        return [Said(where, p.detail) for p in caught.value.problems]

    return provoke


CASES: dict[str, Provoker] = {
    "DSR_ACCESS: is entra, but App Service authentication is off: turn it on, or set keys": entered(
        signed_in(*Role), signs_in=False
    ),
    "nobody is signed in; send a token of Microsoft Entra ID for this app": entered({}),
    "the sign-in can't be read; sign in with Microsoft Entra ID and send its token": entered(
        {HEADER: "e30="}
    ),
    "this needs the app role {role}; ask who administers the app for it": entered(
        signed_in("Dsr.Submit")
    ),
    "a message can't ask for it for a delete; say required, or leave it out": approving_itself(
        by_queue=True
    ),
    "is not allowed for a delete here; say required, or leave it out "
    "(DSR_ALLOW_AUTOMATIC_APPROVAL allows it)": approving_itself(by_queue=False),
    'has to be a list of at least one asset, or "all"': held(assets=[]),
    "is not in the workspace of the hold; put a hold for each workspace": held(
        assets=["attic/job:1"]
    ),
    "is no time at which a hold can end; correct it, or leave it out": held(
        until="0001-01-01T00:00:00Z"
    ),
}
for template, provoker in CASES.items():
    SAYS(template)(provoker)


@SAYS("you submitted this delete; somebody else has to approve it")
def _(world: World) -> list[Said]:
    rig = made_up_rig()
    rig.with_ports(access="entra", signs_in=True)
    app = App(world.monkeypatch, rig)
    body = {"request_id": REQUEST_ID, "type": "export", "subject": SUBJECT, "approval": "required"}
    app.http("submit_request", json.dumps(body).encode(), headers=signed_in(*Role))
    rig.pump()
    rig.ports.ledger.update(REQUEST_ID, lambda r: replace(r, type="delete"))
    approval = json.dumps({"plan_hash": rig.status()["plan_hash"]}).encode()
    return answered(app.http("approve_request", approval, headers=signed_in(*Role), id=REQUEST_ID))


@SAYS("there is no hold of this name")
def _(world: World) -> list[Said]:
    return answered(App(world.monkeypatch, made_up_rig()).http("delete_hold", name="h"))


@SAYS("a blob under holds/ of dsr-ledger is no hold; correct or remove it")
def _(world: World) -> list[Said]:
    rig = made_up_rig()
    rig.ledger.put("holds/h.json", b"{}")
    return answered(App(world.monkeypatch, rig).http("list_holds"))


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
