"""Custom modules of Studio (classic): what is known of them; their code has no API."""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.studio.fields import named, text
from dsr.services.studio.workspace import StudioWorkspace, entry_of, listed_whole
from dsr.usecases.connector import Document, File, Missing

_KIND: Final = Kind("custom_module", batch=128)


def assets(workspace: StudioWorkspace) -> Iterator[Asset]:
    """List all modules; those with another prefix than the workspace's are Microsoft's own."""
    for item in workspace.studio.many("modules", "list modules"):
        asset_id = text(item, "Id")
        name = text(item, "Name") or asset_id
        yield Asset(
            _KIND.name,
            asset_id,
            name,
            name,
            owners=named(item, "Owner"),
            identifiers=named(item, "EscalationEmail"),
            texts=named(item, "Name", "Description", "InformationUrl"),
            builtin=bool(asset_id) and not workspace.is_own(asset_id),
            listed=item,
        )


def _entry(workspace: StudioWorkspace, asset_id: str) -> Any:
    entries = workspace.studio.many("modules", "list modules")
    return entry_of(entries, "Id", asset_id, "list modules")


def read(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the module's entry."""
    payload = listed or _entry(workspace, asset_id)
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
