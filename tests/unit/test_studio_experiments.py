"""Experiments of Studio (classic): graph, annotations, run outputs, the chain of earlier runs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.errors import Absent, Unavailable
from dsr.model.asset import Asset
from dsr.services.studio import experiments
from dsr.usecases.connector import Content, Document, Missing
from tests.fakes.studio import studio, told
from tests.fakes.wire import Answer, answer
from tests.unit.studio_payloads import (
    ANNOTATIONS,
    API,
    EXPERIMENT,
    EXPERIMENT_ID,
    PORTAL,
    endpoint,
    lower,
)

ONE = f"{API}/experiments/{EXPERIMENT_ID}"
NOTES = f"{ONE}/annotations"
PARENT = EXPERIMENT["ParentExperimentId"]
RUN = EXPERIMENT | {"ParentExperimentId": None, "ExperimentId": PARENT}


def asset(item: Any) -> Asset:
    """What the list makes of one entry."""
    workspace, _ = studio({f"{API}/experiments": [told([item])]})
    (found,) = experiments.assets(workspace)
    return found


def read(routes: dict[str, list[Answer]], include_data: bool = True) -> list[Any]:
    workspace, _ = studio({NOTES: [told([])]} | routes)
    return list(experiments.read(workspace, EXPERIMENT_ID, None, include_data))


def run_url(run: str) -> str:
    return f"{API}/experiments/{run}"


def names(files: list[Any]) -> list[str]:
    return [f.name for f in files]


@pytest.mark.parametrize("payload", [EXPERIMENT, lower(EXPERIMENT)])
def test_a_list_entry_becomes_an_asset_with_all_that_can_match(payload):
    found = asset(payload)
    assert (found.kind, found.id, found.name) == ("experiment", EXPERIMENT_ID, "Churn training")
    assert found.owners == (("Creator", "t-user"),)
    assert set(found.texts) == {
        ("Description", "Churn training"),
        ("Summary", "First try"),
        ("Tags", "churn"),
    }
    assert not found.builtin


def test_a_sample_is_told_by_its_prefix_whatever_its_category():
    sample = EXPERIMENT | {"ExperimentId": "506153734175476c4f62416c57734963.f-id.1"}
    assert asset(sample).builtin


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(list(EXPERIMENT)), inner, max_size=5)
        ),
        max_leaves=10,
    )
)
def test_no_entry_of_a_list_is_too_odd_to_be_an_asset(item):
    found = asset(item)
    assert isinstance(found.id, str)
    assert all(isinstance(v, str) for _, v in (*found.owners, *found.texts))


def test_an_experiment_has_its_graph_annotations_outputs_and_its_runs_before():
    files = read(
        {ONE: [told(EXPERIMENT)], NOTES: [told(ANNOTATIONS)], run_url(PARENT): [told(RUN)]}
    )
    assert names(files) == [
        "experiment.json",
        "annotations.json",
        "node-41 Trained model",
        "earlier-1/run.json",
        "earlier-1/node-41 Trained model",
    ]
    assert files[0] == Document("experiment.json", EXPERIMENT)
    assert files[1] == Document("annotations.json", ANNOTATIONS)


def test_without_data_only_documents_are_given():
    files = read({ONE: [told(EXPERIMENT)], run_url(PARENT): [told(RUN)]}, include_data=False)
    assert names(files) == ["experiment.json", "earlier-1/run.json"]
    assert all(isinstance(f, Document) for f in files)


def test_logs_and_descriptions_of_outputs_are_files_too():
    status = EXPERIMENT["NodeStatuses"][0] | {
        "StandardOutEndpoint": endpoint(PORTAL, "out", "?s=1"),
        "StandardErrorEndpoint": endpoint(PORTAL, "err", "?s=2"),
        "MetadataOutputEndpoints": {
            "Trained model": [
                {"Key": "visualization", "Value": endpoint(PORTAL, "vis", "?s=3")},
                {"Key": "schema", "Value": None},
            ]
        },
    }
    payload = RUN | {"NodeStatuses": [status]}
    assert names(read({ONE: [told(payload)]}))[1:] == [
        "node-41 stdout.txt",
        "node-41 stderr.txt",
        "node-41 Trained model",
        "node-41 Trained model visualization.json",
    ]


def test_a_draft_without_runs_has_a_graph_only():
    draft = RUN | {"NodeStatuses": None}
    assert names(read({ONE: [told(draft)]})) == ["experiment.json"]


def test_an_expired_output_address_is_found_anew_by_node_and_port():
    fresh = endpoint(PORTAL, "api/sharedaccess", "?signature=NEW", Name="Trained model")
    other = endpoint(PORTAL, "api/sharedaccess", "?signature=OTHER", Name="Scores")
    status = EXPERIMENT["NodeStatuses"][0] | {"OutputEndpoints": [other, fresh]}
    old = f"{PORTAL}api/sharedaccess?workspaceId=x&signature=OLD"
    new = f"{PORTAL}api/sharedaccess?signature=NEW"
    workspace, wire = studio(
        {
            ONE: [told(RUN), told(RUN | {"NodeStatuses": [status]})],
            NOTES: [told([])],
            old: [answer(403)],
            new: [answer(200, b"model")],
        }
    )
    files = list(experiments.read(workspace, EXPERIMENT_ID, None, True))
    content = files[1]
    assert isinstance(content, Content)
    assert content.source.open().read(100) == b"model"
    assert wire.urls() == [ONE, NOTES, old, ONE, new]


def test_outputs_of_an_earlier_run_are_found_anew_in_that_run():
    old = f"{PORTAL}api/sharedaccess?workspaceId=x&signature=OLD"
    workspace, wire = studio(
        {
            ONE: [told(EXPERIMENT | {"NodeStatuses": []})],
            NOTES: [told([])],
            run_url(PARENT): [told(RUN)],
            old: [answer(403), answer(200, b"model")],
        }
    )
    files = list(experiments.read(workspace, EXPERIMENT_ID, None, True))
    assert files[-1].source.open().read(100) == b"model"
    assert wire.urls().count(run_url(PARENT)) == 2
    assert wire.urls().count(ONE) == 1


def chain(length: int, last: str | None) -> dict[str, list[Answer]]:
    """`length` runs before the experiment, the oldest of which says that `last` is its parent."""
    routes = {ONE: [told({"ParentExperimentId": "run-1"})]}
    for number in range(1, length + 1):
        parent = f"run-{number + 1}" if number < length else last
        routes[run_url(f"run-{number}")] = [told({"ParentExperimentId": parent})]
    return routes


def test_the_chain_of_runs_is_followed_to_its_end():
    assert names(read(chain(3, None))) == [
        "experiment.json",
        "earlier-1/run.json",
        "earlier-2/run.json",
        "earlier-3/run.json",
    ]


@pytest.mark.parametrize("back_to", ["run-1", "run-2", "run-3", EXPERIMENT_ID])
def test_a_chain_that_bites_its_tail_ends_there(back_to):
    assert len(read(chain(3, back_to))) == 4


def test_a_run_that_is_gone_is_said_and_ends_the_chain():
    files = read(chain(2, "gone"))
    assert isinstance(files[-1], Missing)
    assert files[-1].name == "earlier-3/run.json"
    assert files[-1].steps


def test_a_chain_without_end_is_cut_and_said(monkeypatch):
    monkeypatch.setattr(experiments, "_MAX_RUNS", 3)
    files = read(chain(9, None))
    assert names(files)[1:] == [
        "earlier-1/run.json",
        "earlier-2/run.json",
        "earlier-3/run.json",
        "earlier-runs",
    ]
    assert isinstance(files[-1], Missing)
    assert names(read(chain(3, None)))[-1] == "earlier-3/run.json"


def test_an_annotation_list_that_is_none_is_not_taken_for_an_empty_one():
    with pytest.raises(Unavailable):
        read({ONE: [told(RUN)], NOTES: [answer(200, b"null")]})


def test_ids_with_odd_characters_are_quoted_in_the_path():
    workspace, wire = studio({})
    with pytest.raises(Absent):
        list(experiments.read(workspace, "a b?c#d%2fe", None, True))
    assert wire.urls() == [f"{API}/experiments/a%20b%3Fc%23d%252fe"]
