"""The calls of one workspace of Azure Machine Learning on Azure Resource Manager.

Source: the ARM specification of `Microsoft.MachineLearningServices` (stable 2025-12-01, as PyPI
azure-ai-ml 1.35.2 uses it) and recorded answers of Azure PowerShell's tests.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dsr.errors import Absent, Blocked, Clashing, Unusable
from dsr.services.arm import Arm, ArmWorkspace
from dsr.usecases.connector import Asked

ARCHIVED_TOO: Final = {"listViewType": "All"}
"""The query that has a list show what is archived as well; the default leaves it out."""


class WorkspaceArm:
    """Calls below one workspace's resource id; `names` are the segments of the path below it.

    Whatever the names hold, the path stays below the workspace: one that would not is refused
    (Unusable) before any call.
    """

    def __init__(self, arm: Arm, resource: ArmWorkspace, api_version: str) -> None:
        self.resource = resource
        self._arm = arm
        self._version = api_version

    @property
    def is_local(self) -> bool:
        """Tell whether this is a sandbox on this machine."""
        return self._arm.is_local

    def get(self, names: tuple[str, ...], what: str) -> dict[str, Any]:
        """GET one resource, the workspace itself where there are no names."""
        return self._arm.get(self._path(names, what), self._version, what)

    def page(
        self,
        names: tuple[str, ...],
        cursor: str | None,
        what: str,
        query: Mapping[str, str] | None = None,
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Give one page of a list and the cursor of the next, `nextLink` as it came.

        A link that leads away from ARM's own origin is refused before the token goes there.
        """
        return self._arm.page(self._path(names, what), self._version, cursor, what, query)

    def all(
        self, names: tuple[str, ...], what: str, query: Mapping[str, str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Give all pages of a list, member by member."""
        return self._arm.all(self._path(names, what), self._version, what, query)

    def is_there(self, names: tuple[str, ...], what: str) -> bool:
        """GET one resource; False where it is not known (404, 410)."""
        try:
            self.get(names, what)
        except Absent:
            return False
        return True

    def act(self, names: tuple[str, ...], what: str) -> int:
        """POST an action that changes something, such as `cancel`, once; give the status."""
        return self._arm.act(self._path(names, what), self._version, what)

    def delete(
        self, names: tuple[str, ...], what: str, query: Mapping[str, str] | None = None
    ) -> Asked:
        """DELETE one resource by one call; raises Absent where there was none (204, 404).

        A poll URL longer than the ledger keeps is dropped: then `is_there` alone tells the end.
        Blocked where a lock, or what uses the resource, stands against it (409).
        """
        path = self._path(names, what)
        try:
            status, operation = self._arm.delete(path, self._version, what, query)
        except Clashing as error:
            raise Blocked(f"{error}: a lock, or what uses it, stands against it") from None
        if status == 204:
            raise Absent(f"{what} found nothing to delete")
        return Asked(status, operation)

    def operation(self, operation: str, what: str) -> dict[str, Any]:
        """GET the status of what a delete set going; the result's own URL is never asked."""
        return self._arm.operation(operation, what)

    def _path(self, names: tuple[str, ...], what: str) -> str:
        if any(n in ("", ".", "..") or "/" in n or not n.isprintable() for n in names):
            raise not_own(what)
        return "/".join((self.resource.id, *names))


def not_own(what: str) -> Unusable:
    """Give the refusal to call for an id that is not one of the workspace's own."""
    return Unusable(f"{what} is refused: the id is not one of this workspace's own")
