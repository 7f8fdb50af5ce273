"""infra/ compiles without a word, and what it makes is what is kept beside it."""

import json
import shutil
from pathlib import Path

import pytest

from tests.infra.compiler import INFRA, ROOT, SETS, each, find, kept

ENDINGS = (".bicep", ".bicepparam")


@pytest.fixture
def copy(tmp_path: Path, compiler: Path) -> Path:
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


def test_each_parameter_set_has_its_snapshot_and_no_other_is_kept():
    assert {kept(name) for name in SETS} == set(INFRA.rglob("*.snapshot.json"))
    assert {"default", "private", "entra", "smallest"} <= set(SETS)


def test_azd_publishes_to_the_app_that_is_tagged_for_it():
    text = (ROOT / "azure.yaml").read_text("utf-8")
    assert "  path: infra\n  module: main\n" in text
    assert "\n  processor:\n    project: .\n    language: python\n    host: function\n" in text


def executable(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(0o755)
    return file


def test_the_compiler_is_looked_for_beside_the_repository_then_on_the_path_then_at_az(
    tmp_path: Path,
):
    repository, path, azure = tmp_path / "repository", tmp_path / "path", tmp_path / "azure"
    assert find(repository, str(path), azure) is None
    by_az = executable(azure / "bin" / "bicep")
    assert find(repository, str(path), azure) is None, "there is no `az` that it would be of"
    executable(path / "az")
    assert find(repository, str(path), azure) == by_az
    on_path = executable(path / "bicep")
    assert find(repository, str(path), azure) == on_path
    beside = executable(tmp_path / "shared" / "tools" / "bicep")
    assert find(repository, str(path), azure) == beside
