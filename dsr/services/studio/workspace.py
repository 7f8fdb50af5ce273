"""What the kinds of Studio (classic) need of their workspace, and what a kind is."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from dsr.errors import Absent, Unusable
from dsr.model.asset import Asset, Kind
from dsr.services.arm import Arm, ArmWorkspace
from dsr.services.http import Http
from dsr.services.studio.client import WorkspaceClient
from dsr.services.studio.fields import text
from dsr.services.studio.location import LocatedSource, RecentLocations
from dsr.services.studio.own_storage import OwnStorage
from dsr.usecases.connector import Asked, AssetPage, File, Leftover

GLOBAL_WORKSPACE_ID: Final = "506153734175476c4f62416c57734963"
"""What every id of Microsoft's own assets begins with (public client azureml of PyPI)."""
_FRESH: Final = 5.0
_BARE_ID: Final = re.compile(r"[0-9a-f]{32}")


class Fresh:
    """What was read some seconds ago at most, by whichever of the batch's deletes came first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = 0.0
        self._value: Any = None

    def get(self, read: Callable[[], Any]) -> Any:
        """Give it, read again where it is old."""
        if self._value is None or self._clock() - self._at > _FRESH:
            self._value = read()
            self._at = self._clock()
        return self._value


@dataclass(frozen=True, slots=True)
class StudioWorkspace:
    """One workspace: its three APIs, and where bytes are.

    `resource` is None where no ARM id is configured; then ARM is not called. `storage` is the
    customer's own storage account, None where the target names none; `links` is what other assets
    of the workspace lead to in it.
    """

    id: str
    studio: WorkspaceClient
    management: WorkspaceClient
    arm: Arm
    resource: ArmWorkspace | None
    http: Http
    locations: RecentLocations
    storage: OwnStorage | None = None
    links: Fresh = field(default_factory=Fresh)

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


def no_leftovers(workspace: StudioWorkspace, asset_id: str) -> tuple[Leftover, ...]:
    """Give nothing: no source tells of blobs that assets of the kind leave behind."""
    return ()


def no_users(workspace: StudioWorkspace) -> dict[str, tuple[str, ...]]:
    """Give nothing: no field tells what uses assets of the kind."""
    return {}


@dataclass(frozen=True, slots=True)
class Eraser:
    """How one asset of a kind goes: the calls that a source shows, and what it leaves behind.

    `delete` takes a unit, the other two an asset's id; `stage` is that of `Kind`.
    """

    stage: int
    delete: Callable[[StudioWorkspace, str], Asked]
    is_there: Callable[[StudioWorkspace, str], bool]
    left_behind: Callable[[StudioWorkspace, str], tuple[Leftover, ...]] = no_leftovers


@dataclass(frozen=True, slots=True)
class StudioKind:
    """One kind of asset: how it is listed, read and deleted (usecases/connector.py).

    `eraser` is None where no source shows a call that deletes.
    """

    kind: Kind
    page: Callable[[StudioWorkspace, str | None], AssetPage]
    read: Callable[[StudioWorkspace, str, Any, bool], Iterator[File]]
    eraser: Eraser | None = None
    uses: Callable[[StudioWorkspace], dict[str, tuple[str, ...]]] = no_users

    def delete(self, workspace: StudioWorkspace, unit: str) -> Asked:
        """Ask once to delete a unit; refused where no API deletes it in this account kind."""
        if self.eraser is None or not self.kind.erasable:
            raise Unusable("no API deletes assets of this kind here; a person has to")
        return self.eraser.delete(workspace, unit)

    def is_there(self, workspace: StudioWorkspace, asset_id: str) -> bool:
        """Tell whether the service still gives one asset."""
        if self.eraser is None:
            raise Unusable("no API gives one asset of this kind alone")
        return self.eraser.is_there(workspace, asset_id)

    def left_behind(self, workspace: StudioWorkspace, asset_id: str) -> tuple[Leftover, ...]:
        """Give what a delete may leave in the customer's own storage account."""
        if self.eraser is None or workspace.storage is None:
            return ()
        return self.eraser.left_behind(workspace, asset_id)


def listed_whole(
    kind: Kind,
    assets: Callable[[StudioWorkspace], Iterator[Asset]],
    read: Callable[[StudioWorkspace, str, Any, bool], Iterator[File]],
    eraser: Eraser | None = None,
    uses: Callable[[StudioWorkspace], dict[str, tuple[str, ...]]] = no_users,
) -> StudioKind:
    """Give a kind whose list comes in one piece."""

    def page(workspace: StudioWorkspace, cursor: str | None) -> AssetPage:
        return OnePage(assets(workspace))

    return StudioKind(kind, page, read, eraser, uses)
