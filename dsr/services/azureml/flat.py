"""Kinds whose list says all of an asset: an entry of an ARM list is its whole metadata."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dsr.model.asset import Asset, Kind
from dsr.services.azureml.client import ARCHIVED_TOO
from dsr.services.azureml.workspace import ArmPage, AzureMlWorkspace
from dsr.usecases.connector import AssetPage, Document, File, Missing


def nothing_missing(resource: Any) -> Iterator[Missing]:
    """Give nothing: the metadata are all that there is."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Flat:
    """What is a kind's own: its path on ARM, and how an entry of its list becomes an asset.

    `noun` is what errors call one. `archives` tells that the list knows `listViewType`. `missing`
    gives what no API tells of an entry.
    """

    kind: Kind
    path: str
    noun: str
    asset: Callable[[dict[str, Any]], Asset]
    archives: bool = False
    missing: Callable[[Any], Iterator[Missing]] = nothing_missing

    def page(self, workspace: AzureMlWorkspace, cursor: str | None) -> AssetPage:
        """List one page."""
        query = ARCHIVED_TOO if self.archives else None
        items, following = workspace.arm.page((self.path,), cursor, f"list {self.noun}s", query)
        return ArmPage(map(self.asset, items), following)

    def read(
        self, workspace: AzureMlWorkspace, asset_id: str, listed: Any, include_data: bool
    ) -> Iterator[File]:
        """Give one asset's metadata, and what is missing of it."""
        entry = listed
        if entry is None:
            entry = workspace.arm.get((self.path, asset_id), f"read {self.noun}")
        yield Document("", entry)
        yield from self.missing(entry)
