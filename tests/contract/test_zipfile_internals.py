"""Guards what dsr/storage/zipping.py uses of zipfile beyond its documentation, for each Python."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def interpreter(version: str) -> str | None:
    """Find a CPython of this minor version, wherever this machine keeps its Pythons."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        return sys.executable
    candidates = [shutil.which(f"python{version}")]
    for root in (os.environ.get("PYENV_ROOT", ""), str(Path.home() / ".pyenv")):
        candidates += sorted(map(str, Path(root or ".").glob(f"versions/{version}.*/bin/python3")))
    for candidate in candidates:
        if candidate and _says(candidate) == version:
            return candidate
    return None


def _says(path: str) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    run = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
    return run.stdout.strip()


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_parts_join_to_a_zip_that_zipfile_reads(version: str) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    run = subprocess.run(
        [python, "-W", "error", "-m", "tests.contract.zipfile_probe"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen.pop("python").startswith(version)
    assert seen == {
        "bad": None,
        "names": ["bag/data/a.txt", "bag/data/\u00fcml\u00e4ut \U0001f600.txt", "bag/data/big.bin"],
        "digest": hashlib.sha256(bytes(range(256)) * 1000).hexdigest(),
        "modes": [0o644],
        "flags": [0],
        "zip64_header": True,
        "zip64_end": True,
        "one_end": True,
    }
