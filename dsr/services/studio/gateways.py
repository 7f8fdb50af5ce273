"""Data gateways of Studio (classic), which only standard workspaces have."""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.asset_kind import listed_whole
from dsr.services.fields import named, text
from dsr.services.studio.workspace import StudioList, StudioWorkspace
from dsr.usecases.connector import Document, File

_KIND: Final = Kind("gateway", batch=128)
_LIST: Final = StudioList("gateways", "list gateways", "GatewayName")


def assets(workspace: StudioWorkspace) -> Iterator[Asset]:
    """List gateways; none of their fields names an owner."""
    for item in _LIST.items(workspace):
        name = text(item, _LIST.id_field)
        yield Asset(
            _KIND.name,
            name,
            name,
            name,
            texts=named(item, "GatewayName", "Description", "Host"),
            listed=item,
        )


def read(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the gateway's entry, which is all there is."""
    payload = listed or _LIST.entry(workspace, asset_id)
    yield Document("", payload)


KIND: Final = listed_whole(_KIND, assets, read)
