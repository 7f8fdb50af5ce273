"""Messages of docs/troubleshooting.md in the results of requests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from dsr.errors import Unavailable, Unusable
from dsr.settings import parse
from dsr.usecases.connector import Content, Document, File
from dsr.wiring import Connectors
from tests.fakes.flaky import FlakyConnector
from tests.fakes.made_up_connector import Job, MadeUpConnector, MemorySource, MemoryStream
from tests.fakes.rig import Rig
from tests.fakes.sample import MIRA, MIRA_ID, SUBJECT, TOMAS, TOMAS_ID, jobs
from tests.fakes.sample import rig as made_up_rig
from tests.fakes.studio import ARM_ID, told
from tests.fakes.wire import answer
from tests.unit.studio_payloads import API, DATASET, DATASET_ID, EXPERIMENT, EXPERIMENT_ID
from tests.unit.test_settings import values
from tests.unit.test_studio_kinds import ENDPOINT, MODULE, NOTEBOOK, SERVICE, SERVICES
from tests.unit.test_studio_models import ID as MODEL_ID
from tests.unit.test_studio_models import LIST as MODELS
from tests.unit.test_studio_models import MODEL
from tests.unit.test_studio_resources import routes as deployed_services
from tests.unit.test_studio_resources import service as deployed_service
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


def deployed(**properties: Any) -> Provoker:
    """Export a New web service."""
    service = deployed_service("mine")
    service["properties"] |= properties
    asset = f"new_web_service:{service['id']}"
    return exported(deployed_services(service), asset, arm_id=ARM_ID)


BLOB_ASSET = {"locationInfo": {"uri": "https://store.blob.core.windows.net/x/model"}}
SAYS("the service's assets lie in blobs of its storage account, whose key its API does not give")(
    deployed(assets={"model": BLOB_ASSET})
)
SAYS(
    "the service's definition lies in a blob of its storage account, whose key its API does not"
    " give"
)(deployed(payloadsInBlobStorage=True))
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
SAYS("request {id}: asset {ref}: {message}")(
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


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
