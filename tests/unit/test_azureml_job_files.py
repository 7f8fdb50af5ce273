"""What an export reads of a job: metrics with values, files by links, children, limits."""

import pytest

from dsr.errors import Refused, Unusable
from dsr.usecases.connector import Content, Document, Missing
from tests.fakes.azureml_connector import ARTIFACT, HISTORY, arm, connector
from tests.fakes.studio import told
from tests.fakes.wire import answer
from tests.unit.azureml_runs import (
    JOB,
    OMAR_ID,
    files,
    job,
    link,
    linked,
    links,
    metric_full,
    metric_list,
    run,
    user,
)

LISTED = {"job": job(), "run": run()}
CHILDREN = f"GET {HISTORY}/runs/{JOB}/children"
PLAIN = {"value": [], "continuationToken": None}


def read(routes, listed=LISTED, include_data=True, **how):
    made, wire = connector(routes, **how)
    return list(made.read("job", JOB, listed, include_data)), wire


def by_name(found):
    return {file.name: file for file in found}


def content(file):
    stream = file.source.open()
    data = stream.read(1 << 20)
    assert stream.read(1) == b""
    return data


def test_what_the_list_told_comes_first_and_is_not_asked_for_again():
    found, wire = read(files(JOB, outputs__a=b"one", logs__b=b"two"))
    assert found[0] == Document("job.json", LISTED)
    assert found[0].value is LISTED
    assert {f.name: content(f) for f in found[1:]} == {
        "artifacts/outputs/a": b"one",
        "artifacts/logs/b": b"two",
    }
    assert len(wire.calls) == 2 + 2  # metrics and links, and each file once


def test_without_a_list_the_job_and_its_run_are_read():
    routes = {
        f"GET {arm(f'/jobs/{JOB}')}": [told(job())],
        f"GET {HISTORY}/runs/{JOB}": [told(run())],
    }
    found, _ = read(routes, listed=None)
    assert found == [Document("job.json", LISTED)]


def test_without_data_no_file_is_asked_for():
    found, wire = read(files(JOB, a=b"one"), include_data=False)
    assert [f.name for f in found] == ["job.json"]
    assert not [c for c in wire.calls if "artifact" in c]


def test_metrics_come_with_every_value_of_every_page():
    loss = {"metricKey": {"name": "loss", "namespace": "ns"}, "columns": {"loss": "Double"}}
    first = {"value": [{"step": 0, "data": {"loss": "1"}}], "continuationToken": "more"}
    last = {"value": [{"step": 1, "data": {"loss": "0.5"}}], "continuationToken": None}
    routes = {
        f"POST {metric_list(JOB)}": [told({"value": [loss], "continuationToken": None})],
        f"POST {metric_full(JOB)}": [told(first), told(last)],
    }
    found, wire = read(routes)
    values = first["value"] + last["value"]
    assert by_name(found)["metrics.json"].value == [{"definition": loss, "values": values}]
    asked = {"metricName": "loss", "metricNamespace": "ns"}
    assert wire.bodies(metric_full(JOB)) == [asked, asked | {"continuationToken": "more"}]


def test_a_list_of_metrics_that_goes_round_ends():
    again = told({"value": [], "continuationToken": "same"})
    with pytest.raises(Unusable, match="the same page again and again"):
        read({f"POST {metric_list(JOB)}": [again]})


def test_links_are_listed_page_after_page_by_the_token_alone():
    evil = "https://evil.example/next"
    first = linked(JOB, "a", following="t+1") | {"nextLink": evil}
    second = f"{links(JOB)}?continuationToken=t%2B1"
    found, wire = read({links(JOB): [told(first)], second: [told(linked(JOB, "b"))]})
    assert [f.name for f in found[1:]] == ["artifacts/a", "artifacts/b"]
    assert all("evil" not in call for call in wire.calls)


def test_a_link_that_has_expired_is_asked_for_anew_once():
    fresh = link(JOB, "a b", "sig=2")
    one = f"GET {ARTIFACT}/artifacts/ExperimentRun/dcid.{JOB}/contentinfo?path=a%20b"
    routes = {
        links(JOB): [told(linked(JOB, "a b"))],
        f"GET {link(JOB, 'a b')}": [answer(403)],
        one: [told({"contentUri": fresh, "path": "a b"})],
        f"GET {fresh}": [answer(200, b"late")],
    }
    found, wire = read(routes)
    assert content(found[1]) == b"late"
    assert wire.calls.count(one) == 1
    routes[f"GET {fresh}"] = [answer(403)]
    found, _ = read(routes)
    with pytest.raises(Refused):
        found[1].source.open()


def test_a_link_to_a_blob_carries_no_token():
    found, wire = read(files(JOB, a=b"one"))
    content(found[1])
    (call,) = [c for c in wire.sent if "sig=" in c.url]
    assert "Authorization" not in call.headers


@pytest.mark.parametrize(
    "away", ["https://evil.example/a", "http://stforecast01.blob.core.windows.net/a"]
)
def test_bytes_come_from_allowed_hosts_alone(away):
    page = linked(JOB, "a")
    page["value"][0]["contentUri"] = away
    found, wire = read({links(JOB): [told(page)]})
    with pytest.raises(Unusable, match="a host that is not one of the workspace's"):
        found[1].source.open()
    assert away not in {c.url for c in wire.sent}


def test_a_file_over_the_limit_is_missing_and_says_which_setting():
    routes = files(JOB, small=b"x" * (1 << 20), large=b"x" * ((1 << 20) + 1))
    found, wire = read(routes, limits={"job": 1 << 20})
    names = by_name(found)
    assert content(names["artifacts/small"]) == b"x" * (1 << 20)
    missing = names["artifacts/large"]
    assert isinstance(missing, Missing)
    assert "1 MB" in missing.reason
    assert "DSR_AZUREML_MAX_MEGABYTES" in missing.reason
    assert any("artifacts/large" in step for step in missing.steps)
    assert len([c for c in wire.calls if "sig=" in c]) == 2  # what was opened is read on from


def test_a_limit_of_another_kind_limits_nothing():
    found, _ = read(files(JOB, large=b"x" * 100), limits={"model": 1})
    assert isinstance(found[1], Content)


def test_what_can_not_be_opened_for_the_limit_is_left_to_the_copy_to_tell():
    routes = files(JOB, a=b"x") | {f"GET {link(JOB, 'a')}": [answer(404)]}
    found, _ = read(routes, limits={"job": 1})
    assert isinstance(found[1], Content)


@pytest.mark.parametrize("kind", ["Pipeline", "Sweep", "AutoML"])
def test_runs_that_a_job_started_have_a_folder_each(kind):
    step = run("step-1", runType="azureml.StepRun", parentRunId=JOB)
    deep = run("deep-1", parentRunId="step-1")
    routes = {
        CHILDREN: [told({"value": [step], "continuationToken": "t"})],
        f"{CHILDREN}?%24continuationtoken=t": [told(PLAIN)],
        f"GET {HISTORY}/runs/step-1/children": [
            told(
                {
                    "value": [deep, step],
                }
            )
        ],
        **files("step-1", out=b"step"),
        **files("deep-1", out=b"deep"),
    }
    found, _ = read(routes, listed={"job": job(job_type=kind), "run": run()})
    names = by_name(found)
    assert list(names) == [
        "job.json",
        "children/step-1/run.json",
        "children/step-1/artifacts/out",
        "children/deep-1/run.json",
        "children/deep-1/artifacts/out",
    ]
    assert names["children/step-1/run.json"].value == step
    assert content(names["children/deep-1/artifacts/out"]) == b"deep"


def test_a_command_job_is_not_asked_for_children():
    _, wire = read(files(JOB))
    assert not [c for c in wire.calls if "children" in c]


def test_long_names_of_trials_do_not_share_a_folder():
    trials = [run(f"AutoML_5d5d5d5d-0000-4000-8000-1234567890ab_{n}") for n in range(2)]
    found, _ = read(
        {CHILDREN: [told({"value": trials})]}, listed={"job": job(job_type="AutoML"), "run": run()}
    )
    folders = {f.name.split("/")[1] for f in found[1:]}
    assert len(folders) == 2
    assert all(len(folder) <= 24 for folder in folders)


@pytest.mark.parametrize(
    "taken",
    [
        {"properties": {"azureml.isreused": "true", "azureml.reusedrunid": "theirs"}},
        {"properties": {"azureml.reusedrunid": "theirs"}},
        {"dataContainerId": "dcid.theirs"},
    ],
    ids=["both", "id", "container"],
)
def test_a_reused_step_is_a_reference_without_the_other_runs_bytes(taken):
    step = run("step-1", createdBy=user(OMAR_ID, "Omar Muster"), **taken)
    routes = {
        CHILDREN: [told({"value": [step]})],
        **files("step-1", out=b"theirs"),
        **files("theirs", out=b"theirs"),
    }
    found, wire = read(routes, listed={"job": job(job_type="Pipeline"), "run": run()})
    assert [f.name for f in found[1:]] == [
        "children/step-1/run.json",
        "children/step-1/reused.json",
    ]
    assert not any(isinstance(f, Missing) for f in found)
    assert not [c for c in wire.calls if "step-1/" in c or "theirs" in c]
