"""What a delete leaves in the customer's own storage account, cleared where the app may."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any, Final

from dsr.errors import Absent, ServiceError
from dsr.model.request import split_asset
from dsr.usecases.connector import Cleared, Connector, Leftover, WorkspaceStorage
from dsr.usecases.units import Unit

_MORE: Final = 20
"""Times that a prefix with more blobs than one call deletes is cleared again."""


class Leftovers:
    """Clears what deletes in one workspace leave behind."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._storage = connector.storage()

    def of(self, unit: Unit) -> tuple[list[list[Any]], bool]:
        """Give what deleting a unit may leave behind, and whether all of it could tell.

        Asked for before; what is gone already tells nothing. Raises ServiceError.
        """
        found: dict[Leftover, None] = {}
        all_told = True
        for entry in unit.entries.values():
            asset_id = split_asset(entry.asset)[2]
            try:
                found |= dict.fromkeys(self._connector.left_behind(unit.kind, asset_id))
            except Absent:
                all_told = False
        return [list(astuple(each)) for each in found], all_told

    def clear(self, left: Sequence[Leftover]) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
        """Delete blobs by their exact names; give what was found, and what a person has to do."""
        told: list[dict[str, Any]] = []
        steps: dict[str, None] = {}
        for each in left:
            entry: dict[str, Any] = {"container": each.container, "name": each.name}
            if each.prefix:
                entry["prefix"] = True
            if each.kept:
                entry |= {"cleared": False, "left_alone": each.kept}
            elif self._storage is None:
                entry["cleared"] = False
            else:
                try:
                    entry |= self._cleared(self._storage, each).to_json()
                except ServiceError as error:
                    entry |= {"cleared": False, "problem": str(error)}
            if not entry["cleared"]:
                steps[_step(each, entry)] = None
            told.append(entry)
        return told, tuple(steps)

    @staticmethod
    def _cleared(storage: WorkspaceStorage, leftover: Leftover) -> Cleared:
        cleared = storage.clear(leftover)
        for _ in range(_MORE):
            if not cleared.more or cleared.refused:
                break
            cleared = storage.clear(leftover)
        return cleared


def _step(leftover: Leftover, told: dict[str, Any]) -> str:
    """Say what a person does about what the app did not clear."""
    what = "all blobs that begin with" if leftover.prefix else "the blob"
    where = f"container {leftover.container} of the workspace's storage account"
    if not leftover.container:
        what, where = "what lies at", "whichever storage that is"
    if leftover.kept:
        alone = "delete it where nobody else needs it"
        return f"Look at {what} {leftover.name} in {where}: {leftover.kept}; {alone}."
    step = f"Delete {what} {leftover.name} in {where}{_when(told.get('kept'))}."
    return f"{step} First see why it was left: {told['problem']}." if "problem" in told else step


def _when(kept: dict[str, Any] | None) -> str:
    """Say from when on a blob can be deleted that the account keeps unchangeable."""
    if kept is None:
        return ""
    if kept["by"] == "legal hold":
        later = f", and not before {kept['until']}" if kept["until"] else ""
        return f", once the legal hold on it is taken off{later}"
    if kept["until"]:
        return f", from {kept['until']} on: an immutability policy keeps it until then"
    return ", once its container's immutability policy ends; the account does not say when"
