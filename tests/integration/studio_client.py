"""A plain client of the sandbox Studio, for tests over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from sandbox.studio import SandboxStudio, Workspace
from sandbox.studio.application import TOKEN_HEADER

PRIMARY = "the primary token"


def get(url: str, **headers: str) -> requests.Response:
    """GET without a token; `If_Match` stands for the header `If-Match`."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(url, headers=sent, timeout=10)


def link(endpoint: dict[str, Any]) -> str:
    """Give the address of an endpoint object, as every public client puts it together."""
    return str(endpoint["BaseUri"] + endpoint["Location"] + endpoint["AccessCredential"])


class StudioClient:
    """Calls of one workspace over one connection."""

    def __init__(self, studio: SandboxStudio, workspace: Workspace) -> None:
        self.workspace = workspace
        self._base = f"{studio.url}/api/workspaces/{workspace.workspace_id}"
        self._session = requests.Session()

    def __call__(self, path: str, token: str | None = PRIMARY) -> requests.Response:
        """GET below the workspace, with its primary token, another one, or (None) none."""
        value = self.workspace.primary_token if token == PRIMARY else token
        headers = {} if value is None else {TOKEN_HEADER: value}
        return self._session.get(self._base + path, headers=headers, timeout=10)

    def link_of(self, name: str) -> str:
        """Give a fresh link to the bytes of the first dataset of a name."""
        dataset_id, _ = self.workspace.named(name)[0]
        return link(self(f"/datasources/{dataset_id}").json()["DownloadLocation"])

    def close(self) -> None:
        """End the connection."""
        self._session.close()


@contextmanager
def fresh(studio: SandboxStudio) -> Iterator[SandboxStudio]:
    """Give a shared server and take back what the test changed of it."""
    day = studio.sas_seconds
    yield studio
    studio.faults.clear()
    studio.journal.clear()
    studio.sas_seconds = day
    studio.latency = 0.0
