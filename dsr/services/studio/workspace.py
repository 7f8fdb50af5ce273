"""What the kinds of Studio (classic) need of their workspace, and what a kind is."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from dsr.errors import Absent
from dsr.services.arm import Arm, ArmWorkspace
from dsr.services.asset_kind import AssetKind
from dsr.services.fields import text
from dsr.services.http import Http
from dsr.services.kept import Kept
from dsr.services.located import LocatedSource, RecentLocations
from dsr.services.studio.client import WorkspaceClient
from dsr.services.studio.own_storage import OwnStorage

GLOBAL_WORKSPACE_ID: Final = "506153734175476c4f62416c57734963"
"""What every id of Microsoft's own assets begins with (public client azureml of PyPI)."""
_BARE_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class StudioWorkspace:
    """One workspace: its three APIs, and where bytes are.

    `resource` is None where no ARM id is configured; then ARM is not called. `storage` is the
    customer's own storage account, None where the target names none; `kept` is what was read of
    the workspace a short while ago.
    """

    id: str
    studio: WorkspaceClient
    management: WorkspaceClient
    arm: Arm
    resource: ArmWorkspace | None
    http: Http
    locations: RecentLocations
    storage: OwnStorage | None = None
    kept: Kept = field(default_factory=Kept)

    def is_own(self, asset_id: str) -> bool:
        """Tell whether an id is of this workspace."""
        return asset_id.startswith(self.id + ".")

    def may_be_own(self, bare_id: str) -> bool:
        """Tell whether an id without a workspace in it (a family's, a service's) is well formed.

        Neither Microsoft's workspace nor this one is a thing within it.
        """
        is_id = _BARE_ID.fullmatch(bare_id) is not None
        return is_id and bare_id not in (GLOBAL_WORKSPACE_ID, self.id)

    def is_builtin(self, asset_id: str) -> bool:
        """Tell whether an id is of Microsoft's own: it has another prefix than the workspace's."""
        return bool(asset_id) and not self.is_own(asset_id)

    def source(
        self, locate: Callable[[], str | None], what: str, known: str | None = None
    ) -> LocatedSource:
        """Give the bytes behind a URL; `locate` gives a fresh one, `known` was just read."""
        return LocatedSource(self.http, locate, what, known)


@dataclass(frozen=True, slots=True)
class StudioList:
    """A list of the Studio API, for kinds that have no call for a single asset."""

    path: str
    what: str
    id_field: str

    def items(self, workspace: StudioWorkspace) -> Iterator[Any]:
        """Give the list's entries."""
        return workspace.studio.many(self.path, self.what)

    def entry(self, workspace: StudioWorkspace, asset_id: str) -> Any:
        """Give the entry of one asset; raises Absent where the list does not show it."""
        for item in self.items(workspace):
            if text(item, self.id_field) == asset_id:
                return item
        raise Absent(f"{self.what} does not show this asset")


StudioKind = AssetKind[StudioWorkspace]
"""One kind of asset of Studio (classic)."""
