"""What tests do with a running stack: wait for a request, read it all, get its package."""

import hashlib
import io
import time
import zipfile
from dataclasses import dataclass
from typing import Any

import requests

from sandbox.stack import Stack

UNDER_WAY = ("received", "planning", "running", "verifying")
TOMAS = {
    "emails": ["tomas.user@example.org"],
    "names": ["Tomas User"],
    "aliases": ["t-user"],
}


def wait(stack: Stack, request_id: str, seconds: float = 180) -> dict[str, Any]:
    """Wait until a request ends or waits for someone."""
    deadline = time.monotonic() + seconds
    while True:
        document = stack.status(request_id)
        if document["status"] not in UNDER_WAY:
            return document
        assert time.monotonic() < deadline, f"still {document['status']}: {document['counts']}"
        time.sleep(0.2)


def pages(stack: Stack, path: str) -> list[dict[str, Any]]:
    """Read every page of a plan or of results."""
    return stack.items(path)


def results(stack: Stack, request_id: str) -> dict[str, dict[str, Any]]:
    """Read all results by asset; no asset has two."""
    found = pages(stack, f"requests/{request_id}/results")
    by_asset = {r["asset"]: r for r in found}
    assert len(by_asset) == len(found)
    return by_asset


@dataclass
class Package:
    """A package as downloaded, its files below `{request_id}/`."""

    raw: bytes
    request_id: str

    @property
    def archive(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.raw))

    def read(self, path: str) -> bytes:
        return self.archive.read(f"{self.request_id}/{path}")

    def names(self) -> list[str]:
        prefix = f"{self.request_id}/"
        names = self.archive.namelist()
        assert all(name.startswith(prefix) for name in names)
        return [name.removeprefix(prefix) for name in names]

    def manifest(self) -> dict[str, str]:
        """Give path to SHA-256 as the manifest says, after checking each against the bytes."""
        lines = self.read("manifest-sha256.txt").decode().splitlines()
        listed = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
        for path, digest in listed.items():
            assert hashlib.sha256(self.read(path)).hexdigest() == digest, path
        return listed


def download(stack: Stack, request_id: str) -> Package:
    """Get a package of one part through its link."""
    package = stack.call("GET", f"requests/{request_id}/package").json()
    (part,) = package["parts"]
    answer = requests.get(part["url"], timeout=60)
    assert answer.status_code == 200
    assert len(answer.content) == part["size"]
    return Package(answer.content, request_id)
