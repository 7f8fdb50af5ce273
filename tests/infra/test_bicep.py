"""infra/ compiles without a word, and what it makes is what is kept beside it."""

import json
from pathlib import Path

import pytest

from tests.infra.compiler import INFRA, ROOT, SETS, kept, run

SOURCES = sorted(INFRA.rglob("*.bicep"))
PARAMETERS = sorted(INFRA.rglob("*.bicepparam"))
needs_compiler = pytest.mark.usefixtures("compiler")


def by_path(path: Path) -> str:
    return path.relative_to(INFRA).as_posix()


@needs_compiler
@pytest.mark.parametrize("file", SOURCES, ids=by_path)
def test_a_file_compiles_without_error_or_warning(file: Path):
    done = run("build", str(file), "--stdout")
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert json.loads(done.stdout)["$schema"]


@needs_compiler
@pytest.mark.parametrize("file", [*SOURCES, *PARAMETERS], ids=by_path)
def test_the_linter_finds_nothing(file: Path):
    done = run("lint", str(file))
    assert (done.returncode, done.stdout.strip(), done.stderr.strip()) == (0, "", "")


@needs_compiler
@pytest.mark.parametrize("file", [*SOURCES, *PARAMETERS], ids=by_path)
def test_a_file_is_formatted(file: Path):
    done = run("format", str(file), "--stdout")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == file.read_text("utf-8").strip()


@needs_compiler
def test_the_linter_would_say_something(tmp_path: Path):
    (tmp_path / "bicepconfig.json").write_text((INFRA / "bicepconfig.json").read_text("utf-8"))
    (tmp_path / "main.bicep").write_text("param unused string\n")
    done = run("lint", str(tmp_path / "main.bicep"))
    assert done.returncode != 0
    assert "Error no-unused-params" in done.stdout + done.stderr


def test_every_rule_of_the_linter_is_an_error_or_off_for_a_reason():
    rules = json.loads((INFRA / "bicepconfig.json").read_text("utf-8"))["analyzers"]["core"][
        "rules"
    ]
    off = {name for name, rule in rules.items() if rule["level"] != "error"}
    # whether a version is recent depends on the day, and a build has to be the same on each
    assert off == {"use-recent-api-versions"}
    assert len(rules) > 30


@pytest.mark.parametrize("name", SETS)
def test_a_change_of_the_infrastructure_shows_in_the_snapshot(
    name: str, predicted: dict[str, str]
):
    assert predicted[name] == kept(name).read_text("utf-8"), "run `make snapshots` and look at it"


@needs_compiler
def test_a_deployment_without_workspaces_is_refused(tmp_path: Path):
    file = tmp_path / "main.bicepparam"
    file.write_text(
        f"using '{INFRA / 'main.bicep'}'\nparam environmentName = 'test'\n"
        "param location = 'westeurope'\nparam workspaces = []\nparam alertEmails = ['a@b.example']\n"
    )
    done = run("snapshot", str(file), "--mode", "overwrite", "--location", "westeurope")
    assert done.returncode != 0
    assert "'workspaces' is not valid" in done.stdout + done.stderr


@needs_compiler
def test_a_misspelt_field_of_a_workspace_is_refused(tmp_path: Path):
    file = tmp_path / "main.bicepparam"
    file.write_text(
        f"using '{INFRA / 'main.bicep'}'\nparam environmentName = 'test'\n"
        "param location = 'westeurope'\nparam alertEmails = ['a@b.example']\n"
        "param workspaces = [{ name: 'lab', service: 'studio-classic', account_kind: 'free'\n"
        "  workspace_id: '0f3c9a7e5b1d4c2a8e6f70112233aabb', tokensetting: 'T' }]\n"
    )
    done = run("build-params", str(file), "--stdout")
    assert done.returncode != 0
    assert "tokensetting" in done.stdout + done.stderr


def test_what_is_kept_is_of_the_same_version_control_as_the_parameters():
    assert {kept(name) for name in SETS} == set(INFRA.rglob("*.snapshot.json"))
    assert {"default", "private", "entra", "smallest"} <= set(SETS)


def test_azd_publishes_to_the_app_that_is_tagged_for_it():
    text = (ROOT / "azure.yaml").read_text("utf-8")
    assert "  path: infra\n  module: main\n" in text
    assert "\n  processor:\n    project: .\n    language: python\n    host: function\n" in text
