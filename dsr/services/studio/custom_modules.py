"""Custom modules of Studio (classic): what is known of them; their code has no API."""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.asset_kind import listed_whole
from dsr.services.fields import named, text
from dsr.services.studio.workspace import StudioList, StudioWorkspace
from dsr.usecases.connector import Document, File, Missing

_KIND: Final = Kind("custom_module", batch=128)
_LIST: Final = StudioList("modules", "list modules", "Id")


def assets(workspace: StudioWorkspace) -> Iterator[Asset]:
    """List all modules; those with another prefix than the workspace's are Microsoft's own."""
    for item in _LIST.items(workspace):
        asset_id = text(item, _LIST.id_field)
        name = text(item, "Name") or asset_id
        yield Asset(
            _KIND.name,
            asset_id,
            name,
            name,
            owners=named(item, "Owner"),
            identifiers=named(item, "EscalationEmail"),
            texts=named(item, "Name", "Description", "InformationUrl"),
            builtin=workspace.is_builtin(asset_id),
            listed=item,
        )


def read(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the module's entry."""
    payload = listed or _LIST.entry(workspace, asset_id)
    yield Document("", payload)
    if include_data:
        yield Missing(
            "",
            "no API gives the code of a custom module",
            (
                "Ask the module's owner for the ZIP file that it was made of.",
                "Or open an experiment that uses it in Studio (classic) and copy its source from"
                " the module's properties.",
            ),
        )


KIND: Final = listed_whole(_KIND, assets, read)
