"""Messages of docs/troubleshooting.md about the assets of Azure Machine Learning's other kinds."""

from collections.abc import Callable
from typing import Any

import pytest

from dsr.errors import Unusable
from dsr.usecases.connector import Missing
from tests.fakes.azureml_wire import Files, forecast, payload
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World

SAYS = Provokers()


def missing(kind: str, listed: Callable[[], Any], files: Files | None) -> Provoker:
    """Give the reasons of what an export does not get, as results hold them."""

    def provoke(world: World) -> list[Said]:
        made, _ = forecast({}, files)
        found = made.read(kind, "thing:1", listed(), include_data=True)
        return [Said("`reason`", f.reason) for f in found if isinstance(f, Missing)]

    return provoke


def model(address: str) -> Callable[[], Any]:
    return lambda: {"container": {}, "version": {"properties": {"modelUri": address}}}


def collecting() -> Any:
    deployment = payload("online_deployments")["value"][0]
    collections = {"model_inputs": {"dataCollectionMode": "Enabled"}}
    deployment["properties"]["dataCollector"] = {"collections": collections}
    return {"endpoint": payload("online_endpoint"), "deployments": [deployment]}


OWN = "azureml://datastores/workspaceblobstore/paths/some/model"

SAYS("it lies outside the workspace's own blob storage")(
    missing("model", model("https://elsewhere.example/model"), Files({}))
)
SAYS("the app may not read the workspace's storage account")(missing("model", model(OWN), None))
SAYS("the workspace's storage account has nothing at its place")(
    missing("model", model(OWN), Files({}))
)
SAYS("no API gives what is on the disk of a compute instance")(
    missing("compute", lambda: payload("computes")["value"][1], None)
)
SAYS("requests that the endpoint answered were collected, and no API tells whose they are")(
    missing("online_endpoint", collecting, None)
)


@SAYS("list versions can't go on: the place where it stopped is unreadable")
def _(world: World) -> list[Said]:
    made, _ = forecast({})
    with pytest.raises(Unusable) as caught:
        list(made.assets("model", "no cursor"))
    return [Said("`error`", str(caught.value))]


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
