"""How jobs go: cancelled first, deleted by one call, and what they leave in storage."""

import pytest

from dsr.errors import Absent, Blocked, Refused, Unavailable, Unusable
from dsr.services.azureml.leftovers import is_own
from dsr.usecases.connector import Leftover
from tests.fakes.azureml_connector import ARTIFACT, HISTORY, VERSION, arm, connector
from tests.fakes.studio import ARM_ENDPOINT, told
from tests.fakes.wire import answer
from tests.unit.azureml_runs import JOB, job, run

GET = f"GET {arm(f'/jobs/{JOB}')}"
DELETE = f"DELETE {arm(f'/jobs/{JOB}')}"
CANCEL = f"POST {arm(f'/jobs/{JOB}/cancel')}"
OPERATION = (
    f"{ARM_ENDPOINT}/subscriptions/11111111-2222-3333-4444-555555555555/providers"
    "/Microsoft.MachineLearningServices/locations/westeurope/mfeOperationsStatus/jo:1"
    f"?api-version={VERSION}&t=1&c=MII&s=SECRET&h=SECRET"
)
RUN = f"GET {HISTORY}/runs/{JOB}"
LISTS = {
    f"GET {arm('/models', '&listViewType=All')}": [told({"value": []})],
    f"GET {arm('/data', '&listViewType=All')}": [told({"value": []})],
    f"GET {arm('/codes')}": [told({"value": []})],
    f"GET {arm('/environments', '&listViewType=All')}": [told({"value": []})],
}


def accepted(operation=OPERATION):
    headers = {
        "Azure-AsyncOperation": operation,
        "Location": operation.replace("Status", "Results"),
    }
    return answer(202, b"", headers)


def test_a_job_that_has_ended_is_deleted_by_one_call():
    made, wire = connector({GET: [told(job())], DELETE: [accepted()]})
    asked = made.delete("job", JOB)
    assert (asked.status, asked.operation) == (202, OPERATION)
    assert wire.calls == [GET, DELETE]


@pytest.mark.parametrize("status", ["Running", "Queued", "NotStarted", "Finalizing", "Unknown"])
def test_a_job_that_goes_on_is_told_to_stop_and_blocked_until_it_has(status):
    made, wire = connector({GET: [told(job(status=status))], CANCEL: [answer(202)]})
    with pytest.raises(Blocked, match="still running"):
        made.delete("job", JOB)
    assert wire.calls == [GET, CANCEL]


def test_a_job_that_is_stopping_is_not_told_again():
    made, wire = connector({GET: [told(job(status="CancelRequested"))]})
    with pytest.raises(Blocked):
        made.delete("job", JOB)
    assert wire.calls == [GET]


@pytest.mark.parametrize("status", ["Completed", "Failed", "Canceled", "NotResponding", "Paused"])
def test_a_terminal_job_is_not_cancelled(status):
    made, wire = connector({GET: [told(job(status=status))], DELETE: [answer(200)]})
    made.delete("job", JOB)
    assert CANCEL not in wire.calls


def test_a_lock_blocks_and_is_named():
    locked = answer(409, b'{"error": {"code": "ScopeLocked", "message": "/subscriptions/SECRET"}}')
    made, _ = connector({GET: [told(job())], DELETE: [locked]})
    with pytest.raises(Blocked, match=r"409 \(ScopeLocked\)") as caught:
        made.delete("job", JOB)
    assert "SECRET" not in str(caught.value)


def test_what_is_gone_refused_or_unsure_says_so():
    for status, error in ((204, Absent), (404, Absent), (403, Refused), (503, Unavailable)):
        made, _ = connector({GET: [told(job())], DELETE: [answer(status)]})
        with pytest.raises(error):
            made.delete("job", JOB)
    with pytest.raises(Absent):
        connector({})[0].delete("job", JOB)


@pytest.mark.parametrize("name", ["", "..", "a/../b", "../codes/x", "a?b", "x" * 300, "ä"])
def test_an_id_that_is_none_is_refused_before_any_call(name):
    made, wire = connector({})
    for call in (made.delete, made.is_there):
        with pytest.raises(Unusable, match="is refused"):
            call("job", name)
    assert wire.sent == []


@pytest.mark.parametrize(
    "link", ["https://evil.example/op", OPERATION + "x" * 4096, "", "not a link"]
)
def test_a_poll_link_of_elsewhere_or_too_long_is_dropped(link):
    made, _ = connector({GET: [told(job())], DELETE: [accepted(link)]})
    assert made.delete("job", JOB).operation == ""


def test_a_poll_link_of_three_kilobytes_is_used_as_it_is_and_stands_in_no_error(caplog):
    caplog.set_level("DEBUG")
    long = OPERATION + "&c=" + "M" * 3000
    routes = {
        GET: [told(job())],
        DELETE: [accepted(long)],
        f"GET {long}": [told({"status": "InProgress"}), answer(500), told({"status": "Succeeded"})],
    }
    made, wire = connector(routes)
    operation = made.delete("job", JOB).operation
    assert operation == long
    assert made.is_done(operation) is False
    assert made.is_done(operation) is True
    assert not [c for c in wire.calls if "Results" in c]
    assert "SECRET" not in caplog.text


def test_an_operation_that_failed_says_its_code_alone():
    failed = {"status": "Failed", "error": {"code": "Conflict", "message": "SECRET"}}
    made, _ = connector({f"GET {OPERATION}": [told(failed)]})
    with pytest.raises(Unusable, match=r"ended in failure \(Conflict\)") as caught:
        made.is_done(OPERATION)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("status", [404, 400])
def test_an_operation_that_nobody_knows_is_no_end(status):
    made, _ = connector({f"GET {OPERATION}": [answer(status)]})
    with pytest.raises(Unavailable, match="nobody can tell"):
        made.is_done(OPERATION)


def test_a_job_is_gone_once_neither_arm_nor_run_history_gives_it():
    assert connector({GET: [told(job())]})[0].is_there("job", JOB)
    assert connector({RUN: [told(run())]})[0].is_there("job", JOB)
    assert not connector({GET: [answer(404)], RUN: [answer(404)]})[0].is_there("job", JOB)
    with pytest.raises(Refused):
        connector({RUN: [answer(403)]})[0].is_there("job", JOB)


def test_a_job_leaves_exactly_its_own_places_and_those_of_its_children():
    children = f"GET {HISTORY}/runs/{JOB}/children"
    routes = {
        GET: [told(job(job_type="Sweep"))],
        children: [told({"value": [run("trial_1")]})],
        **LISTS,
    }
    left = connector(routes)[0].left_behind("job", JOB)
    assert left == tuple(
        leftover
        for name in (JOB, "trial_1")
        for leftover in (
            Leftover("azureml", f"ExperimentRun/dcid.{name}/", prefix=True),
            Leftover("azureml", f"ArtifactZip/ExperimentRun/dcid.{name}.zip"),
            Leftover("azureml", f"ComputeRecord/dcid.{name}"),
            Leftover("azureml", f"ComputeRecord/dcid.{name}/", prefix=True),
        )
    )
    assert all(is_own(leftover) for leftover in left)


STORE = "azureml://subscriptions/s/datastores/workspaceartifactstore/paths"
VERSIONS = f"GET {arm('/models/m/versions', '&listViewType=All')}"


def with_model(uri, still_there=True):
    version = {"name": "1", "properties": {"modelUri": uri}}
    paths = ("model/model.pkl", "user_logs/std_log.txt", "notes.txt")
    return {
        GET: [told(job())],
        **LISTS,
        f"GET {arm('/models', '&listViewType=All')}": [told({"value": [{"name": "m"}]})],
        VERSIONS: [told({"value": [version]})],
        f"GET {arm('/models/m/versions/1')}": [told(version) if still_there else answer(404)],
        f"GET {ARTIFACT}/artifacts/ExperimentRun/dcid.{JOB}": [
            told({"value": [{"path": path} for path in paths]})
        ],
    }


def outputs(routes):
    left = connector(routes)[0].left_behind("job", JOB)
    assert all(is_own(leftover) for leftover in left)
    root = f"ExperimentRun/dcid.{JOB}/"
    return [
        (leftover.name.removeprefix(root), leftover.prefix)
        for leftover in left
        if leftover.name.startswith(root)
    ]


def test_what_a_model_leads_to_stays_and_what_lies_beside_it_goes():
    routes = with_model(f"{STORE}/ExperimentRun/dcid.{JOB}/model")
    assert outputs(routes) == [("notes.txt", False), ("user_logs/", True)]


def test_a_model_that_leads_to_all_of_a_run_keeps_all_of_it():
    assert outputs(with_model(f"{STORE}/ExperimentRun/dcid.{JOB}")) == []


@pytest.mark.parametrize(
    ("uri", "there"),
    [
        (f"{STORE}/ExperimentRun/dcid.{JOB}2/model", True),
        (f"{STORE}/ExperimentRun/dcid.{JOB}/model", False),
    ],
    ids=["of another run", "deleted since"],
)
def test_a_model_elsewhere_or_gone_keeps_nothing(uri, there):
    assert outputs(with_model(uri, there)) == [("", True)]


def test_where_links_can_not_be_told_nothing_is_named():
    routes = with_model("") | {VERSIONS: [answer(403)]}
    with pytest.raises(Refused):
        connector(routes)[0].left_behind("job", JOB)


@pytest.mark.parametrize(
    "leftover",
    [
        Leftover("azureml", "ExperimentRun/", prefix=True),
        Leftover("azureml", "ExperimentRun/dcid.a", prefix=True),
        Leftover("azureml", "ExperimentRun/dcid./", prefix=True),
        Leftover("azureml", "ComputeRecord/dcid.a", prefix=True),
        Leftover("azureml", "ArtifactZip/ExperimentRun/dcid.a.zip", prefix=True),
        Leftover("azureml", "", prefix=True),
        Leftover("azureml-blobstore-x", "LocalUpload/", prefix=True),
        Leftover("azureml-blobstore-x", "users/nora/", prefix=True),
        Leftover("other", "ExperimentRun/dcid.a/", prefix=True),
    ],
    ids=lambda leftover: f"{leftover.container}/{leftover.name}",
)
def test_places_that_would_be_others_as_well_are_no_leftovers(leftover):
    assert not is_own(leftover)


def test_a_whole_workspace_is_purged_and_only_the_targets_own():
    made, wire = connector({f"DELETE {arm('', '&forceToPurge=true')}": [accepted()]})
    assert made.own.erasable
    assert made.own.confirmations == 2
    assert made.delete("workspace", "ws-forecast").operation == OPERATION
    assert made.is_there("workspace", "ws-forecast")
    with pytest.raises(Unusable, match="is refused"):
        made.delete("workspace", "ws-other")
    deletes = [c for c in wire.calls if c.startswith("DELETE")]
    assert deletes == [f"DELETE {arm('', '&forceToPurge=true')}"]
    assert not connector({f"GET {arm('')}": [answer(404)]})[0].is_there("workspace", "ws-forecast")
