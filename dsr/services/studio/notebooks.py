"""Notebooks of Studio (classic): their entries and the names of their attachments.

Microsoft removed notebooks from April 2020 on, region by region.
"""

from collections.abc import Iterator
from typing import Any, Final

from dsr.errors import Absent
from dsr.model.asset import Asset, Kind
from dsr.services.asset_kind import listed_whole
from dsr.services.fields import named, text
from dsr.services.studio.workspace import StudioList, StudioWorkspace
from dsr.usecases.connector import Document, File, Missing

_KIND: Final = Kind("notebook", batch=64, folder=True)
_LIST: Final = StudioList("notebooks", "list notebooks", "FamilyId")


def assets(workspace: StudioWorkspace) -> Iterator[Asset]:
    """List notebooks; a service that knows the list no longer (404) has none."""
    try:
        for item in _LIST.items(workspace):
            asset_id = text(item, _LIST.id_field)
            name = text(item, "Name") or asset_id
            yield Asset(
                _KIND.name,
                asset_id,
                name,
                name,
                owners=named(item, "Author"),
                texts=named(item, "Name", "Tags"),
                listed=item,
            )
    except Absent:
        return


def read(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the notebook's entry and the names of its attachments."""
    yield Document("notebook.json", listed or _LIST.entry(workspace, asset_id))
    path = f"notebooks/family/{asset_id}/attachments"
    attachments = list(workspace.studio.many(path, "list attachments"))
    if attachments:
        yield Document("attachments.json", attachments)
    if include_data:
        yield Missing(
            "notebook.ipynb",
            "no API gives the cells of a notebook or the bytes of its attachments",
            (
                "Open the workspace in Studio (classic) and go to Notebooks.",
                "Open the notebook and choose File, Download as, Notebook (.ipynb); download each"
                " attachment from the Jupyter file list.",
            ),
        )


KIND: Final = listed_whole(_KIND, assets, read)
