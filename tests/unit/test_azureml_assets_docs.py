"""What the documents say of Azure Machine Learning's kinds is what its connector has."""

import re
from pathlib import Path

from dsr.services.azureml.kinds import KINDS, kinds_of
from tests.fakes.azureml_wire import TARGET
from tests.unit.test_docs import code, rows

COVERAGE = "docs/coverage.md"
REAL = {kind.kind.name: kind for kind in kinds_of(TARGET)}
SOURCES = Path(__file__).parents[2] / "dsr" / "services" / "azureml"


def test_limits_lists_every_kind_with_its_batch_in_the_order_of_the_package():
    stated = {
        code(row[0]): row for row in rows("docs/limits.md", "Kinds of Azure Machine Learning")
    }
    assert list(stated) == [kind.kind.name for kind in KINDS]
    for name, row in stated.items():
        assert row[1] == str(REAL[name].kind.batch), name
        assert row[2], name


def test_coverage_says_of_each_kind_where_its_files_land():
    stated = {
        code(row[0]): row[1] for row in rows(COVERAGE, "Azure Machine Learning: what lands where")
    }
    assert list(stated) == list(REAL)
    for name, files in stated.items():
        assert ("/" in files) == REAL[name].kind.folder, name
        assert (".metadata.json" in files) != REAL[name].kind.folder, name


def test_coverage_says_of_each_kind_what_deletes_it_in_the_order_of_deletes():
    stated = {code(row[0]): row[1:] for row in rows(COVERAGE, "Azure Machine Learning: deletes")}
    assert set(stated) == set(REAL)
    erasable = [name for name in stated if REAL[name].kind.erasable]
    stages = [REAL[name].kind.stage for name in erasable]
    assert stages == sorted(stages)
    for name, (call, after, left) in stated.items():
        if name in erasable:
            assert "DELETE" in call, name
            assert after, name
            assert ("none" in left) == (name in ("schedule", "component", "environment")), name
        else:
            assert call.startswith("by hand: "), name
            assert REAL[name].kind.by_hand
        assert ((flag := REAL[name].kind.flag) in call) or not flag


def test_connector_names_the_files_that_hold_the_kinds():
    text = (SOURCES.parents[2] / "docs" / "connector.md").read_text("utf-8")
    section = text.split("## Azure Machine Learning onto it")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+\.py)`", section))
    assert named
    assert {name for name in named if not (SOURCES / name).exists()} == set()
