"""A whole workspace of Studio (classic), as Azure Resource Manager deletes it.

Source: ARM specification of `Microsoft.MachineLearning`, workspaces 2019-10-01: DELETE answers 200
(deleted) or 204 (there was none), and no operation follows it.
"""

from typing import Final

from dsr.errors import Absent, Unusable
from dsr.services.arm import ArmWorkspace
from dsr.services.asset_kind import Eraser
from dsr.services.fields import get, text
from dsr.services.studio.client import not_own
from dsr.services.studio.own_storage import DIAGNOSTICS
from dsr.services.studio.tokens import WORKSPACES
from dsr.services.studio.workspace import StudioWorkspace
from dsr.usecases.connector import Asked, Leftover

_READ: Final = "read workspace resource"


def delete(workspace: StudioWorkspace, workspace_id: str) -> Asked:
    """Delete the workspace, once its resource has named the same workspace id as the target."""
    what = "delete workspace"
    resource = _resource(workspace, workspace_id, what)
    named = text(
        get(workspace.arm.get(resource.id, WORKSPACES, _READ), "properties"), "workspaceId"
    )
    if named.replace("-", "").lower() != workspace.id:
        raise Unusable(f"{what} is refused: the resource of arm_id is not the target's workspace")
    status, operation = workspace.arm.delete(resource.id, WORKSPACES, what)
    if status == 204:
        raise Absent(f"{what} found nothing to delete")
    return Asked(status, operation)


def is_there(workspace: StudioWorkspace, workspace_id: str) -> bool:
    """Tell whether ARM still gives the workspace, alone or in the list of its resource group."""
    resource = _resource(workspace, workspace_id, _READ)
    try:
        workspace.arm.get(resource.id, WORKSPACES, _READ)
        return True
    except Absent:
        pass
    path, what = f"{resource.group_provider}/workspaces", "list workspace resources"
    try:
        listed = list(workspace.arm.all(path, WORKSPACES, what))
    except Absent:  # the resource group went as well
        return False
    return any(text(item, "id").lower() == resource.id.lower() for item in listed)


def left_behind(workspace: StudioWorkspace, workspace_id: str) -> tuple[Leftover, ...]:
    """Give the logs of all its web services, which one container holds for all workspaces."""
    if workspace_id != workspace.id:
        raise not_own(_READ)
    return (Leftover(DIAGNOSTICS, f"{workspace.id}-", prefix=True),)


def _resource(workspace: StudioWorkspace, workspace_id: str, what: str) -> ArmWorkspace:
    resource = workspace.resource
    if resource is None or workspace_id != workspace.id:
        raise not_own(what)
    if not resource.holds(resource.id, "workspaces"):
        raise not_own(what)
    return resource


ERASER: Final = Eraser(9, delete, is_there, left_behind)
