"""Environments of Microsoft's public clients, each apart from this project's own."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ENVIRONMENTS = Path(__file__).parents[2] / ".sandbox" / "public-client"


def environment_for(requirements: Path) -> Path:
    """Give the interpreter of an environment, made once for its requirements and no others.

    Skips the test where the registry can't be reached.
    """
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    home = _ENVIRONMENTS / wanted
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    ready = home / ".ready"
    if ready.exists():
        return python
    shutil.rmtree(home, ignore_errors=True)
    install = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-compile",
        "-r",
        requirements,
    ]
    for command in ([sys.executable, "-m", "venv", home], install):
        made = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if made.returncode != 0:
            pytest.skip(f"the public client can't be installed: {made.stderr.strip()[-500:]}")
    ready.touch()
    return python
