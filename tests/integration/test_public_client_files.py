"""Microsoft's client for Azure Files (`azure-storage-file-share` 12.27.1) against the sandbox.

It is generated from the service's own description, and the app speaks the same calls.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox.azureml.model import WORKING
from sandbox.azureml.sample.folders import TOMAS_FOLDER, forecast_files
from sandbox.files import SandboxFiles
from tests.integration.client_environment import environment_for

ACCOUNT = "stforecast01"
LARGE = f"{TOMAS_FOLDER}/models/weights.bin"
OPEN = f"{TOMAS_FOLDER}/src/data./a."
CONTENTS = {file.path: file.content for file in forecast_files()}


@pytest.fixture(scope="module")
def seen() -> Any:
    """Give what the client listed, read, deleted and was refused."""
    python = environment_for(Path(__file__).with_name("public-client-files-requirements.txt"))
    with SandboxFiles(page_size=2) as server:
        for path, content in CONTENTS.items():
            server.hold(ACCOUNT, WORKING, path, content)
        share = server.share(ACCOUNT, WORKING)
        share.put(OPEN, CONTENTS[OPEN]).is_open = True
        asked = {
            "account": server.endpoint(ACCOUNT),
            "share": WORKING,
            "token": "any",
            "folder": TOMAS_FOLDER,
            "large": LARGE,
            "open": OPEN,
        }
        done = subprocess.run(
            [str(python), str(Path(__file__).with_name("files_public_client.py"))],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
        )
        assert done.returncode == 0, done.stderr
        left = set(share.files())
    return json.loads(done.stdout) | {"left": left}


def test_it_lists_all_pages_with_sizes_and_ids(seen: Any) -> None:
    size = CONTENTS[f"{TOMAS_FOLDER}/demand.ipynb"].size
    assert [name for name, *_ in seen["listed"]] == [".amlignore", "demand.ipynb", "models", "src"]
    assert seen["listed"][1] == ["demand.ipynb", False, size, True]
    assert seen["listed"][2][:2] == ["models", True]


def test_it_reads_a_file_in_ranges(seen: Any) -> None:
    assert bytes.fromhex(seen["data"]) == CONTENTS[LARGE].open_bytes()


def test_it_deletes_what_is_empty_and_knows_each_refusal(seen: Any) -> None:
    assert seen["not_empty"] == "DirectoryNotEmpty"
    assert seen["in_use"] == "SharingViolation"
    assert seen["gone"] == "ResourceNotFound"
    assert seen["left"] == set(CONTENTS) - {LARGE}
