"""A workspace's own record, as Azure Resource Manager gives it.

Source: recorded answers (Get-AzMLWorkspace): here `systemData` holds addresses. Who else uses a
workspace is told by role assignments, which this app does not read: it has no list of users.
"""

from dsr.model.asset import WorkspaceRecord
from dsr.model.target import WorkspaceTarget
from dsr.services.azureml.owners import made_by, subject_tag
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, state_of, text


def record(workspace: AzureMlWorkspace, target: WorkspaceTarget) -> WorkspaceRecord:
    """Read the workspace's resource; raises ServiceError."""
    resource = workspace.own.read()
    ids, _ = made_by(resource)
    return WorkspaceRecord(
        id=target.workspace_id,
        name=text(get(resource, "properties"), "friendlyName") or target.name,
        payload=resource,
        owner=(*ids, *subject_tag(get(resource, "tags"))),
        service=target.service,
        state=state_of(get(resource, "properties"), "workspaceId"),
    )
