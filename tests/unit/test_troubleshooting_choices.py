"""Messages of docs/troubleshooting.md about what is deleted only by a choice of somebody's."""

import json
from dataclasses import replace

import pytest

from dsr.model.asset import Kind
from tests.fakes.functions import App
from tests.fakes.made_up_connector import Job
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import MIRA, MIRA_ID, TOMAS, TOMAS_ID, jobs
from tests.unit.test_troubleshooting_erasing import (
    MENTION,
    WHOLE,
    Families,
    approve,
    as_target,
    erased,
    service,
)
from tests.unit.troubleshooting_page import Provokers, Said, World, answered

SAYS = Provokers()
FLAGGED = Kind("job", batch=2, folder=True, erasable=True, stage=1, flag="delete_data_assets")


def lab(**options: object) -> Rig:
    made = [*jobs(1), *(replace(j, touched=TOMAS_ID) for j in jobs(1, MIRA_ID, "hers"))]
    return Rig({"lab": Families(made, [MIRA, TOMAS], page_size=9, **options)})


def of_a_flag() -> Rig:
    return lab(kinds=(FLAGGED,))


def mentioned() -> Rig:
    made: list[Job] = jobs(1, MIRA_ID, "hers")
    return Rig({"lab": Families(made, [MIRA, TOMAS], kinds=(FLAGGED,), texts=MENTION)})


SAYS("it is deleted only by a request whose scope.{field} is true")(erased(of_a_flag))
SAYS("a {tier} match; acted on only where the approval includes it: {why}")(erased(mentioned))
SAYS("it is somebody else's: they only changed it, which is no reason to delete it")(erased(lab))

TWICE = Kind("workspace", erasable=True, stage=9, confirmations=2)


def purge(world: World, workspaces: int = 1, **changes: object) -> tuple[App, Rig, list[Said]]:
    """Submit the delete of workspaces that two people have to approve."""
    names = ["lab", "other"][:workspaces]
    rig = Rig({name: Families(jobs(1), [MIRA, TOMAS], own=TWICE) for name in names})
    app = App(world.monkeypatch, rig)
    scope = {"select": "workspace", "workspaces": names}
    body = {"request_id": REQUEST_ID, "type": "delete", "scope": scope} | changes
    said = app.http("submit_request", json.dumps(body).encode())
    return app, rig, answered(said) if said.status_code >= 400 else []


def automatically(world: World) -> list[Said]:
    rig = Rig({"lab": Families(jobs(1), [MIRA, TOMAS], own=TWICE)})
    rig.with_ports(allow_automatic_approval=True)
    body = {"type": "delete", "approval": "automatic", "scope": WHOLE}
    return answered(App(world.monkeypatch, rig).http("submit_request", json.dumps(body).encode()))


SAYS(
    "has to name one workspace alone: deleting one of these takes a request of its own, which two"
    " people approve; send a request for each"
)(lambda world: purge(world, 2)[2])
SAYS(
    "can't be automatic: two people have to approve deleting this workspace; say required, or"
    " leave it out"
)(automatically)


@SAYS(
    "include is not that of the first approval; name the same entries, or reject the request and"
    " submit it again"
)
def _(world: World) -> list[Said]:
    app, rig, _ = purge(world)
    rig.pump()
    approve(rig, [])
    name = rig.ports.deletes.add_approval(REQUEST_ID, ["lab/job:job0.0"])
    rig.ports.ledger.update(REQUEST_ID, lambda r: replace(r, approval=name))
    body = {"plan_hash": rig.status()["plan_hash"], "approver": "the owner"}
    return answered(app.http("approve_request", json.dumps(body).encode(), id=REQUEST_ID))


def asks_for_two(rig: Rig) -> None:
    service(rig).own = TWICE


def of_target() -> Rig:
    rig = Rig({"lab": Families([], [MIRA, TOMAS])})
    return as_target(rig)


SAYS("deleting this workspace takes more approvals than the request has")(
    erased(of_target, after=asks_for_two, scope=WHOLE)
)


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_page_has_the_message_as_the_code_says_it(
    template: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    SAYS.check(template, World(monkeypatch, caplog))
