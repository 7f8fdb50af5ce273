"""The workspace's storage account, from which nothing is cleared that an asset leads to by now.

What a delete leaves is known before it; until it is verified, somebody may have registered it.
"""

from dsr.errors import Unusable
from dsr.services.azureml.links import leads_around
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.usecases.connector import Cleared, Leftover, WorkspaceStorage


class GuardedStorage:
    """Clears what `storage` clears, but for places that a registered version leads to."""

    def __init__(self, workspace: AzureMlWorkspace, storage: WorkspaceStorage) -> None:
        self._workspace = workspace
        self._storage = storage

    def clear(self, leftover: Leftover) -> Cleared:
        """Clear a leftover; Unusable where a version leads there, other errors of the lists."""
        place = leftover.name.strip("/")
        root = "/".join(place.split("/")[:2])
        if leads_around(self._workspace, place, root):
            raise Unusable("a registered version leads there by now")
        return self._storage.clear(leftover)
