"""checkov over what each parameter set makes: what it finds is waived with a reason, or fixed."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.infra.compiler import INFRA, ROOT, SETS
from tests.infra.deployment import deployment

REQUIREMENTS = Path(__file__).with_name("checkov-requirements.txt")
VENV = ROOT / ".sandbox" / "checkov"
WAIVERS: list[dict[str, Any]] = json.loads((INFRA / "checkov.json").read_text("utf-8"))
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


@dataclass(frozen=True)
class Finding:
    """A check that failed."""

    made_by: str
    check: str
    resource: str

    def waived_by(self, waiver: dict[str, Any]) -> bool:
        # a resource's type ends at the dot before its name, and may itself be the beginning of
        # another type
        begins = waiver["resource"] + ("" if "." in _after_provider(waiver) else ".")
        return (
            self.check == waiver["check"]
            and self.resource.startswith(begins)
            and self.made_by in waiver["sets"]
        )


def _after_provider(waiver: dict[str, Any]) -> str:
    return str(waiver["resource"].partition("/")[2])


@pytest.fixture(scope="session")
def checkov() -> Path:
    """Install checkov into an environment of its own, once a version."""
    there = VENV / "bin" / "checkov"
    stamp = VENV / ".ready"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        steps = (
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            [str(VENV / "bin" / "pip"), "install", "--quiet", "-r", str(REQUIREMENTS)],
        )
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"checkov can't be installed: {done.stderr.strip()[-300:]}")
        stamp.write_text(wanted, "utf-8")
    return there


@pytest.fixture(scope="session")
def report(checkov: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What checkov says of the evaluated templates: it looks into no nested deployment."""
    folder = tmp_path_factory.mktemp("templates")
    for name in SETS:
        resources = [{k: v for k, v in r.items() if k != "id"} for r in deployment(name).resources]
        template = {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": resources}
        (folder / f"{name}.json").write_text(json.dumps(template), "utf-8")
    done = subprocess.run(
        [
            *(str(checkov), "-d", str(folder), "--framework", "arm", "--output", "json"),
            *("--compact", "--quiet", "--skip-download"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"LOG_LEVEL": "ERROR"},
    )
    value: dict[str, Any] = json.loads(done.stdout)
    return value


@pytest.fixture(scope="session")
def findings(report: dict[str, Any]) -> list[Finding]:
    return [
        Finding(Path(found["file_path"]).stem, found["check_id"], found["resource"])
        for found in report["results"]["failed_checks"]
    ]


def test_checkov_saw_what_is_made(report: dict[str, Any]):
    summary = report["summary"]
    assert summary["parsing_errors"] == 0
    assert summary["passed"] > 100
    # it leaves out resources whose names only Azure can tell
    assert summary["resource_count"] > 0.9 * sum(len(deployment(n).resources) for n in SETS)


def test_what_checkov_finds_is_waived_with_a_reason(findings: list[Finding]):
    assert [f for f in findings if not any(f.waived_by(w) for w in WAIVERS)] == []


def used(findings: list[Finding]) -> Iterator[tuple[str, str, str]]:
    for waiver in WAIVERS:
        for name in waiver["sets"]:
            if any(f.made_by == name and f.waived_by(waiver) for f in findings):
                yield waiver["check"], waiver["resource"], name


def test_no_waiver_outlives_what_it_waives(findings: list[Finding]):
    waived = {(w["check"], w["resource"], name) for w in WAIVERS for name in w["sets"]}
    assert set(used(findings)) == waived


def test_a_waiver_gives_a_reason_that_can_be_weighed():
    for waiver in WAIVERS:
        assert set(waiver) == {"check", "resource", "sets", "reason"}
        assert len(waiver["reason"].split()) > 8, waiver["check"]
        assert set(waiver["sets"]) <= set(SETS)


def test_a_waiver_is_for_its_own_resource_check_and_set_alone():
    waiver = {"check": "CKV_X", "resource": "Microsoft.Web/sites", "sets": ["default"]}
    assert Finding("default", "CKV_X", "Microsoft.Web/sites.func-a").waived_by(waiver)
    assert not Finding("private", "CKV_X", "Microsoft.Web/sites.func-a").waived_by(waiver)
    assert not Finding("default", "CKV_Y", "Microsoft.Web/sites.func-a").waived_by(waiver)
    assert not Finding("default", "CKV_X", "Microsoft.Web/sites/config.func-a").waived_by(waiver)
