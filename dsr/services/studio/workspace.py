"""What the kinds of Studio (classic) need of their workspace, and what a kind is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dsr.errors import Absent
from dsr.model.asset import Asset, Kind
from dsr.services.arm import Arm, ArmWorkspace
from dsr.services.http import Http
from dsr.services.studio.client import WorkspaceClient
from dsr.services.studio.fields import text
from dsr.services.studio.location import LocatedSource, RecentLocations
from dsr.usecases.connector import AssetPage, File


@dataclass(frozen=True, slots=True)
class StudioWorkspace:
    """One workspace: its three APIs, and where bytes are.

    `resource` is None where no ARM id is configured; then ARM is not called.
    """

    id: str
    studio: WorkspaceClient
    management: WorkspaceClient
    arm: Arm
    resource: ArmWorkspace | None
    http: Http
    locations: RecentLocations

    def is_own(self, asset_id: str) -> bool:
        """Tell whether an id is of this workspace."""
        return asset_id.startswith(self.id + ".")

    def is_builtin(self, asset_id: str) -> bool:
        """Tell whether an id is of Microsoft's own: it has another prefix than the workspace's."""
        return bool(asset_id) and not self.is_own(asset_id)

    def source(
        self, locate: Callable[[], str | None], what: str, known: str | None = None
    ) -> LocatedSource:
        """Give the bytes behind a URL; `locate` gives a fresh one, `known` was just read."""
        return LocatedSource(self.http, locate, what, known)


class OnePage:
    """A listing without pages: these APIs' arrays come whole."""

    def __init__(self, assets: Iterator[Asset]) -> None:
        self._assets = assets
        self.next: str | None = None

    def __iter__(self) -> Iterator[Asset]:
        return self._assets


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


@dataclass(frozen=True, slots=True)
class StudioKind:
    """One kind of asset: how it is listed and how one is read (usecases/connector.py)."""

    kind: Kind
    page: Callable[[StudioWorkspace, str | None], AssetPage]
    read: Callable[[StudioWorkspace, str, Any, bool], Iterator[File]]


def listed_whole(
    kind: Kind,
    assets: Callable[[StudioWorkspace], Iterator[Asset]],
    read: Callable[[StudioWorkspace, str, Any, bool], Iterator[File]],
) -> StudioKind:
    """Give a kind whose list comes in one piece."""

    def page(workspace: StudioWorkspace, cursor: str | None) -> AssetPage:
        return OnePage(assets(workspace))

    return StudioKind(kind, page, read)
