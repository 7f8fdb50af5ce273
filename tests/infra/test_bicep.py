"""infra/ compiles without a word, and what it makes is what is kept beside it."""

import json
import shutil
from pathlib import Path

import pytest

from tests.infra.compiler import INFRA, ROOT, SETS, each, kept, run

ENDINGS = (".bicep", ".bicepparam")


@pytest.fixture
def copy(tmp_path: Path, compiler: tuple[str, ...]) -> Path:
    """A copy of infra/, since the compiler writes beside what it reads."""
    return Path(shutil.copytree(INFRA, tmp_path / "infra"))


def test_every_file_compiles_without_error_or_warning(copy: Path):
    assert each("build", copy, ".bicep") == []
    for file in copy.rglob("*.bicep"):
        assert json.loads(file.with_suffix(".json").read_text("utf-8"))["$schema"], file


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_linter_finds_nothing(ending: str, copy: Path):
    assert len(list(copy.rglob(f"*{ending}"))) >= len(SETS)
    assert each("lint", copy, ending) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_file_is_formatted(ending: str, copy: Path):
    assert each("format", copy, ending) == []
    for file in copy.rglob(f"*{ending}"):
        there = INFRA / file.relative_to(copy)
        assert file.read_text("utf-8") == there.read_text("utf-8"), there


def test_the_linter_would_say_something(copy: Path):
    (copy / "modules" / "bad.bicep").write_text("param unused string\n")
    said = each("lint", copy / "modules", ".bicep")
    assert [line for line in said if "bad.bicep" in line and "Error no-unused-params" in line]
    assert "exit code 1" in said


def test_every_rule_of_the_linter_is_an_error_or_off_for_a_reason():
    rules = json.loads((INFRA / "bicepconfig.json").read_text("utf-8"))["analyzers"]["core"][
        "rules"
    ]
    off = {name for name, rule in rules.items() if rule["level"] != "error"}
    # whether a version is recent depends on the day, and a build has to be the same on each
    assert off == {"use-recent-api-versions"}
    assert len(rules) > 30


@pytest.mark.parametrize("name", SETS)
def test_a_change_of_the_infrastructure_shows_in_the_snapshot(name: str, predicted: dict[str, str]):
    assert predicted[name] == kept(name).read_text("utf-8"), "run `make snapshots` and look at it"


TYPO = """
using 'main.bicep'

param environmentName = 'test'
param location = 'westeurope'
param alertEmails = ['privacy@example.org']
param workspaces = [
  {
    name: 'lab'
    service: 'studio-classic'
    account_kind: 'free'
    workspace_id: '0f3c9a7e5b1d4c2a8e6f70112233aabb'
    tokensetting: 'LAB_TOKEN'
  }
]
"""


@pytest.mark.parametrize(
    ("parameters", "verb", "said"),
    [
        (TYPO, "build-params", '"tokensetting"'),
        (TYPO.partition("param workspaces")[0] + "param workspaces = []", "snapshot", "workspaces"),
    ],
    ids=["misspelt field", "none"],
)
def test_workspaces_that_can_not_work_are_refused(
    parameters: str, verb: str, said: str, copy: Path
):
    file = copy / "test.bicepparam"
    file.write_text(parameters)
    options = ["--mode", "overwrite", "--location", "westeurope"] if verb == "snapshot" else []
    done = run(verb, str(file), *options)
    assert done.returncode != 0
    assert said in done.stderr


def test_each_parameter_set_has_its_snapshot_and_no_other_is_kept():
    assert {kept(name) for name in SETS} == set(INFRA.rglob("*.snapshot.json"))
    assert {"default", "private", "entra", "smallest"} <= set(SETS)


def test_azd_publishes_to_the_app_that_is_tagged_for_it():
    text = (ROOT / "azure.yaml").read_text("utf-8")
    assert "  path: infra\n  module: main\n" in text
    assert "\n  processor:\n    project: .\n    language: python\n    host: function\n" in text
