"""How a person's folder goes: its files and directories one by one, the deepest first.

Azure Files deletes no directory that holds anything (Delete Directory), so one delete is many
calls. They are made for a bounded time; what is left then goes when the delete is looked at again.
A call for what is gone already does no harm, so whoever comes after a worker that died just goes
on. Files that a client of SMB holds open, or that are read-only, can't be deleted (409).
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from dsr.errors import Absent, Clashing, Refused, ServiceError, Unavailable, Unusable
from dsr.services.asset_kind import Eraser
from dsr.services.azureml.user_shares import UserFolders, own_folders
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.share_files import Path
from dsr.usecases.connector import Asked

SECONDS: Final = 50.0
"""Seconds for which one look at a delete goes on with it: less than a call may be under way."""
_AT_ONCE: Final = 8
_SLICE: Final = 64
_OPERATION: Final = "user-folder:"
_DELETE: Final = "delete user folder"
_DELETE_FILE: Final = "delete file of user folder"
_LIST: Final = "list files of user folder"


class _TimeIsUp(Exception):
    """The rest is for the next look."""


@dataclass
class _Clearing:
    """One look at a delete: deletes what there is until it is told that the time is up."""

    folders: UserFolders
    until: float
    clock: Callable[[], float]
    deleted: int = 0
    problem: ServiceError | None = field(default=None)

    def run(self, root: Path) -> None:
        """Delete a directory with all that is in it, as far as that goes.

        Raises Unavailable and Refused. What stands against single files is in `problem`.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                self._clear(root, pool)
            except _TimeIsUp:
                return

    def _clear(self, root: Path, pool: ThreadPoolExecutor) -> None:
        levels = [(root, self._folders_within(root, pool))]
        while levels:
            path, folders = levels[-1]
            name = next(folders, None)
            if name is None:
                levels.pop()
                self._try(self.folders.files.delete_folder, path, _DELETE)
            else:
                below = (*path, name)
                levels.append((below, self._folders_within(below, pool)))

    def _folders_within(self, path: Path, pool: ThreadPoolExecutor) -> Iterator[str]:
        """Delete the files of a directory as they are listed, and give its directories."""
        entries = self.folders.files.entries(path, _LIST)
        while some := list(islice(entries, _SLICE)):
            files = [(*path, entry.name) for entry in some if not entry.is_folder]
            list(pool.map(self._delete_file, files))
            yield from (entry.name for entry in some if entry.is_folder)

    def _delete_file(self, path: Path) -> None:
        self._try(self.folders.files.delete_file, path, _DELETE_FILE)

    def _try(self, delete: Callable[[Path, str], None], path: Path, what: str) -> None:
        if self.clock() >= self.until:
            raise _TimeIsUp
        try:
            delete(path, what)
        except Absent:
            return
        except Clashing as error:
            if "(DirectoryNotEmpty)" not in str(error):  # then something else is the problem
                self.problem = self.problem or error
            return
        self.deleted += 1  # threads may lose some, but never the first: no more is asked of it


class FolderEraser:
    """Deletes folders; `clock` tells the seconds of each look."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    def delete(self, workspace: AzureMlWorkspace, folder: str) -> Asked:
        """Begin to delete a folder; raises Absent where there is none.

        What is raised beyond that is raised only where nothing was deleted.
        """
        folders = own_folders(workspace)
        path = folders.path(folder, _DELETE)
        entry = folders.find(folder, _DELETE)
        if entry is None:
            raise Absent(f"{_DELETE} found nothing to delete")
        self._look(folders, path)
        return Asked(202, f"{_OPERATION}{entry.id}:{folder}", by_app=True)

    def is_done(self, workspace: AzureMlWorkspace, operation: str) -> bool:
        """Go on with a delete, and tell whether the folder is gone.

        Raises Unusable where nothing more of it can be deleted, though something is left, and
        where the folder is another one by now.
        """
        folders = own_folders(workspace)
        known, _, folder = operation.removeprefix(_OPERATION).partition(":")
        path = folders.path(folder, _DELETE)
        entry = folders.find(folder, _DELETE)
        if entry is None:
            return True
        if entry.id != known:
            raise Unusable(f"{_DELETE} went on no further: the folder was made anew")
        self._look(folders, path)
        return not folders.files.is_folder(path, _DELETE)

    def is_there(self, workspace: AzureMlWorkspace, folder: str) -> bool:
        """Tell whether the file share still has a folder."""
        folders = own_folders(workspace)
        return folders.files.is_folder(folders.path(folder, "read user folder"), "read user folder")

    def _look(self, folders: UserFolders, path: Path) -> None:
        clearing = _Clearing(folders, self._clock() + SECONDS, self._clock)
        try:
            clearing.run(path)
        except (Refused, Unavailable):
            if not clearing.deleted:
                raise
            return
        if clearing.problem is not None and not clearing.deleted:
            raise Unusable(
                f"{clearing.problem}: a file or folder in it is open, locked or read-only"
            )


def is_own(operation: str) -> bool:
    """Tell whether an operation is the delete of a folder."""
    return operation.startswith(_OPERATION)


FOLDERS: Final = FolderEraser()
ERASER: Final = Eraser[AzureMlWorkspace](7, FOLDERS.delete, FOLDERS.is_there)
