"""Messages of docs/troubleshooting.md in failed requests, log lines and exceptions."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from dsr.errors import DsrError, StorageAway
from dsr.model.messages import ExportMessage, FinishMessage, PlanMessage
from dsr.storage.probes import AccountProbes
from tests.fakes.flaky import deliver
from tests.fakes.functions import App, give_ports
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import SUBJECT
from tests.fakes.sample import rig as made_up_rig
from tests.fakes.studio import told
from tests.fakes.wire import answer
from tests.unit.studio_payloads import API
from tests.unit.test_troubleshooting_results import flaky
from tests.unit.test_troubleshooting_services import exported
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World

SAYS = Provokers()

# Messages that fail again and again


def planned(world: World) -> tuple[App, Rig]:
    """Give an app with a request whose batches are sent and not worked on."""
    rig = made_up_rig()
    rig.submit(subject=SUBJECT)
    deliver(rig.queues, rig.handlers(), 100, only="dsr-plan")
    assert rig.status()["status"] == "running"
    return App(world.monkeypatch, rig), rig


@SAYS("request {id}: {kind}: {error}", "planning of this kind failed again and again")
def _(world: World) -> list[Said]:
    odd: Any = [TypeError("SECRET")]
    rig = flaky(troubles={"list": odd})
    rig.submit(subject=SUBJECT)
    deliver(rig.queues, rig.handlers())
    app = App(world.monkeypatch, rig)
    app.message("plan_poison", PlanMessage(REQUEST_ID, "list", 0, 1).to_bytes())
    rig.pump()
    return world.outcome(rig)


@SAYS("the batch failed again and again")
def _(world: World) -> list[Said]:
    app, rig = planned(world)
    for message in [m for m in rig.queues.sent if m[0] == "dsr-export"]:
        rig.queues.sent.remove(message)
        app.message("export_poison", message[1])
    rig.pump()
    return world.outcome(rig)


@SAYS("the workspace's record is not there")
def _(world: World) -> list[Said]:
    _, rig = planned(world)
    rig.ledger.delete(f"requests/{REQUEST_ID}/rosters/0000.json")
    rig.pump()
    return world.outcome(rig)


END = "see docs/troubleshooting.md and the app's log"


@SAYS(f"planning could not be started; {END}")
def _(world: World) -> list[Said]:
    rig = made_up_rig()
    rig.submit(subject=SUBJECT)
    App(world.monkeypatch, rig).message("plan_poison", PlanMessage(REQUEST_ID).to_bytes())
    return world.outcome(rig)


@SAYS(f"the work could not be handed out; {END}", "request {id} failed: {why}")
def _(world: World) -> list[Said]:
    app, rig = planned(world)
    app.message("plan_poison", PlanMessage(REQUEST_ID, "dispatch").to_bytes())
    return world.outcome(rig)


@SAYS(f"the package could not be made; {END}")
def _(world: World) -> list[Said]:
    app, rig = planned(world)
    app.message("finish_poison", FinishMessage(REQUEST_ID).to_bytes())
    return world.outcome(rig)


@SAYS("the message could not be processed; send it again", "request {id} refused: {n} problems")
def _(world: World) -> list[Said]:
    rig = made_up_rig()
    body = b'{"request_id": "%s"}' % REQUEST_ID.encode()
    App(world.monkeypatch, rig).message("take_request_poison", body)
    return world.outcome(rig)


# Other lines of the log


@SAYS("request {id} stopped while {state}; sent again")
def _(world: World) -> list[Said]:
    _, rig = planned(world)
    rig.later(hours=1)
    rig.sweep()
    return world.logged()


@SAYS("request {id} is overdue")
def _(world: World) -> list[Said]:
    _, rig = planned(world)
    rig.later(days=32)
    rig.sweep()
    return world.logged()


@SAYS("request {id} is not in the ledger; message dropped")
def _(world: World) -> list[Said]:
    app = App(world.monkeypatch, made_up_rig())
    app.message("export", ExportMessage(REQUEST_ID).to_bytes())
    return world.logged()


@SAYS("request {id} waits for no such step of planning")
def _(world: World) -> list[Said]:
    rig = made_up_rig()
    rig.submit(subject=SUBJECT)
    App(world.monkeypatch, rig).message("plan", PlanMessage(REQUEST_ID, "list", 0, 7).to_bytes())
    return world.logged()


@SAYS("request {id}: {n} batches are staged again")
def _(world: World) -> list[Said]:
    _, rig = planned(world)
    deliver(rig.queues, rig.handlers(), 100, only="dsr-export")
    rig.exports.blocks.clear()
    rig.pump()
    return world.outcome(rig)


@SAYS("sweeping request {id}: {error}")
def _(world: World) -> list[Said]:
    _, rig = planned(world)
    rig.ledger.blobs[f"requests/{REQUEST_ID}/status.json"].data = b"{}"
    rig.sweep()
    return world.logged()


@SAYS("not ready: {part}: {message}")
def _(world: World) -> list[Said]:
    rig = made_up_rig()

    def look(name: str) -> None:
        raise StorageAway("the data account answers 403; try again later")

    world.monkeypatch.setattr(rig.exports, "look", look)
    App(world.monkeypatch, rig).http("ready")
    return world.logged()


@SAYS("gave no answer within {n} s")
def _(world: World) -> list[Said]:
    rig = made_up_rig()
    rig.with_ports(probes=AccountProbes({"dsr-plan": lambda: time.sleep(0.2)}, longest=0.01))
    checks = json.loads(App(world.monkeypatch, rig).http("ready").get_body())["checks"]
    return [Said("503", text) for text in checks.values()]


@SAYS("{message}; trying again in {seconds} s")
def _(world: World) -> list[Said]:
    return exported({f"{API}/datasources": [answer(429), told([])]})(world)


@SAYS("message {id} is none of this app's; dropped")
def _(world: World) -> list[Said]:
    App(world.monkeypatch, made_up_rig()).message("plan", b"null")
    return world.logged()


@SAYS("request {id}: poison message {id} could not be handled: {error}")
def _(world: World) -> list[Said]:
    app = App(world.monkeypatch, made_up_rig())
    give_ports(world.monkeypatch, lambda: 1 / 0)
    app.message("export_poison", ExportMessage(REQUEST_ID).to_bytes())
    return world.logged()


# Functions that fail


def raised(disturb: Callable[[Rig, World], None]) -> Provoker:
    """Go on with a planned request after something was done to its blobs."""

    def provoke(world: World) -> list[Said]:
        _, rig = planned(world)
        disturb(rig, world)
        with pytest.raises(DsrError) as caught:
            rig.pump()
        return [Said("exception", str(caught.value))]

    return provoke


@SAYS("the roster that was just stored is gone")
def _(world: World) -> list[Said]:
    rig = made_up_rig()
    rig.submit(subject=SUBJECT)
    add = rig.ports.ledger.add_roster

    def lost(request_id: str, *of: Any) -> bool:
        add(request_id, *of)
        rig.ledger.delete(f"requests/{request_id}/rosters/0000.json")
        return False

    world.monkeypatch.setattr(rig.ports.ledger, "add_roster", lost)
    with pytest.raises(DsrError) as caught:
        rig.pump()
    return [Said("exception", str(caught.value))]


@SAYS("the committed package is not the one that was made")
def _(world: World) -> list[Said]:
    def cut(rig: Rig, world: World) -> None:
        commit = rig.exports.commit

        def committed(name: str, blocks: Any, metadata: Any) -> None:
            commit(name, blocks, metadata)
            rig.exports.blobs[name].data = b"cut"

        world.monkeypatch.setattr(rig.exports, "commit", committed)

    return raised(cut)(world)


SAYS("another blob stands where the package belongs")(
    raised(lambda rig, _: rig.exports.put(f"{REQUEST_ID}.zip", b"another"))
)
SAYS("the plan of a running request is gone")(
    raised(lambda rig, _: rig.ledger.delete(f"requests/{REQUEST_ID}/plan.json"))
)


SAYS("the audit chain can't be read; something else has written to it")(
    raised(lambda rig, _: rig.evidence.append(f"{REQUEST_ID}/audit.ndjson", b"a line\n", 0))
)


@SAYS("request {id}: its evidence could not be written")
def _(world: World) -> list[Said]:
    app, rig = planned(world)
    rig.evidence.append(f"{REQUEST_ID}/audit.ndjson", b"a line\n", 0)
    with pytest.raises(DsrError):
        rig.pump()
    app.message("finish_poison", FinishMessage(REQUEST_ID).to_bytes())
    return world.logged()


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
