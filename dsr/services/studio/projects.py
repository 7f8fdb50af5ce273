"""Projects of Studio (classic): folders that name experiments, datasets and the like by id."""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.asset_kind import listed_whole
from dsr.services.fields import named, text
from dsr.services.studio.workspace import StudioList, StudioWorkspace
from dsr.usecases.connector import Document, File

_KIND: Final = Kind("project", batch=128)
_LIST: Final = StudioList("projectcontainers", "list projects", "ContainerId")


def assets(workspace: StudioWorkspace) -> Iterator[Asset]:
    """List project containers."""
    for item in _LIST.items(workspace):
        asset_id = text(item, _LIST.id_field)
        name = text(item, "Name") or asset_id
        yield Asset(
            _KIND.name,
            asset_id,
            name,
            name,
            owners=named(item, "Creator"),
            texts=named(item, "Name", "Description"),
            listed=item,
        )


def read(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the project's entry, which is all there is."""
    payload = listed or _LIST.entry(workspace, asset_id)
    yield Document("", payload)


KIND: Final = listed_whole(_KIND, assets, read)
