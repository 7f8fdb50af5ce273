"""What deleting versions and schedules calls, what uses them, and what they leave behind."""

from typing import Any

import pytest

from dsr.errors import Absent, Blocked, Refused, Unavailable, Unusable
from dsr.services.azureml.leftovers import is_own
from dsr.usecases.connector import Asked, Leftover
from tests.fakes.azureml_wire import (
    BLOBSTORE,
    Files,
    arm,
    every,
    forecast,
    page,
    payload,
    plane,
)
from tests.fakes.studio import told
from tests.fakes.wire import Answer, answer

HASH = "0f0f0f0f1e1e1e1e2d2d2d2d3c3c3c3c"
UPLOAD = f"azureml://datastores/workspaceblobstore/paths/LocalUpload/{HASH}/src"
BY_URL = f"https://stforecast01.blob.core.windows.net/{BLOBSTORE}/LocalUpload/{HASH}/src"
RUN = "brave_lamp_k2x7"
IN_RUN = f"azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.{RUN}/model"
MEMBER = {"model": "modelUri", "data": "dataUri", "code": "codeUri"}
PATH = {"model": "models", "data": "data", "code": "codes"}
WHOLE = Leftover(BLOBSTORE, f"LocalUpload/{HASH}/", prefix=True)


@pytest.mark.parametrize(
    ("kind", "path", "stage"),
    [
        ("schedule", "schedules/nightly", 0),
        ("model", "models/thing/versions/1", 2),
        ("component", "components/thing/versions/1", 3),
        ("environment", "environments/thing/versions/1", 4),
        ("code", "codes/thing/versions/1", 5),
        ("data", "data/thing/versions/1", 6),
    ],
)
def test_each_kind_is_deleted_by_one_call_of_its_own(kind: str, path: str, stage: int):
    asset_id = "nightly" if kind == "schedule" else "thing:1"
    connector, wire = forecast({arm(path): [answer(200), answer(200)]})
    told_kind = next(k for k in connector.kinds if k.name == kind)
    assert (told_kind.erasable, told_kind.stage) == (True, stage)
    assert connector.delete(kind, asset_id) == Asked(200)
    assert [(call.method, call.url) for call in wire.calls] == [("DELETE", arm(path))]


def test_a_schedule_s_delete_takes_its_time_and_is_followed_by_its_status_alone():
    deletes = payload("deletes")
    headers = {k: v for k, v in deletes["accepted"]["headers"].items() if k != "Content-Length"}
    operation = headers["Azure-AsyncOperation"]
    connector, wire = forecast(
        {
            arm("schedules/nightly"): [answer(202, headers=headers)],
            operation: [told(deletes["running"]), told(deletes["ended"])],
        }
    )
    asked = connector.delete("schedule", "nightly")
    assert asked == Asked(202, operation)
    assert len(operation) > 2400
    assert [connector.is_done(operation) for _ in range(2)] == [False, True]
    assert headers["Location"] not in wire.urls()


def test_only_data_assets_need_a_field_of_the_request():
    connector, _ = forecast({})
    assert {k.name: k.flag for k in connector.kinds if k.flag} == {"data": "delete_data_assets"}


def test_what_is_not_deleted_by_the_app_has_steps_and_no_call():
    connector, wire = forecast({})
    by_hand = ("featureset", "online_endpoint", "batch_endpoint")
    by_hand += ("compute", "datastore", "connection")
    assert {k.name for k in connector.kinds if not k.erasable} == set(by_hand)
    for kind in by_hand:
        assert next(k for k in connector.kinds if k.name == kind).by_hand
        with pytest.raises(Unusable):
            connector.delete(kind, "thing:1")
    assert wire.calls == []


@pytest.mark.parametrize(
    ("status", "raised"),
    [(204, Absent), (404, Absent), (403, Refused), (409, Blocked), (429, Unavailable)],
)
def test_what_the_service_answers_instead(status: int, raised: type[Exception]):
    connector, wire = forecast({arm("models/thing/versions/1"): [answer(status)]})
    with pytest.raises(raised):
        connector.delete("model", "thing:1")
    assert len(wire.calls) == 1


def test_a_version_is_there_until_it_is_not_found():
    where = arm("codes/thing/versions/1")
    connector, _ = forecast({where: [told({}), answer(404), answer(503)]})
    assert connector.is_there("code", "thing:1")
    assert not connector.is_there("code", "thing:1")
    with pytest.raises(Unavailable):
        connector.is_there("code", "thing:1")


def version(kind: str, address: str, number: str = "1") -> dict[str, Any]:
    return {"name": number, "properties": {MEMBER[kind]: address}, "systemData": {}}


def leading(*versions: tuple[str, str, str]) -> dict[str, list[Answer]]:
    """Give routes of assets, one version each: kind, name, address."""
    routes: dict[str, list[Answer]] = {every("environments"): [told(page())]}
    for kind, path in PATH.items():
        listed = arm if kind == "code" else every
        names = [name for k, name, _ in versions if k == kind]
        routes[listed(path)] = [told(page(*({"name": name} for name in names)))]
        for k, name, address in versions:
            if k == kind:
                found = version(kind, address)
                routes[listed(f"{path}/{name}/versions")] = [told(page(found))]
                routes[arm(f"{path}/{name}/versions/1")] = [told(found)]
    return routes


@pytest.mark.parametrize(
    ("kind", "address"), [("code", BY_URL), ("model", UPLOAD), ("data", UPLOAD + "/")]
)
def test_an_upload_that_nothing_else_leads_to_stays_behind(kind: str, address: str):
    connector, wire = forecast(leading((kind, "thing", address)), Files({}))
    assert connector.left_behind(kind, "thing:1") == (WHOLE,)
    assert is_own(WHOLE)
    assert {call.method for call in wire.calls} == {"GET"}


@pytest.mark.parametrize("other", [("code", BY_URL), ("model", UPLOAD), ("data", UPLOAD)])
def test_an_upload_that_another_version_leads_to_is_not_left_behind(other: tuple[str, str]):
    routes = leading(("code", "thing", BY_URL), (other[0], "another", other[1]))
    connector, _ = forecast(routes, Files({}))
    assert connector.left_behind("code", "thing:1") == ()


def test_the_last_of_two_that_share_an_upload_takes_it_with_it():
    routes = leading(("code", "thing", BY_URL), ("code", "another", BY_URL))
    gone = arm("codes/another/versions/1")
    routes[gone] = [*routes[gone], answer(404)]
    connector, wire = forecast(routes, Files({}))
    assert connector.left_behind("code", "thing:1") == ()
    # the list of what leads where is still the one of a moment ago
    assert connector.left_behind("code", "thing:1") == (WHOLE,)
    assert wire.urls().count(arm("codes")) == 1


@pytest.mark.parametrize(
    "address",
    [
        f"azureml://datastores/workspaceblobstore/paths/users/nora/LocalUpload/{HASH}/src",
        "azureml://datastores/workspaceblobstore/paths/LocalUpload",
        "azureml://datastores/workspaceblobstore/paths/LocalUpload/ab/src",
        f"azureml://datastores/sales_blobs/paths/LocalUpload/{HASH}/src",
        f"https://elsewhere.blob.core.windows.net/{BLOBSTORE}/LocalUpload/{HASH}/src",
        "https://opendata.example/datasets/demand.csv",
        "",
    ],
)
def test_no_other_place_is_ever_cleared(address: str):
    connector, _ = forecast(leading(("data", "thing", address)), Files({}))
    left = connector.left_behind("data", "thing:1")
    assert [bool(each.kept) for each in left] == ([True] if address else [])


def runs(*, job: bool, run: bool) -> dict[str, list[Answer]]:
    return {
        arm(f"jobs/{RUN}"): [told({}) if job else answer(404)],
        plane("history/v1.0", f"runs/{RUN}"): [told({}) if run else answer(404)],
    }


def made_by_the_run(
    address: str = IN_RUN, *, job: bool = False, run: bool = False
) -> dict[str, list[Answer]]:
    """Give the routes of a model that says which run made it, so that the run was this one's."""
    model = version("model", address)
    model["properties"]["jobName"] = RUN
    return runs(job=job, run=run) | {arm("models/thing/versions/1"): [told(model)]}


@pytest.mark.parametrize(
    ("job", "run", "left"),
    [(True, True, False), (False, True, False), (True, False, False), (False, False, True)],
)
def test_a_model_in_a_run_s_outputs_leaves_them_once_the_run_is_gone(
    job: bool, run: bool, left: bool
):
    routes = leading(("model", "thing", IN_RUN)) | made_by_the_run(job=job, run=run)
    connector, _ = forecast(routes, Files({}))
    found = connector.left_behind("model", "thing:1")
    place = f"ExperimentRun/dcid.{RUN}/model"
    named = (Leftover("azureml", place), Leftover("azureml", f"{place}/", prefix=True))
    assert found == (named if left else ())
    assert all(is_own(each) for each in found)


@pytest.mark.parametrize(
    ("other", "stays"),
    [("/model/deeper", True), ("/model", True), ("", True), ("/model-2", False), ("/logs", False)],
)
def test_a_place_in_a_run_s_outputs_stays_while_another_model_leads_there(other: str, stays: bool):
    around = IN_RUN.removesuffix("/model")
    another = ("model", "another", around + other)
    routes = leading(("model", "thing", IN_RUN), another) | runs(job=False, run=False)
    connector, _ = forecast(routes, Files({}))
    assert (connector.left_behind("model", "thing:1") == ()) == stays


def test_a_model_that_is_all_outputs_of_a_run_leaves_them_whole():
    around = IN_RUN.removesuffix("/model")
    routes = leading(("model", "thing", around)) | made_by_the_run(around)
    connector, _ = forecast(routes, Files({}))
    whole = Leftover("azureml", f"ExperimentRun/dcid.{RUN}/", prefix=True)
    assert connector.left_behind("model", "thing:1") == (whole,)


def test_what_is_gone_already_tells_nothing():
    connector, _ = forecast({}, Files({}))
    with pytest.raises(Absent):
        connector.left_behind("model", "thing:1")


def test_deployments_tell_what_they_use():
    routes = {
        arm("onlineEndpoints"): [told(page(payload("online_endpoint")))],
        arm("onlineEndpoints/demand-online/deployments"): [told(payload("online_deployments"))],
        arm("batchEndpoints"): [told(payload("batch_endpoints"))],
        arm("batchEndpoints/demand-batch/deployments"): [told(payload("batch_deployments"))],
    }
    connector, wire = forecast(routes)
    both = ("online_endpoint:demand-online", "batch_endpoint:demand-batch")
    assert connector.uses("model") == {"demand-model:3": both}
    assert connector.uses("environment") == {"sk-env:3": both}
    assert connector.uses("code") == {"score-code:1": both}
    assert connector.uses("data") == {}
    assert len(wire.calls) == 4


def test_a_deployment_of_a_registry_s_model_uses_none_of_the_workspace():
    deployment = payload("online_deployments")["value"][0]
    deployment["properties"] |= {
        "model": "azureml://registries/azureml/models/demand-model/versions/3",
        "environmentId": "/subscriptions/x/environments/sk-env/versions/3",
        "codeConfiguration": None,
    }
    connector, _ = forecast(
        {
            arm("onlineEndpoints"): [told(page(payload("online_endpoint")))],
            arm("onlineEndpoints/demand-online/deployments"): [told(page(deployment))],
            arm("batchEndpoints"): [told(page())],
        }
    )
    assert connector.uses("model") == {}
    assert connector.uses("environment") == {}
