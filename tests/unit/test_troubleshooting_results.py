"""Messages of docs/troubleshooting.md in results, failed requests, log lines and exceptions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from dsr.errors import DsrError, StorageAway, Unavailable, Unusable
from dsr.model.messages import ExportMessage, FinishMessage, PlanMessage
from dsr.settings import parse
from dsr.usecases.connector import Content, Document, File
from dsr.wiring import Connectors
from tests.fakes.flaky import FlakyConnector, deliver
from tests.fakes.functions import App, give_ports
from tests.fakes.made_up_connector import Job, MadeUpConnector, MemorySource, MemoryStream
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import MIRA, MIRA_ID, SUBJECT, TOMAS, TOMAS_ID, jobs
from tests.fakes.sample import rig as made_up_rig
from tests.fakes.studio import told
from tests.fakes.wire import answer
from tests.unit.studio_payloads import API, DATASET, DATASET_ID, EXPERIMENT, EXPERIMENT_ID
from tests.unit.test_settings import values
from tests.unit.test_studio_kinds import ENDPOINT, MODULE, NOTEBOOK, SERVICE, SERVICES
from tests.unit.test_studio_models import ID as MODEL_ID
from tests.unit.test_studio_models import LIST as MODELS
from tests.unit.test_studio_models import MODEL
from tests.unit.test_troubleshooting_services import exported
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World

SAYS = Provokers()

# What a person has to do, over a workspace of Studio (classic)

UNPLACED = DATASET | {"DownloadLocation": None}
SAYS("the service names no place to download it from")(
    exported(
        {
            f"{API}/datasources": [told([UNPLACED])],
            f"{API}/datasources/{DATASET_ID}": [told(UNPLACED)],
        },
        f"dataset:{DATASET_ID}",
    )
)
ONE = f"{API}/experiments/{EXPERIMENT_ID}"
RUN = EXPERIMENT | {"NodeStatuses": []}
EXPERIMENTS = {
    f"{API}/experiments": [told([EXPERIMENT])],
    f"{ONE}/annotations": [told([])],
    ONE: [told(RUN)],
}
SAYS("an earlier run that the experiment refers to is no longer there")(
    exported(EXPERIMENTS, f"experiment:{EXPERIMENT_ID}")
)


@SAYS("the experiment has more than {n} earlier runs")
def _(world: World) -> list[Said]:
    world.monkeypatch.setattr("dsr.services.studio.experiments._MAX_RUNS", 2)
    runs = {f"{API}/experiments/r{n}": [told({"ParentExperimentId": f"r{n + 1}"})] for n in (1, 2)}
    newest = {ONE: [told(RUN | {"ParentExperimentId": "r1"})]}
    return exported(EXPERIMENTS | runs | newest, f"experiment:{EXPERIMENT_ID}")(world)


NO_SERVICE = {SERVICES: [answer(204)]}
SAYS(
    "no API leads to the bytes of this trained model: the run that made it is gone,"
    " and no web service uses it"
)(exported(NO_SERVICE | {MODELS: [told([MODEL])]}, f"trained_model:{MODEL_ID}"))
SAYS("no API leads to the bytes of this transform: the run that made it is gone")(
    exported({f"{API}/transformmodules": [told([MODEL])]}, f"transform:{MODEL_ID}")
)
SAYS("no API gives the code of a custom module")(
    exported({f"{API}/modules": [told([MODULE])]}, f"custom_module:{MODULE['Id']}")
)
SAYS("no API gives the cells of a notebook or the bytes of its attachments")(
    exported(
        {
            f"{API}/notebooks": [told([NOTEBOOK])],
            f"{API}/notebooks/family/1a2b/attachments": [told([])],
        },
        "notebook:1a2b",
    )
)
LOST = ENDPOINT | {"Resources": [ENDPOINT["Resources"][1]]}
SAYS("a resource of the endpoint has no location")(
    exported(
        {
            SERVICES: [told([SERVICE])],
            f"{SERVICES}/8f1e/endpoints": [told([LOST])],
            f"{SERVICES}/8f1e/endpoints/default": [told(LOST)],
        },
        "endpoint:8f1e/default",
    )
)

# What a made-up service shows as well


def flaky(**options: Any) -> Rig:
    mixed = jobs(3) + jobs(2, MIRA_ID, "hers")
    return Rig({"lab": FlakyConnector(mixed, [MIRA, TOMAS], **options)})


def named(asset: str) -> dict[str, Any]:
    return {"select": "assets", "assets": [asset]}


def run(rig: Callable[[], Rig], **body: Any) -> Provoker:
    """Export to the end."""

    def provoke(world: World) -> list[Said]:
        made = rig()
        made.submit(**{"subject": SUBJECT} | body)
        made.pump()
        return world.outcome(made)

    return provoke


SAYS("a weak match; exported only with include_weak")(
    run(lambda: flaky(texts={"hers0.0": "ask tomas.user@example.org"}))
)
SAYS("Microsoft's own, shared by all workspaces")(run(lambda: flaky(builtins={"hers0.0"})))
SAYS("the workspace lists no such asset")(run(made_up_rig, scope=named("lab/job:attic")))
SAYS("the workspace has no such asset")(run(made_up_rig, scope=named("lab/dream:1")))
SAYS("the service lists an entry without an id")(
    run(lambda: Rig({"lab": MadeUpConnector([Job("", TOMAS_ID, b"")], [TOMAS])}))
)
SAYS("request {id}: {message}; again later")(
    run(lambda: flaky(troubles={"list": [Unavailable("list jobs could not be reached")]}))
)
SAYS("request {id}: {message}; given up")(
    run(lambda: flaky(troubles={"list": [Unusable("list jobs has an unusable address")]}))
)
SAYS("asset {ref}: {message}")(
    run(lambda: flaky(troubles={"job0.0": [Unusable("download job has an unusable address")]}))
)


@dataclass
class Lying:
    """A source whose bytes are not as many as it says; it has no ETag, so nothing goes on."""

    data: bytes
    length: int

    def open(self, offset: int = 0, etag: str | None = None) -> MemoryStream:
        stream = MemorySource(self.data).open()
        stream.length, stream.etag = self.length, None
        return stream


@dataclass
class LyingConnector(MadeUpConnector):
    length: int = 0

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Iterator[File]:
        yield Document("job.json", {})
        yield Content("output.bin", Lying(b"12345", self.length))


def lying(length: int) -> Rig:
    return Rig({"lab": LyingConnector(jobs(1), [TOMAS], length=length)})


SAYS("the body ended before its length")(run(lambda: lying(9)))
SAYS("the body is longer than its length")(run(lambda: lying(3)))


@SAYS("the workspace is no longer configured")
def _(world: World) -> list[Said]:
    rig = made_up_rig()
    rig.submit(subject=SUBJECT)
    rig.with_ports(targets={}, connector=Connectors(parse(values())))
    rig.pump()
    return world.outcome(rig)


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


@SAYS("request {id} is not in the ledger; message dropped")
def _(world: World) -> list[Said]:
    app = App(world.monkeypatch, made_up_rig())
    app.message("export", ExportMessage(REQUEST_ID).to_bytes())
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


@SAYS("not ready: {message}")
def _(world: World) -> list[Said]:
    rig = made_up_rig()

    def read(name: str) -> None:
        raise StorageAway("the data account answers 403; try again later")

    world.monkeypatch.setattr(rig.ledger, "read", read)
    App(world.monkeypatch, rig).http("ready")
    return world.logged()


@SAYS("{message}; trying again in {seconds} s")
def _(world: World) -> list[Said]:
    return exported({f"{API}/datasources": [answer(429), told([])]})(world)


@SAYS("message {id} is none of this app's; dropped")
def _(world: World) -> list[Said]:
    App(world.monkeypatch, made_up_rig()).message("plan", b"null")
    return world.logged()


@SAYS("poison message {id} could not be handled: {error}")
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


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
