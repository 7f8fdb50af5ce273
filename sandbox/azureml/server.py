"""The sandbox of Azure Machine Learning: its data plane on loopback, its ARM routes for ARM's."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.azureml.accounts import Account, accounts_of
from sandbox.azureml.arm import ArmRoutes
from sandbox.azureml.data_plane import DataPlane, error_shape
from sandbox.azureml.model import WORKING, MlWorkspace
from sandbox.azureml.operations import Operations
from sandbox.azureml.state import Behaviour, State
from sandbox.files import SandboxFiles
from sandbox.loopback.exchange import Request, Response
from sandbox.loopback.faults import ErrorShape
from sandbox.loopback.server import LoopbackServer

DEFAULT_SECONDS: Final = 3_600.0
API_VERSION: Final = "2025-12-01"
"""The version of ARM's routes that Microsoft's SDK asks for; the sandbox knows any."""


class SandboxAzureMl(LoopbackServer):
    """The data plane of workspaces on 127.0.0.1; `arm` answers for a `SandboxArm`.

    `storage` gives a connection string for each storage account that a workspace names: the
    workspaces' blobs are put there at the start, and links lead to them. Accounts that it leaves
    out are of Azure: links to them open nowhere. `sas_seconds` may be changed while it runs.
    `files` is where the same accounts' file shares are; it is started before this one.
    """

    def __init__(
        self,
        workspaces: Iterable[MlWorkspace],
        port: int = 0,
        latency: float = 0.0,
        storage: Mapping[str, str] | None = None,
        sas_seconds: float = DEFAULT_SECONDS,
        page_size: int = 10,
        files: SandboxFiles | None = None,
    ) -> None:
        super().__init__(port, latency)
        self._files = files
        self.workspaces = {w.target_name or w.name: w for w in workspaces}
        self.state = State(self._removals, accounts_of(storage or {}))
        self.state.behaviour.page_size = page_size
        self.sas_seconds = sas_seconds
        self.arm = ArmRoutes(self.state, lambda: self.url)
        self._data_plane = DataPlane(self.state, lambda: self.sas_seconds)

    @property
    def operations(self) -> Operations:
        """The deletes and cancels under way: how long they take, which ones fail."""
        return self.state.operations

    @property
    def behaviour(self) -> Behaviour:
        """What can be set up: page size, locks, private networks, what a delete takes along."""
        return self.state.behaviour

    def account(self, workspace: MlWorkspace | str) -> Account:
        """Give the storage account of a workspace, to look into; raises KeyError."""
        known = self.workspaces[workspace] if isinstance(workspace, str) else workspace
        return self.state.accounts[known.storage_account]

    def put(self, workspace: MlWorkspace) -> None:
        """Serve a further workspace, or a changed one; its blobs are put into its account."""
        self.workspaces[workspace.target_name or workspace.name] = workspace
        self._hold(workspace)
        self.state.put([workspace])

    def restore(self) -> None:
        """Take back all that was deleted, cancelled or set up, but not what befell blobs."""
        self.state.restore()

    def refill(self) -> None:
        """Put the workspaces' blobs into their accounts again."""
        for workspace in self.workspaces.values():
            self._hold(workspace)

    def target(self, workspace: MlWorkspace | str) -> dict[str, str]:
        """Give the workspace target for `DSR_WORKSPACES`."""
        name = workspace if isinstance(workspace, str) else workspace.target_name or workspace.name
        known = self.workspaces[name]
        target = {
            "name": name,
            "service": "azureml",
            "arm_id": known.arm_id,
            "storage_account": known.storage_account,
        }
        if known.storage_account in self.state.accounts:
            target["storage_setting"] = storage_setting(known.storage_account)
        return target

    def targets(self) -> list[dict[str, str]]:
        """Give every workspace's target."""
        return [self.target(name) for name in self.workspaces]

    def settings(self) -> dict[str, str]:
        """Give the app settings for all workspaces: the targets, and each account's string."""
        held = self.state.accounts.items()
        return {
            "DSR_WORKSPACES": json.dumps(self.targets()),
            "DSR_AZUREML_API_VERSION": API_VERSION,
            **{storage_setting(n): a.connection_string + self._shares(n) for n, a in held},
        }

    def _hold(self, workspace: MlWorkspace) -> None:
        account = self.state.accounts.get(workspace.storage_account)
        if account is not None:
            account.hold(workspace.stored())
        if self._files is not None:
            for file in workspace.files:
                self._files.hold(workspace.storage_account, WORKING, file.path, file.content)

    def _shares(self, account: str) -> str:
        """Give what a connection string says of an account's file shares."""
        return "" if self._files is None else f"FileEndpoint={self._files.endpoint(account)};"

    def _prepare(self) -> None:
        self.refill()
        self.state.put(self.workspaces.values())

    def _answer(self, request: Request) -> Response:
        return self._data_plane.answer(request, self.url)

    def _shape(self, request: Request) -> ErrorShape:
        return error_shape(request)

    def _has_token(self, request: Request) -> bool:
        return "authorization" in request.headers


def storage_setting(account: str) -> str:
    """Give the app setting with an account's connection string, `AZUREML_STFORECAST01`."""
    return f"AZUREML_{account.upper()}"


def merged(*settings: Mapping[str, str]) -> dict[str, str]:
    """Join app settings of several sandboxes: their targets follow one another."""
    targets: list[Any] = []
    for one in settings:
        targets += json.loads(one.get("DSR_WORKSPACES", "[]"))
    joined = {name: value for one in settings for name, value in one.items()}
    return joined | {"DSR_WORKSPACES": json.dumps(targets)}
