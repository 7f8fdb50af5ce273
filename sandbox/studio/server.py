"""The sandbox Studio: a server on loopback that speaks the Studio (classic) protocol."""

import json
from collections.abc import Iterable
from typing import Any

from sandbox.loopback.exchange import Request, Response
from sandbox.loopback.faults import ErrorShape
from sandbox.loopback.server import LoopbackServer
from sandbox.studio.application import TOKEN_HEADER, Application
from sandbox.studio.blob_response import blob_error
from sandbox.studio.errors import management_error, studio_error
from sandbox.studio.management import PREFIX as MANAGEMENT
from sandbox.studio.model import Workspace
from sandbox.studio.own_account import OwnAccount
from sandbox.studio.sas import DEFAULT_SECONDS, Signer

STORAGE_SETTING = "OWN_STORAGE"
"""The app setting with the connection string of the customers' own storage account."""


class SandboxStudio(LoopbackServer):
    """A Studio (classic) data plane over the given workspaces, on 127.0.0.1.

    On the same address it answers the management API of classic web services, and it serves the
    blobs that both give links to. Two servers over equal workspaces answer equally but for the
    links to bytes, which each server signs with a key of its own. `sas_seconds` may be changed
    while it runs. `own_storage` is the connection string of an account that stands for the storage
    accounts of customers: their blobs are put there at the start, and targets lead to it.
    """

    def __init__(
        self,
        workspaces: Iterable[Workspace],
        port: int = 0,
        sas_seconds: float = DEFAULT_SECONDS,
        latency: float = 0.0,
        own_storage: str | None = None,
    ) -> None:
        super().__init__(port, latency)
        self.workspaces = {workspace.name: workspace for workspace in workspaces}
        self._signer = Signer(sas_seconds)
        self._application = Application(self._signer, self._removals)
        self.own_account = OwnAccount(own_storage) if own_storage else None

    @property
    def sas_seconds(self) -> float:
        """How long a link lives from the answer that holds it on."""
        return self._signer.seconds

    @sas_seconds.setter
    def sas_seconds(self, value: float) -> None:
        self._signer.seconds = value

    def put(self, workspace: Workspace) -> None:
        """Serve a changed workspace in place of the one with its name, or a further one."""
        self.workspaces[workspace.name] = workspace
        self._application.put([workspace], self.url)

    def remove(self, workspace_id: str) -> None:
        """Delete a workspace, as Azure Resource Manager does; `restore` takes it back."""
        self._application.remove(workspace_id)

    def target(self, workspace: Workspace | str) -> dict[str, Any]:
        """Give the workspace target for `DSR_WORKSPACES`."""
        known = self.workspaces[workspace if isinstance(workspace, str) else workspace.name]
        target = {
            "name": known.name,
            "service": "studio-classic",
            "account_kind": known.account_kind,
            "workspace_id": known.workspace_id,
            "region": known.region,
            "studio_endpoint": self.url,
            "management_endpoint": self.url,
        }
        if known.has_token_setting:
            target["token_setting"] = known.token_setting
        if known.arm_id is not None:
            target["arm_id"] = known.arm_id
        if known.storage_account is not None:
            target["storage_account"] = known.storage_account
            if self.own_account is not None:
                target["storage_setting"] = STORAGE_SETTING
        return target

    def settings(self) -> dict[str, str]:
        """Give the app settings for all workspaces: the targets, and each token under its name."""
        targets = json.dumps([self.target(name) for name in self.workspaces])
        tokens = {
            w.token_setting: w.primary_token
            for w in self.workspaces.values()
            if w.has_token_setting
        }
        own = self.own_account
        storage = {} if own is None else {STORAGE_SETTING: own.connection_string}
        return {"DSR_WORKSPACES": targets} | tokens | storage

    def _prepare(self) -> None:
        if self.own_account is not None:
            self._signer.own_accounts[self.own_account.name] = self.own_account.url
            self.workspaces = {
                name: self.own_account.hold(w) if w.storage_account else w
                for name, w in self.workspaces.items()
            }
        self._application.put(self.workspaces.values(), self.url)

    def _answer(self, request: Request) -> Response:
        return self._application.answer(request)

    def _blob_of(self, request: Request) -> str | None:
        return self._application.blob_of(request)

    def _shape(self, request: Request) -> ErrorShape:
        if request.raw_path.startswith(MANAGEMENT):
            return management_error
        if request.raw_path.startswith("/api/") and not self._blob_of(request):
            return studio_error
        return blob_error

    def _has_token(self, request: Request) -> bool:
        return TOKEN_HEADER in request.headers or "authorization" in request.headers
