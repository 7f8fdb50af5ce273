"""Attempts to have deleted in Azure Machine Learning what no approval names, or is another's."""

from dataclasses import replace
from typing import Any

import pytest

from dsr.errors import Blocked, Unavailable, Unusable
from dsr.usecases.connector import Leftover
from sandbox.studio.content import text
from tests.fakes.azureml_connector import HISTORY, connector
from tests.fakes.azureml_folders import folders
from tests.fakes.azureml_wire import BLOBSTORE, Files, arm, every, forecast, page, plane
from tests.fakes.studio import told
from tests.fakes.wire import Answer, answer
from tests.unit.azureml_runs import OMAR_ID, job, run, user
from tests.unit.test_azureml_assets_deletes import HASH, RUN, UPLOAD, WHOLE, leading, runs
from tests.unit.test_azureml_job_deletes import DELETE, GET, JOB, LISTS

IN_RUN = f"azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.{RUN}/model"


def cleared(left: tuple[Leftover, ...]) -> list[Leftover]:
    return [each for each in left if not each.kept]


# Another workspace's, on the same storage account


@pytest.mark.parametrize("kind", ["data", "model"])
def test_outputs_of_a_run_that_may_be_another_workspace_s_are_told_and_left_alone(kind: str):
    routes = leading((kind, "thing", IN_RUN)) | runs(job=False, run=False)
    made, _ = forecast(routes, Files({}))
    left = made.left_behind(kind, "thing:1")
    assert cleared(left) == []
    assert [each.name for each in left] == [f"ExperimentRun/dcid.{RUN}/model"]


# Somebody else's runs below a job


def with_children(*children: dict[str, Any]) -> dict[str, list[Answer]]:
    return {
        GET: [told(job(job_type="Pipeline"))],
        f"GET {HISTORY}/runs/{JOB}": [told(run())],
        f"GET {HISTORY}/runs/{JOB}/children": [told({"value": list(children)})],
        DELETE: [answer(200)],
        **LISTS,
    }


def test_outputs_of_a_child_that_somebody_else_started_are_not_cleared_with_the_job():
    omars = run("step_2", createdBy=user(OMAR_ID, "Omar Muster"))
    made, _ = connector(with_children(run("step_1"), omars))
    names = {each.name for each in cleared(made.left_behind("job", JOB))}
    assert "ExperimentRun/dcid.step_1/" in names
    assert not [name for name in names if "step_2" in name]


def test_a_job_with_a_child_that_somebody_else_started_stays():
    omars = run("step_2", createdBy=user(OMAR_ID, "Omar Muster"))
    made, wire = connector(with_children(run("step_1"), omars))
    with pytest.raises(Blocked, match="somebody else"):
        made.delete("job", JOB)
    assert not [call for call in wire.calls if call.startswith(("DELETE", "POST"))]


def test_a_job_whose_children_are_its_maker_s_own_goes():
    made, _ = connector(with_children(run("step_1"), run("step_2", createdBy=None)))
    assert made.delete("job", JOB).status == 200


# What else leads to an upload


@pytest.mark.parametrize(
    "address",
    [
        f"https://stforecast01.blob.core.windows.net/{BLOBSTORE}/LocalUpload/{HASH}?sv=1&sig=2",
        f"azureml://datastores/workspaceblobstore/paths/LocalUpload/{HASH}?x=1",
    ],
)
def test_an_address_with_a_query_still_leads_to_an_upload(address: str):
    made, _ = forecast(leading(("code", "thing", UPLOAD), ("data", "another", address)), Files({}))
    assert cleared(made.left_behind("code", "thing:1")) == []


def test_an_upload_that_an_environment_is_built_of_stays():
    routes = leading(("code", "thing", UPLOAD))
    built = {"name": "3", "properties": {"build": {"contextUri": UPLOAD, "dockerfilePath": "D"}}}
    routes[every("environments")] = [told(page({"name": "sk-env"}))]
    routes[every("environments/sk-env/versions")] = [told(page(built))]
    routes[arm("environments/sk-env/versions/3")] = [told(built)]
    made, _ = forecast(routes, Files({}))
    assert cleared(made.left_behind("code", "thing:1")) == []


def test_an_upload_that_a_feature_set_is_made_of_stays():
    routes = leading(("code", "thing", UPLOAD))
    made_of = {"name": "3", "properties": {"specification": {"path": UPLOAD}}}
    routes[every("featuresets")] = [told(page({"name": "f"}))]
    routes[every("featuresets/f/versions")] = [told(page(made_of))]
    routes[arm("featuresets/f/versions/3")] = [told(made_of)]
    made, _ = forecast(routes, Files({}))
    assert cleared(made.left_behind("code", "thing:1")) == []


class Storage:
    """Notes what was to be cleared."""

    def __init__(self) -> None:
        self.asked: list[Leftover] = []

    def clear(self, leftover: Leftover) -> None:
        self.asked.append(leftover)


def test_what_a_version_leads_to_by_now_is_not_cleared_after_the_delete():
    routes = leading(("data", "another", UPLOAD))
    storage = Storage()
    made, _ = forecast(routes, Files({}), storage=storage)
    found = made.storage()
    assert found is not None
    with pytest.raises(Unusable, match="leads there by now"):
        found.clear(WHOLE)
    assert storage.asked == []
    other = replace(WHOLE, name="LocalUpload/" + "1" * 32 + "/")
    found.clear(other)
    assert storage.asked == [other]


# Bytes that stay


@pytest.mark.parametrize(
    ("address", "container", "name"),
    [
        (
            "azureml://datastores/workspaceblobstore/paths/users/nora/train.csv",
            BLOBSTORE,
            "users/nora/train.csv",
        ),
        (
            "https://elsewhere.blob.core.windows.net/c/train.csv?sv=1&sig=SECRET",
            "",
            "https://elsewhere.blob.core.windows.net/c/train.csv",
        ),
        ("azureml://datastores/lake/paths/a.csv", "", "azureml://datastores/lake/paths/a.csv"),
    ],
)
@pytest.mark.parametrize("kind", ["data", "model"])
def test_bytes_that_no_delete_takes_are_told(kind: str, address: str, container: str, name: str):
    made, _ = forecast(leading((kind, "thing", address)), Files({}))
    (left,) = made.left_behind(kind, "thing:1")
    assert (left.container, left.name, bool(left.kept)) == (container, name, True)
    assert "SECRET" not in str(left)


def test_named_outputs_of_a_job_are_told():
    outputs = {
        "default": {"uri": f"azureml://datastores/x/paths/ExperimentRun/dcid.{JOB}"},
        "scores": {"uri": "azureml://datastores/workspaceblobstore/paths/out/scores?sig=SECRET"},
        "unnamed": {"uri": None},
    }
    made, _ = connector({GET: [told(job(outputs=outputs))], **LISTS})
    kept = [each for each in made.left_behind("job", JOB) if each.kept]
    assert [each.name for each in kept] == [
        "azureml://datastores/workspaceblobstore/paths/out/scores",
        f"azureml/{JOB}/",
    ]


# Ids


def test_an_id_with_a_colon_too_many_is_refused_uncalled():
    made, wire = forecast({})
    for call in (made.delete, made.is_there):
        with pytest.raises(Unusable, match="is refused"):
            call("model", "a:b:c")
    assert wire.calls == []


# Lists


def test_versions_that_can_not_be_listed_though_their_container_is_there_fail_the_kind():
    routes = {
        every("environments"): [told(page({"name": "sk-env"}))],
        arm("environments/sk-env"): [told({"name": "sk-env"})],
    }
    made, _ = forecast(routes)
    with pytest.raises(Unavailable, match="list environments"):
        list(made.assets("environment", None))


# What was made anew


def test_a_workspace_made_anew_is_told_from_the_one_before():
    resource = {"id": "x", "name": "ws-forecast", "properties": {"workspaceId": "A"}}
    anew = {"id": "x", "name": "ws-forecast", "properties": {"workspaceId": "B"}}
    made, _ = forecast({arm(""): [told(resource), told(resource), told(anew)]})
    states = [made.record().state for _ in range(3)]
    assert states[0] == states[1] != states[2]
    assert "" not in states


def test_a_job_made_anew_is_another_one_also_where_run_history_does_not_know_it():
    before = job()
    anew = job() | {"systemData": {**before["systemData"], "createdAt": "2026-11-01T00:00:00Z"}}
    states = []
    for listed in (before, anew):
        made, _ = connector(
            {f"GET {arm_jobs()}": [told({"value": [listed]})]},
        )
        (asset,) = made.assets("job", None)
        states.append(asset.state)
    assert states[0] != states[1]


def arm_jobs() -> str:
    from tests.fakes.azureml_connector import arm as below

    return below("/jobs", "&listViewType=All")


def test_a_folder_made_anew_is_not_gone_on_with():
    made = folders({"Users/t-user/a.txt": text("old")})
    operation = made.connector.delete("user_folder", "t-user").operation
    made.share.put("Users/t-user/new.txt", text("new"))
    with pytest.raises(Unusable, match="made anew"):
        made.connector.is_done(operation)
    assert made.share.files() == {"Users/t-user/new.txt": b"new"}


# A hub


def test_a_hub_that_projects_use_is_not_purged():
    hub = {"kind": "Hub", "properties": {"associatedWorkspaces": ["/subscriptions/p"]}}
    made, wire = forecast({arm(""): [told(hub)], plane("x", "y"): []})
    with pytest.raises(Blocked, match="projects"):
        made.delete("workspace", "ws-forecast")
    assert {call.method for call in wire.calls} == {"GET"}
