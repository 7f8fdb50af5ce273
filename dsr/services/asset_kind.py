"""What a kind of asset is inside a connector: how it is listed, read and deleted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from dsr.errors import Unusable
from dsr.model.asset import Asset, Kind
from dsr.usecases.connector import Asked, AssetPage, File, Leftover


class HasStorage(Protocol):
    """A workspace, whatever else its service's kinds need of it."""

    @property
    def storage(self) -> object | None:
        """The customer's own storage account, None where the target names none."""


W = TypeVar("W", bound=HasStorage)


class OnePage:
    """A listing without pages: these APIs' arrays come whole."""

    def __init__(self, assets: Iterator[Asset]) -> None:
        self._assets = assets
        self.next: str | None = None

    def __iter__(self) -> Iterator[Asset]:
        return self._assets


def no_leftovers(workspace: object, asset_id: str) -> tuple[Leftover, ...]:
    """Give nothing: no source tells of blobs that assets of the kind leave behind."""
    return ()


def no_users(workspace: object) -> dict[str, tuple[str, ...]]:
    """Give nothing: no field tells what uses assets of the kind."""
    return {}


@dataclass(frozen=True)  # an alias with a parameter can't make one that has slots
class Eraser(Generic[W]):
    """How one asset of a kind goes: the calls that a source shows, and what it leaves behind.

    `delete` takes a unit, the other two an asset's id; `stage` is that of `Kind`.
    """

    stage: int
    delete: Callable[[W, str], Asked]
    is_there: Callable[[W, str], bool]
    left_behind: Callable[[W, str], tuple[Leftover, ...]] = no_leftovers


@dataclass(frozen=True)
class AssetKind(Generic[W]):
    """One kind of asset: how it is listed, read and deleted (usecases/connector.py).

    `eraser` is None where no source shows a call that deletes.
    """

    kind: Kind
    page: Callable[[W, str | None], AssetPage]
    read: Callable[[W, str, Any, bool], Iterator[File]]
    eraser: Eraser[W] | None = None
    uses: Callable[[W], dict[str, tuple[str, ...]]] = no_users

    def delete(self, workspace: W, unit: str) -> Asked:
        """Ask once to delete a unit; refused where no API deletes it in this account kind."""
        if self.eraser is None or not self.kind.erasable:
            raise Unusable("no API deletes assets of this kind here; a person has to")
        return self.eraser.delete(workspace, unit)

    def is_there(self, workspace: W, asset_id: str) -> bool:
        """Tell whether the service still gives one asset."""
        if self.eraser is None:
            raise Unusable("no API gives one asset of this kind alone")
        return self.eraser.is_there(workspace, asset_id)

    def left_behind(self, workspace: W, asset_id: str) -> tuple[Leftover, ...]:
        """Give what a delete may leave in the customer's own storage account."""
        if self.eraser is None or workspace.storage is None:
            return ()
        return self.eraser.left_behind(workspace, asset_id)


def listed_whole(
    kind: Kind,
    assets: Callable[[W], Iterator[Asset]],
    read: Callable[[W, str, Any, bool], Iterator[File]],
    eraser: Eraser[W] | None = None,
    uses: Callable[[W], dict[str, tuple[str, ...]]] = no_users,
) -> AssetKind[W]:
    """Give a kind whose list comes in one piece."""

    def page(workspace: W, cursor: str | None) -> AssetPage:
        return OnePage(assets(workspace))

    return AssetKind(kind, page, read, eraser, uses)
