"""Runs `python -m dsr.verify` in a process of its own, as its documentation says."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def verified(folder: Path, results: Iterable[str], *more: str) -> tuple[int, str]:
    """Check the certificate of a folder, with its chain and results; give exit code and output."""
    command = [sys.executable, "-m", "dsr.verify", "certificate-1.jws", "--key", "jwks.json"]
    command += ["--audit", "audit.ndjson", "--results", *results, *more]
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
