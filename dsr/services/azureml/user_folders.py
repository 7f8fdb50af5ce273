"""The folders in which people keep notebooks and files: `Users/{alias}` of the working directory.

Source: Microsoft's article on data concepts (the datastore `workspaceworkingdirectory` is a file
share `code-{GUID}` with notebooks and what compute instances see), recorded datastores, and Azure
Files (`share_files.py`). That a folder's name is its person's alias is how the studio names them;
no API says whose a folder is, so an alias has to be given by the request.
"""

from collections.abc import Iterator
from typing import Any, Final

from dsr.errors import Absent
from dsr.model.asset import Asset, Kind
from dsr.services.azureml.client import not_own
from dsr.services.azureml.size_limits import within_limit
from dsr.services.azureml.user_folder_deletes import ERASER
from dsr.services.azureml.user_shares import UserFolders, folders_of, own_folders
from dsr.services.azureml.workspace import ArmPage, AzureMlKind, AzureMlWorkspace
from dsr.services.fields import state_of
from dsr.services.share_files import Path, is_name
from dsr.services.share_listing import Entry
from dsr.usecases.connector import AssetPage, Document, File

_KIND: Final = Kind(
    "user_folder",
    batch=1,  # the delete of one may take as long as one message may
    folder=True,
    shared=True,  # workspaces of one storage account seem to have one share for it
    recoverable="where the file share has snapshots (backups make them), the folder as it was then"
    " can be had back from each until that one is deleted",
)
_FILES: Final = "files"
_LIST: Final = "list user folders"
_READ_FOLDER: Final = "read user folder"
_LIST_FILES: Final = "list files of user folder"
_READ: Final = "read file of user folder"


def page(workspace: AzureMlWorkspace, cursor: str | None) -> AssetPage:
    """List some folders of `Users`; none where the target names no storage account.

    Files that lie in `Users` beside the folders are nobody's, and are left out.
    """
    folders = folders_of(workspace)
    if folders is None:
        return ArmPage((), None)
    try:
        entries, following = folders.files.page(folders.root, cursor, _LIST, with_ids=True)
    except Absent:  # nobody has kept a file yet
        return ArmPage((), None)
    found = (e for e in entries if e.is_folder and is_name(e.name))
    return ArmPage((_asset(folders, entry) for entry in found), following)


def _asset(folders: UserFolders, entry: Entry) -> Asset:
    known = {"id": entry.id, "created": entry.created}
    return Asset(
        kind=_KIND.name,
        id=entry.name,
        name=entry.name,
        file_name=entry.name,
        owners=(("folder", entry.name),),
        listed=_listed(folders, entry.name) | {"created": entry.created},
        # not when it was changed: a delete that goes on after a break changes that itself
        state=state_of(known, *known),
    )


def _listed(folders: UserFolders, name: str) -> dict[str, Any]:
    return {"folder": name, "share": folders.root[0], "path": "/".join(folders.root[1:])}


def read(
    workspace: AzureMlWorkspace, folder: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give what the list says of a folder, then every file below it, as it lies there.

    Absent where there is no such folder (any more): its list alone would only be empty.
    """
    folders = own_folders(workspace)
    if not is_name(folder):
        raise Absent(str(not_own(_READ_FOLDER)))
    root = folders.path(folder, _READ_FOLDER)
    if include_data or listed is None:
        folders.files.check_folder(root, _READ_FOLDER)
    yield Document("user_folder.json", listed or _listed(folders, folder))
    if include_data:
        for path, entry in _files(folders, root):
            source = folders.files.source(path, _READ)
            name = "/".join((_FILES, *path[len(root) :]))
            yield within_limit(workspace, _KIND.name, name, source, entry.size)


def _files(folders: UserFolders, root: Path) -> Iterator[tuple[Path, Entry]]:
    """Walk a folder; of what it holds, no more than a page of each level is in memory."""
    levels = [(root, folders.files.entries(root, _LIST_FILES))]
    while levels:
        path, entries = levels[-1]
        entry = next(entries, None)
        if entry is None:
            levels.pop()
        elif entry.is_folder:
            below = (*path, entry.name)
            levels.append((below, folders.files.entries(below, _LIST_FILES)))
        else:
            yield (*path, entry.name), entry


KIND: Final = AzureMlKind(_KIND, page, read, ERASER)
