"""A whole workspace, purged by Azure Resource Manager: a plain delete would keep it for 14 days.

Source: ARM `workspaces/{name}` DELETE with `forceToPurge=true` (answers 202 with an operation),
recorded by Azure PowerShell (WorkspaceCleanRemove), and Microsoft's article on soft delete. The
resources beside the workspace stay: others may share them.
"""

from typing import Final

from dsr.errors import Blocked
from dsr.services.asset_kind import Eraser
from dsr.services.azureml.client import not_own
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get
from dsr.usecases.connector import Asked

_READ: Final = "read workspace"


def delete(workspace: AzureMlWorkspace, workspace_id: str) -> Asked:
    """Purge the workspace, with all that Azure Machine Learning itself holds of it.

    Blocked for a hub with projects: they are workspaces of their own, which live on it.
    """
    what = "delete workspace"
    _check(workspace, workspace_id, what)
    if get(get(workspace.own.read(), "properties"), "associatedWorkspaces"):
        raise Blocked("projects use the workspace as their hub; they go first")
    return workspace.arm.delete((), what, {"forceToPurge": "true"})


def is_there(workspace: AzureMlWorkspace, workspace_id: str) -> bool:
    """Tell whether ARM still gives the workspace; one kept by soft delete it does not give."""
    _check(workspace, workspace_id, _READ)
    return workspace.arm.is_there((), _READ)


def _check(workspace: AzureMlWorkspace, workspace_id: str, what: str) -> None:
    resource = workspace.resource
    if workspace_id != workspace.id or not resource.holds(resource.id, "workspaces"):
        raise not_own(what)


ERASER: Final = Eraser[AzureMlWorkspace](9, delete, is_there)
