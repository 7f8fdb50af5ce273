"""Which file share holds people's folders, and the paths of those in it."""

import re
from dataclasses import dataclass
from typing import Any, Final

from dsr.errors import Absent, Refused, Unusable
from dsr.services.azureml.client import not_own
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text
from dsr.services.share_files import Path, ShareFiles, is_name
from dsr.services.share_listing import Entry

STORE: Final = "workspaceworkingdirectory"
"""The datastore that names the share; every workspace has it from its beginning."""
_USERS: Final = "Users"
_LIVES: Final = 300.0
"""Seconds that what the datastore says is believed."""
_SHARE: Final = re.compile(r"[a-z0-9](?:-?[a-z0-9])+")


@dataclass(frozen=True, slots=True)
class UserFolders:
    """The directory that holds a folder for each person: `root` is the share, then `Users`."""

    files: ShareFiles
    root: Path

    def path(self, folder: str, what: str) -> Path:
        """Give the path of one folder; Unusable for a name that would lead out of `Users`."""
        if not is_name(folder):
            raise not_own(what)
        return (*self.root, folder)

    def find(self, folder: str, what: str) -> Entry | None:
        """Give a folder as `Users` lists it, with its id; None where there is none."""
        marker: str | None = None
        while True:
            try:
                entries, marker = self.files.page(self.root, marker, what, with_ids=True)
            except Absent:
                return None
            for entry in entries:
                if entry.is_folder and entry.name.lower() == folder.lower():
                    return entry
            if marker is None:
                return None


def own_folders(workspace: AzureMlWorkspace) -> UserFolders:
    """Give where people's folders lie; Refused where the app has no file shares to look into."""
    folders = folders_of(workspace)
    if folders is None:
        raise Refused("people's folders need a storage account in the workspace's target")
    return folders


def folders_of(workspace: AzureMlWorkspace) -> UserFolders | None:
    """Give where people's folders lie, None where the app has no file shares to look into.

    Raises Unusable where the datastore leads to no share of the account that the target names.
    """
    if workspace.shares is None:
        return None

    def read() -> Any:
        try:
            return workspace.arm.get(("datastores", STORE), "read datastore")
        except Absent:
            return {}

    properties = get(workspace.kept.get(f"datastore {STORE}", _LIVES, read), "properties")
    share = text(properties, "fileShareName")
    is_share = text(properties, "datastoreType").lower() == "azurefile"
    is_own = text(properties, "accountName").lower() == workspace.named_account.lower()
    if not is_share or not is_own or not _SHARE.fullmatch(share):
        raise Unusable(
            "the datastore workspaceworkingdirectory is no file share of the storage account that"
            " the target names"
        )
    return UserFolders(workspace.shares, (share, _USERS))
