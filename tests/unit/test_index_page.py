"""The package's page: plain words for kinds and outcomes, sections, numbers."""

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dsr.model.outcome import Outcome
from dsr.services.studio.kinds import kinds_of
from dsr.storage.index_page import HEADINGS, IndexPage, heading
from tests.fakes.studio import ARM_ID, TARGET

KINDS = ["workspace", "user", *(k.kind.name for k in kinds_of(replace(TARGET, arm_id=ARM_ID)))]


def page() -> IndexPage:
    nobody = cast(Any, SimpleNamespace())  # rows need neither request nor plan
    return IndexPage(nobody, nobody, nobody)


def entry(kind: str, outcome: str = "exported", workspace: str = "lab", **more: Any) -> Any:
    return {"asset": f"{workspace}/{kind}:1", "outcome": outcome, "evidence": {}} | more


def test_every_kind_has_a_heading_of_its_own_in_plain_words():
    assert len(KINDS) == 14
    assert set(HEADINGS) == set(KINDS)
    assert len(set(HEADINGS.values())) == len(KINDS)
    assert all(re.fullmatch(r"[A-Z][a-z ()]+", heading(kind)) for kind in KINDS)


def test_a_kind_of_another_service_is_called_by_its_name():
    assert heading("compute_instance") == "Compute instance"


def test_a_heading_stands_where_a_workspace_or_kind_begins_and_says_where_one_goes_on():
    made = page()
    order = [("a", "dataset"), ("a", "dataset"), ("a", "gateway"), ("a", "dataset"), ("b", "user")]
    text = "".join(made.row(entry(kind, workspace=name), "x") for name, kind in order)
    assert re.findall(r"<h2>(.*?) <small>in (.)</small></h2>", text) == [
        ("Datasets", "a"),
        ("Gateways to data outside the cloud", "a"),
        ("Datasets, continued", "a"),
        ("Account", "b"),
    ]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_outcome_is_marked_in_words_unless_all_is_there(outcome):
    marks = re.findall(r'class="mark">(.*?)<', page().row(entry("dataset", outcome.value), "x"))
    assert len(marks) == (outcome != Outcome.EXPORTED)
    assert "manual" not in marks


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 sample or built-in"), (7, "7 samples and built-ins")]
)
def test_samples_are_counted(count, said):
    row = page().row(entry("dataset", "skipped", count=count), "samples and built-ins")
    assert f"<strong>{said}</strong>" in row
