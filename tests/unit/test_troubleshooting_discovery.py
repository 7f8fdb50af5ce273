"""Messages of docs/troubleshooting.md about workspaces that are found through subscriptions."""

import json
from typing import Any

import pytest

from dsr.errors import Conflict, ServiceError, Unusable
from dsr.model.found_workspace import FoundWorkspace
from dsr.usecases import readiness
from dsr.usecases.known_targets import KnownTargets
from tests.fakes.functions import App
from tests.fakes.memory_blobs import MemoryBlobs
from tests.unit.test_discovery import AZUREML, SUB, discovery, found_classic, in_azure, told
from tests.unit.test_known_targets import ONE, Busy, Clock, Subscriptions, found, known, rig
from tests.unit.test_troubleshooting_settings import refused
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World, answered

SAYS = Provokers()
BROKEN = {ONE: Unusable("list workspaces was answered with 403")}


SAYS("DSR_DISCOVER_SUBSCRIPTIONS: has to be ids of subscriptions, with commas between them")(
    refused(DSR_DISCOVER_SUBSCRIPTIONS="the one for research")
)


@SAYS("the workspaces of this subscription could not be listed: {message}")
def _(world: World) -> list[Said]:
    made, _ = rig(broken=BROKEN)
    made.submit(subject={"emails": ["tomas.user@example.org"]})
    made.pump()
    said = [Said("503", text) for text in readiness.check(made.ports)["checks"].values()]
    return said + world.outcome(made)


def no_target(each: FoundWorkspace) -> Provoker:
    def provoke(world: World) -> list[Said]:
        with pytest.raises(Unusable) as caught:
            in_azure().target("churn", each)
        return [Said("`error`", str(caught.value))]

    return provoke


SAYS(
    "its location is no region whose endpoints are known; name it in DSR_WORKSPACES with its"
    " endpoints"
)(no_target(found_classic("Mars")))
SAYS("its record in Azure Resource Manager has no usable workspaceId; name it in DSR_WORKSPACES")(
    no_target(found_classic("West Europe", ""))
)
SAYS("it is kept with a resource id that is none")(
    no_target(FoundWorkspace("azureml", "/subscriptions/a/b/c/d/e/f/g/h", "x", "", ""))
)


@SAYS("{what} gives an entry without a usable id")
def _(world: World) -> list[Said]:
    listed, _ = discovery({AZUREML: [told({})]})
    with pytest.raises(ServiceError) as caught:
        list(listed.workspaces(SUB))
    return [Said("`error`", str(caught.value))]


@SAYS("the names of found workspaces are being changed by others; try again")
def _(world: World) -> list[Said]:
    with pytest.raises(Conflict) as caught:
        list(KnownTargets({}, Subscriptions({ONE: [found("a")]}), Busy(), Clock()))
    return [Said("exception", str(caught.value))]


@SAYS("workspaces.json of dsr-ledger is no list of workspaces; correct or remove it")
def _(world: World) -> list[Said]:
    blobs = MemoryBlobs()
    blobs.put("workspaces.json", b"[]")
    targets, _, _ = known({ONE: []}, blobs=blobs)
    made, _ = rig()
    made.with_ports(targets=targets, unlisted=targets.unlisted)
    body: dict[str, Any] = {"type": "export", "subject": {"names": ["x"]}}
    app = App(world.monkeypatch, made)
    return answered(app.http("submit_request", json.dumps(body).encode()))


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
