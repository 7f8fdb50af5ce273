"""Messages of docs/troubleshooting.md about deletes that met something else than at their start."""

import pytest

from dsr.errors import ServiceError
from dsr.usecases import steering
from sandbox.studio.content import text
from tests.fakes.azureml_folders import folders
from tests.fakes.azureml_wire import Files, arm, every, forecast, page
from tests.fakes.rig import REQUEST_ID
from tests.fakes.studio import told
from tests.unit.deletes_rig import OWN_ID, DeleteRig, Thing, rig_of
from tests.unit.test_azureml_assets_deletes import UPLOAD, WHOLE, leading
from tests.unit.test_deletes_carried_on import begun
from tests.unit.troubleshooting_page import Provokers, Said, World

SAYS = Provokers()


def reason(made: DeleteRig, asset: str = "job:j") -> list[Said]:
    made.run()
    found = made.told()[asset]
    return [Said(f"`reason` of `{found['outcome']}`", found["reason"])]


@SAYS("legal hold {id}; its delete had begun, so some of it may be gone")
def _(world: World) -> list[Said]:
    made, _ = begun()
    made.hold("case-1", ["lab/job:j"])
    return reason(made)


@SAYS("cancelled; its delete had begun, so some of it may be gone")
def _(world: World) -> list[Said]:
    made, _ = begun()
    steering.cancel(made.ports, REQUEST_ID)
    return reason(made)


@SAYS("changed since approval: another workspace is there under its name")
def _(world: World) -> list[Said]:
    made, depot = rig_of(Thing("job", "j"), born="before")
    made.erasure(scope={"workspaces": ["lab"], "select": "workspace"})
    made.run()
    made.approve()
    depot.born = "after"
    return reason(made, f"workspace:{OWN_ID}")


@SAYS("{what} went on no further: the folder was made anew")
def _(world: World) -> list[Said]:
    made = folders({"Users/t-user/a.txt": text("old")})
    operation = made.connector.delete("user_folder", "t-user").operation
    made.share.put("Users/t-user/new.txt", text("new"))
    with pytest.raises(ServiceError) as caught:
        made.connector.is_done(operation)
    return [Said("`error`", str(caught.value))]


@SAYS("a registered version leads there by now")
def _(world: World) -> list[Said]:
    made, _ = forecast(leading(("data", "another", UPLOAD)), Files({}))
    storage = made.storage()
    assert storage is not None
    with pytest.raises(ServiceError) as caught:
        storage.clear(WHOLE)
    return [Said("`problem`", str(caught.value))]


@SAYS("{what} was answered with 404, though they are there")
def _(world: World) -> list[Said]:
    routes = {
        every("environments"): [told(page({"name": "sk-env"}))],
        arm("environments/sk-env"): [told({"name": "sk-env"})],
    }
    made, _ = forecast(routes)
    with pytest.raises(ServiceError) as caught:
        list(made.assets("environment", None))
    return [Said("`error`", str(caught.value))]


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
