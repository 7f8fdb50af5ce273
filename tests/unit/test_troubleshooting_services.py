"""Messages of docs/troubleshooting.md about the services: whole exports over scripted answers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

import dsr.services.http
from dsr.services.arm import Arm
from dsr.services.connections import Broken
from dsr.services.entra import EntraToken
from dsr.services.hosts import AllowedHosts, OneOrigin
from dsr.services.http import Http
from dsr.services.located import RecentLocations
from dsr.services.studio.connector import StudioConnector
from tests.fakes.rig import Rig
from tests.fakes.studio import ARM_ENDPOINT, ARM_ID, TARGET, arm_of, told
from tests.fakes.wire import Answer, Routed, answer
from tests.unit.studio_payloads import (
    API,
    BLOB,
    DATASET,
    DATASET_ID,
    EXPERIMENT,
    EXPERIMENT_ID,
    USERS,
    WORKSPACE,
    endpoint,
)
from tests.unit.test_studio_models import ID as MODEL_ID
from tests.unit.test_studio_models import LIST as MODELS
from tests.unit.test_studio_models import MODEL
from tests.unit.test_studio_resources import GROUP, LIST, PLAN_LIST
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World

SAYS = Provokers()
DATASETS = f"{API}/datasources"
ONE = f"{DATASETS}/{DATASET_ID}"
BYTES = "".join(DATASET["DownloadLocation"][k] for k in ("BaseUri", "Location", "AccessCredential"))
UNPLACED = DATASET | {"DownloadLocation": None}
Routes = dict[str, list[Answer]]


def studio_rig(
    routes: Routes, token: str = "the-token", arm_id: str = "", arm: Arm | None = None
) -> Rig:
    """Give the processor over a Studio (classic) workspace of scripted answers."""
    wire = Routed({API: [told(WORKSPACE)], f"{API}/users": [told(USERS)]} | routes)
    target = replace(TARGET, arm_id=arm_id)
    http = Http(AllowedHosts(target), lambda: wire, lambda _: None)
    made = StudioConnector(target, token, arm or arm_of(wire), RecentLocations(), http)
    return Rig({"churn-lab": made})


def exported(routes: Routes, asset: str = f"dataset:{DATASET_ID}", **how: Any) -> Provoker:
    """Export one named asset."""

    def provoke(world: World) -> list[Said]:
        rig = studio_rig(routes, **how)
        rig.submit(scope={"select": "assets", "assets": [f"churn-lab/{asset}"]})
        rig.pump()
        return world.outcome(rig)

    return provoke


def listed(*answers: Answer) -> Provoker:
    """Export a dataset where its list is answered so, however often it is asked for."""
    return exported({DATASETS: list(answers)})


def code(status: int, name: str = "UserError") -> Answer:
    return answer(status, b'{"Error": {"Code": "%s"}}' % name.encode())


for each in (400, 401, 404, 410, 408, 412, 416, 429):
    SAYS(f"{{what}} was answered with {each} ({{code}})")(listed(code(each)))
SAYS("{what} was answered with {4xx} ({code})")(listed(code(409)))
SAYS("{what} was answered with 500 (AzureStorageError)")(listed(code(500, "AzureStorageError")))
SAYS("{what} was answered with {5xx} ({code})")(listed(answer(503, b"busy")))
SAYS("{what} could not be reached")(listed(Broken("SECRET")))
SAYS("{what} has an unusable address")(listed(ValueError("SECRET")))
SAYS("the connection broke while reading {what}")(
    listed(answer(200, b"[", breaks=True, length=None))
)
SAYS("{what} answered with malformed JSON")(listed(answer(200, b"[{")))
SAYS("{what} answered with something else than a list")(listed(told({})))
SAYS("{what} answered with something else than an object")(
    exported({DATASETS: [told([UNPLACED])], ONE: [told([])]})
)


@SAYS("{what} was answered with 403 ({code})")
def _(world: World) -> list[Said]:
    refused = answer(403, b'{"error": {"code": "AuthorizationFailed"}}')
    keys = f"{ARM_ENDPOINT}{ARM_ID}/listWorkspaceKeys?api-version=2019-10-01"
    return exported({keys: [refused]}, token="", arm_id=ARM_ID)(world)


@SAYS("{what} answered with more than {n} MiB of JSON")
def _(world: World) -> list[Said]:
    world.monkeypatch.setattr(dsr.services.http, "_MAX_JSON", 1 << 20)
    large = told(DATASET | {"Description": "x" * (1 << 20)})
    return exported({DATASETS: [told([UNPLACED])], ONE: [large]})(world)


def on_arm(routes: Routes, kind: str) -> Provoker:
    """Export one asset of a kind that Azure Resource Manager lists."""
    return exported(routes, f"{kind}:{GROUP}/x/y", arm_id=ARM_ID)


FIRST = f"{LIST}?api-version=2017-01-01"
PLAN = f"{GROUP}/commitmentPlans/p"
ASSOCIATIONS = f"{ARM_ENDPOINT}{PLAN}/commitmentAssociations?api-version=2016-05-01-preview"
SAYS("Azure Resource Manager answered with something else than an object")(
    on_arm({FIRST: [told([])]}, "new_web_service")
)
SAYS("{what} answered with a next page that is no link")(
    on_arm({FIRST: [told({"value": [], "nextLink": 7})]}, "new_web_service")
)
SAYS("{what} gives the same page again and again")(
    on_arm(
        {
            PLAN_LIST: [told({"value": [{"id": PLAN}]})],
            ASSOCIATIONS: [told({"value": [], "nextLink": ASSOCIATIONS})],
        },
        "commitment_plan",
    )
)


def placed(base: str, credential: str = "?sig=OLD") -> dict[str, Any]:
    return DATASET | {"DownloadLocation": endpoint(base, "data.csv", credential)}


SAYS("{what} points to a host that is not one of the workspace's")(
    listed(told([placed("https://attic.example.org/")]))
)
SAYS("{what} can't be read on from where it broke")(
    exported(
        {
            DATASETS: [told([DATASET])],
            ONE: [told(DATASET)],
            BYTES: [
                answer(200, b"half", {"ETag": '"1"'}, breaks=True, length=9),
                answer(200, b"the whole"),
            ]
            * 4,
        }
    )
)
SAYS("{what} has no location any more")(
    exported({DATASETS: [told([DATASET])], ONE: [told(UNPLACED)], BYTES: [answer(403)]})
)
SAYS("{what} does not show this asset")(
    exported(
        {MODELS: [told([MODEL | {"DownloadLocation": endpoint(BLOB, "m", "")}]), told([])]},
        f"trained_model:{MODEL_ID}",
    )
)
SAYS("the service's answer has an unexpected form ({error})")(
    exported(
        {
            f"{API}/experiments": [told([EXPERIMENT])],
            f"{API}/experiments/{EXPERIMENT_ID}": [told(EXPERIMENT | {"NodeStatuses": 7})],
            f"{API}/experiments/{EXPERIMENT_ID}/annotations": [told([])],
        },
        f"experiment:{EXPERIMENT_ID}",
    )
)


class NoIdentity:
    """A credential that gives no token."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_token(self, scope: str) -> Any:
        raise self._error


def without_identity(error: Exception) -> Provoker:
    """Export where the app's identity gets no token for Azure."""
    management = "https://management.azure.com"
    token = EntraToken(management, lambda: NoIdentity(error))  # type: ignore[arg-type,return-value]
    arm = Arm(management, token, Http(OneOrigin(management), lambda: Routed({}), lambda _: None))
    return exported({}, token="", arm_id=ARM_ID, arm=arm)


SAYS("the app's identity gets no token for Azure")(
    without_identity(ClientAuthenticationError("SECRET"))
)
SAYS("the app's identity could not be asked for a token")(
    without_identity(ServiceRequestError("SECRET"))
)


@SAYS("read workspace keys gave no token")
def _(world: World) -> list[Said]:
    keys = f"{ARM_ENDPOINT}{ARM_ID}/listWorkspaceKeys?api-version=2019-10-01"
    return exported({keys: [told({})]}, token="", arm_id=ARM_ID)(world)


@SAYS(
    "Azure resources of the workspace: New web services and commitment plans were not looked"
    " for, since the app does not know the workspace's resource id"
)
def _(world: World) -> list[Said]:
    return exported({DATASETS: [told([])]})(world)


SAYS(
    "Storage account of the workspace: blobs that no asset of the workspace links to, and logs"
    " of web services"
)(exported({DATASETS: [told([])]}))


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_an_answer_without_a_code_is_the_same_message_without_parentheses(
    status: int, monkeypatch, caplog
):
    make: Callable[[World], list[Said]] = listed(answer(status, b"plain text"))
    texts = {s.text for s in make(World(monkeypatch, caplog))}
    assert f"list datasets was answered with {status}" in texts
