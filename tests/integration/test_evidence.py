"""An export over Azurite and the sandbox ends with evidence that a stranger can check."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from sandbox.stack import Stack
from tests.client import TOMAS, download, wait
from tests.verify_command import verified


@pytest.fixture(scope="module")
def files(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """One export, and its files as an auditor gets them."""
    request_id = stack.submit(type="export", subject=TOMAS)
    document = wait(stack, request_id)
    assert document["status"] == "completed_with_exceptions"
    links = document["links"]
    folder = tmp_path_factory.mktemp("evidence")
    certificate = stack.call("GET", links["certificate"].removeprefix("/api/"))
    audit = stack.call("GET", links["audit"].removeprefix("/api/"))
    assert certificate.headers["Content-Type"] == "application/jose"
    assert audit.headers["Content-Type"] == "application/x-ndjson"
    (folder / "certificate-1.jws").write_bytes(certificate.content)
    (folder / "audit.ndjson").write_bytes(audit.content)
    page: int | None = 1
    while page:
        shown = stack.call("GET", f"requests/{request_id}/results?page={page}").json()
        (folder / f"results-{page}.json").write_text(json.dumps(shown))
        page = shown["next_page"]
    assert stack.host is not None
    keys = requests.get(f"{stack.host.url}/api/keys", timeout=30)  # without a function key
    assert keys.status_code == 200
    (folder / "jwks.json").write_bytes(keys.content)
    return request_id, folder


def check(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the command over all pages of the results."""
    return verified(folder, sorted(p.name for p in folder.glob("results-*.json")), *arguments)


def test_the_check_passes_in_a_process_of_its_own(files: tuple[str, Path]) -> None:
    request_id, folder = files
    code, told = check(folder)
    assert code == 0, told
    assert told.count("PASS") == 6
    assert request_id in told


def test_a_changed_file_fails(files: tuple[str, Path], tmp_path: Path) -> None:
    _, folder = files
    for name, old, new in (
        ("audit.ndjson", b'"manual":', b'"failed":'),
        ("results-1.json", b'"manual"', b'"exported"'),
        ("certificate-1.jws", b".", b".e"),
    ):
        copy = tmp_path / name
        copy.mkdir()
        for path in folder.iterdir():
            data = path.read_bytes()
            if path.name == name:
                assert old in data
                data = data.replace(old, new, 1)
            (copy / path.name).write_bytes(data)
        code, told = check(copy)
        assert code == 1, told
        assert "FAIL" in told


def test_certificate_package_and_status_say_the_same(stack: Stack, files: tuple[str, Path]) -> None:
    request_id, folder = files
    token = (folder / "certificate-1.jws").read_text()
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    status = stack.status(request_id)
    assert claims["counts"] == status["counts"]
    assert claims["plan_hash"] == status["plan_hash"]
    package = download(stack, request_id)
    from hashlib import sha256

    seal = sha256(package.read("tagmanifest-sha256.txt")).hexdigest()
    assert claims["package"] == {"tagmanifest_sha256": seal}


def test_a_link_that_was_issued_is_in_the_chain_and_the_certificate_holds_on(
    stack: Stack, files: tuple[str, Path]
) -> None:
    request_id, folder = files
    stack.call("GET", f"requests/{request_id}/package")
    audit = stack.call("GET", f"requests/{request_id}/audit").content
    assert json.loads(audit.splitlines()[-1])["event"] == "package_issued"
    (folder / "audit.ndjson").write_bytes(audit)
    code, told = check(folder)
    assert code == 0, told
    assert "added after the certificate" in told


def test_an_approval_over_http_is_in_the_chain_at_once(stack: Stack) -> None:
    request_id = stack.submit(
        type="export", scope={"select": "workspace", "workspaces": ["free-lab"]}
    )
    document = wait(stack, request_id)
    assert document["status"] == "awaiting_approval"
    assert stack.call("GET", f"requests/{request_id}/audit").status_code == 404
    assert stack.call("GET", f"requests/{request_id}/certificate").status_code == 404
    body = {"plan_hash": document["plan_hash"], "approver": "dpo@example.org", "note": "as agreed"}
    answer = stack.call("POST", f"requests/{request_id}/approve", json=body)
    assert answer.status_code == 200
    audit = stack.call("GET", f"requests/{request_id}/audit").text
    assert [json.loads(line)["event"] for line in audit.splitlines()][:3] == [
        "received",
        "planned",
        "approved",
    ]
    assert "dpo" not in audit
    assert "agreed" not in audit
    assert wait(stack, request_id)["status"].startswith("completed")
