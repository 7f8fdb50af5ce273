"""Files of jobs from the workspace's own storage account, where the target says so."""

from dataclasses import replace
from typing import Any, cast

import pytest

from dsr.errors import Refused, Unavailable
from dsr.services.azureml.workspace import Account
from dsr.usecases.connector import Content, Missing
from tests.fakes.azureml_connector import HISTORY, TARGET, arm, connector
from tests.fakes.azureml_wire import Files
from tests.fakes.studio import told
from tests.fakes.wire import answer
from tests.unit.azureml_runs import JOB, job, metric_list, run

STORE = arm("/datastores/workspaceartifactstore")
ENDED = {"endTimeUtc": "2026-05-04T09:22:33.1234567+00:00"}


def store(account: str = "stforecast01") -> Any:
    properties = {
        "datastoreType": "AzureBlob",
        "accountName": account,
        "containerName": "azureml",
        "credentials": {"credentialsType": "AccountKey"},
    }
    return {"name": "workspaceartifactstore", "properties": properties}


def blobs(*paths: str, name: str = JOB) -> dict[str, bytes]:
    return {f"ExperimentRun/dcid.{name}/{path}": path.encode() for path in paths}


def read(files, routes=None, listed=None, way="storage", **more):
    account = None if files is None else Account(cast(Any, None), cast(Any, files))
    held = files.held("azureml") if files is not None else {}
    bytes_ = {f"GET {files.url('azureml', n, '')}": [answer(200, d)] for n, d in held.items()}
    made, wire = connector(
        {f"GET {STORE}": [told(store())], **bytes_, **(routes or {})},
        open_account=lambda name: account if name == "stforecast01" else None,
        target=replace(TARGET, artifacts=way),
        **more,
    )
    listed = listed or {"job": job(), "run": run(**ENDED)}
    return list(made.read("job", JOB, listed, True))[1:], wire, made


def content(file: Any) -> bytes:
    return file.source.open().read(1 << 20)


def test_files_come_from_the_folder_of_the_run_and_no_link_is_asked_for():
    files = Files({"azureml": blobs("outputs/a", "logs/b") | blobs("c", name=f"{JOB}2")})
    found, wire, _ = read(files)
    assert {f.name: content(f) for f in found} == {
        "artifacts/logs/b": b"logs/b",
        "artifacts/outputs/a": b"outputs/a",
    }
    asked, data = wire.calls[:2], wire.calls[2:]
    assert asked == [f"POST {metric_list(JOB)}", f"GET {STORE}"]
    assert data == [
        f"GET {files.url('azureml', f'ExperimentRun/dcid.{JOB}/{p}', '')}"
        for p in ("logs/b", "outputs/a")
    ]


@pytest.mark.parametrize("way", ["", "links"])
def test_otherwise_the_service_is_asked_for_links(way):
    files = Files({"azureml": blobs("outputs/a")})
    found, wire, _ = read(files, way=way)
    assert found == []  # the service of this test knows of none
    assert files.asked == []
    assert "prefix/contentinfo" in wire.calls[-1]


def test_children_have_files_of_their_own():
    child = run("step_1", parentRunId=JOB, **ENDED)
    children = f"GET {HISTORY}/runs/{JOB}/children"
    files = Files({"azureml": blobs("a") | blobs("b", name="step_1")})
    listed = {"job": job(job_type="Pipeline"), "run": run(runType="azureml.PipelineRun", **ENDED)}
    routes = {children: [told({"value": [child], "continuationToken": None})]}
    found, _, _ = read(files, routes, listed)
    named = {f.name: content(f) for f in found if isinstance(f, Content)}
    assert named == {"artifacts/a": b"a", "children/step_1/artifacts/b": b"b"}


def test_many_jobs_share_one_list():
    names = [f"job_{n:03}" for n in range(50)]
    held = {k: v for name in names for k, v in blobs("a", name=name).items()}
    files = Files({"azureml": held})
    _, wire, made = read(files)
    for name in names:
        listed = {"job": job(name), "run": run(name, **ENDED)}
        found = list(made.read("job", name, listed, True))
        assert [f.name for f in found[1:]] == ["artifacts/a"]
    assert len(files.asked) == 21
    assert wire.calls.count(f"GET {STORE}") == 1


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"endTimeUtc": None},
        {"endTimeUtc": "yesterday"},
        {"endTimeUtc": "2026-05-04T09:22:33"},
        {"status": "Running", **ENDED},
        {"status": None, **ENDED},
    ],
)
def test_a_run_that_nobody_knows_to_have_ended_is_listed_alone(more):
    files = Files({"azureml": blobs("a")})
    _, _, made = read(files)
    for _ in range(30):
        found = list(made.read("job", JOB, {"job": job(), "run": run() | more}, True))
        assert [f.name for f in found[1:]] == ["artifacts/a"]
    assert {prefix for _, prefix in files.asked} == {f"ExperimentRun/dcid.{JOB}/"}


def test_a_file_above_the_limit_is_left_out():
    files = Files({"azureml": blobs("a", "long/path")})
    found, _, _ = read(files, limits={"job": 5})
    assert [type(f) for f in found] == [Content, Missing]
    assert found[1].name == "artifacts/long/path"


@pytest.mark.parametrize("files", [None, Files({}, Refused("read was answered with 403"))])
def test_an_account_that_lets_nobody_in_is_told(files):
    found, _, _ = read(files)
    assert [(f.name, f.reason) for f in found] == [
        ("artifacts", "the app may not read the workspace's storage account")
    ]


def test_a_store_in_another_account_is_told():
    found, _, _ = read(Files({}), {f"GET {STORE}": [told(store("stother01"))]})
    assert [(f.name, f.reason) for f in found] == [
        ("artifacts", "it lies outside the workspace's own blob storage")
    ]


def test_an_account_that_does_not_answer_is_tried_again_later():
    with pytest.raises(Unavailable):
        read(Files({}, Unavailable("list artifact blobs could not be reached")))
