"""`make demo`: one person's assets in two services, exported and then deleted, on this machine."""

import shutil
import sys
import time
import zipfile
from pathlib import Path
from typing import Any, Final

import bagit
import requests

from sandbox.azureml import forecast
from sandbox.azurite import AzuriteError
from sandbox.demo_delete import OUT, PERSON, delete
from sandbox.progress import ProgressLines, follow
from sandbox.stack import LOGS, Stack

REQUEST: Final = {
    "type": "export",
    "regulation": "gdpr",
    "subject": PERSON,
    "reference": "demo-1",
}
TITLES: Final = {
    "studio-classic": "Studio (classic)",
    "azureml": "Azure Machine Learning",
}
"""What people call the services, in the order of the demo."""


def main() -> int:
    """Run the demo; 0 where the package is valid, and the services agree with what was deleted."""
    print("Starting storage (Azurite), the sandboxes of both services and the app ...")
    try:
        with Stack(azureml=[forecast()]) as stack:
            return _run(stack)
    except (AzuriteError, RuntimeError, TimeoutError, ValueError) as error:
        print(f"The demo failed: {error}\nThe app's log is {LOGS / 'host.log'}", file=sys.stderr)
        return 1


def _run(stack: Stack) -> int:
    targets = stack.call("GET", "workspaces").json()["items"]
    for service, title in TITLES.items():
        print(f"{title}: {', '.join(_shown(t) for t in targets if t['service'] == service)}")
    print("POST /api/requests: export what belongs to tomas.user@example.org")
    started = time.monotonic()
    request_id = stack.submit(**REQUEST)
    print(f"Accepted as {request_id}")
    document = follow(lambda: stack.status(request_id), ProgressLines())
    print(
        f"{document['status']} after {time.monotonic() - started:.1f} s; due {document['due_at']}"
    )
    if "package" not in document["links"]:
        print(f"There is no package: {document['problems']}", file=sys.stderr)
        return 1
    path = _download(stack.call("GET", f"requests/{request_id}/package").json(), request_id)
    folder = _unpack(path, request_id)
    bagit.Bag(str(folder)).validate()
    print("The package is a valid BagIt bag: every file has the SHA-256 that its manifest says.")
    _show_exceptions(stack, request_id)
    print(f"\nPackage:  {path}\nOpen it:  {folder / 'data' / 'index.html'}")
    if not delete(stack):
        print("A service does not agree with the results of the delete", file=sys.stderr)
        return 1
    return 0


def _shown(target: dict[str, Any]) -> str:
    kind = target.get("account_kind")
    return f"{target['name']} ({kind})" if kind else str(target["name"])


def _download(package: dict[str, Any], request_id: str) -> Path:
    """Get the package through its short-lived link, as its reader would."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{request_id}.zip"
    (part,) = package["parts"]
    with requests.get(part["url"], stream=True, timeout=60) as answer, path.open("wb") as file:
        answer.raise_for_status()
        for chunk in answer.iter_content(1 << 20):
            file.write(chunk)
    if path.stat().st_size != part["size"]:
        raise ValueError("the package is shorter than the API said")
    return path


def _unpack(path: Path, request_id: str) -> Path:
    folder = OUT / request_id
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(OUT)
    return folder


def _show_exceptions(stack: Stack, request_id: str) -> None:
    for result in stack.items(f"requests/{request_id}/results"):
        if result["outcome"] in ("failed", "manual", "retained"):
            why = result.get("error") or result.get("reason")
            print(f"  {result['outcome']}: {result['asset']}: {why}")


if __name__ == "__main__":
    sys.exit(main())
