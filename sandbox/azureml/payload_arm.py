"""What ARM says of a workspace and of the things in it."""

from typing import Any

from sandbox.azureml.model import PROVIDER, TENANT, Job, MlWorkspace, Person, Resource, Version

TYPE = f"{PROVIDER}/workspaces"


def workspace_payload(workspace: MlWorkspace, url: str) -> dict[str, Any]:
    """Give a workspace; `url` is where its data plane listens."""
    group = f"{workspace.group_id}/providers"
    who = workspace.creator.address
    host = url.partition("://")[2]
    properties: dict[str, Any] = {
        "friendlyName": workspace.name,
        "description": "",
        "hbiWorkspace": False,
        "tenantId": TENANT,
        "provisioningState": "Succeeded",
        "workspaceId": workspace.workspace_id,
        "v1LegacyMode": False,
        "softDeleteEnabled": False,
        "creationTime": workspace.created,
        "storageAccount": f"{group}/Microsoft.Storage/storageAccounts/{workspace.storage_account}",
        "keyVault": f"{group}/Microsoft.Keyvault/vaults/kv-{workspace.name}",
        "applicationInsights": f"{group}/Microsoft.insights/components/ai-{workspace.name}",
        "containerRegistry": None,
        "publicNetworkAccess": "Enabled",
        "discoveryUrl": f"{url}/discovery",
        "mlFlowTrackingUri": f"azureml://{host}/mlflow/v1.0{workspace.arm_id}",
        "systemDatastoresAuthMode": "accesskey",
    }
    return {
        "id": workspace.arm_id,
        "name": workspace.name,
        "type": TYPE,
        "location": workspace.region,
        "tags": dict(workspace.tags),
        "etag": None,
        "kind": workspace.kind,
        "identity": {
            "type": "SystemAssigned",
            "principalId": "0a0a0a0a-0000-4000-8000-000000000001",
            "tenantId": TENANT,
        },
        "sku": {"name": "Basic", "tier": "Basic"},
        "properties": properties | dict(workspace.properties),
        "systemData": {
            "createdAt": workspace.created,
            "createdBy": who,
            "createdByType": "User",
            "lastModifiedAt": workspace.created,
            "lastModifiedBy": who,
            "lastModifiedByType": "User",
        },
    }


def discovery_payload(url: str) -> dict[str, str]:
    """Give where a region's services listen: here all at one address."""
    return {
        "api": url,
        "history": url,
        "modelmanagement": url,
        "pipelines": url,
        "studio": "https://ml.azure.com",
    }


def system_data(
    author: Person | None, created: str, modified_by: Person | None = None, modified: str = ""
) -> dict[str, Any]:
    """Give `systemData`: display names, and no member of whom nobody is known."""
    data: dict[str, Any] = {"createdAt": created}
    if author is not None:
        data |= {"createdBy": author.display, "createdByType": author.type}
    if modified:
        data["lastModifiedAt"] = modified
        who = modified_by or author
        if who is not None:
            data |= {"lastModifiedBy": who.display, "lastModifiedByType": who.type}
    return data


def job_payload(job: Job, status: str) -> dict[str, Any]:
    """Give a job; ARM knows no one who modified it."""
    properties: dict[str, Any] = {
        "description": job.description,
        "tags": dict(job.tags),
        "properties": {"_azureml.ComputeTargetType": "amlctrain", **job.properties},
        "displayName": job.display_name or job.name,
        "status": status,
        "experimentName": job.experiment,
        "isArchived": job.archived,
        "jobType": job.kind,
        "services": {
            "Studio": {
                "jobServiceType": "Studio",
                "endpoint": f"https://ml.azure.com/runs/{job.name}?wsid={{S}}",
                "port": None,
                "status": None,
                "errorMessage": None,
                "properties": None,
                "nodes": None,
            }
        },
        "computeId": "{S}/computes/cpu-cluster",
        "identity": None,
        "componentId": None,
        "inputs": {},
        "outputs": {
            "default": {
                "description": None,
                "uri": f"azureml://datastores/workspaceartifactstore/ExperimentRun/{job.container}",
                "mode": "ReadWriteMount",
                "jobOutputType": "uri_folder",
            }
        },
        "notificationSetting": None,
    }
    if job.kind == "Command":
        properties |= {
            "command": "python train.py",
            "codeId": None,
            "environmentId": "{S}/environments/sk-env/versions/3",
            "environmentVariables": {},
            "distribution": None,
            "limits": {"jobLimitsType": "Command", "timeout": None},
            "resources": {"instanceCount": 1, "shmSize": "2g"},
            "queueSettings": {"jobTier": "Null"},
            "parameters": {},
        }
    return {
        "id": f"{{S}}/jobs/{job.name}",
        "name": job.name,
        "type": f"{TYPE}/jobs",
        "properties": properties | dict(job.extra),
        "systemData": system_data(job.author, job.created),
    }


def version_payload(version: Version) -> dict[str, Any]:
    """Give a version of an asset."""
    return {
        "id": f"{{S}}/{version.kind}/{version.name}/versions/{version.version}",
        "name": version.version,
        "type": f"{TYPE}/{version.kind}/versions",
        "properties": {
            "description": version.description,
            "tags": None if version.tags is None else dict(version.tags),
            "properties": dict(version.own_properties),
            "isArchived": version.archived,
            "isAnonymous": version.anonymous,
            **version.properties,
        },
        "systemData": system_data(
            version.author, version.created, version.modified_by, version.created
        ),
    }


def container_payload(kind: str, name: str, first: Version, there: list[Version]) -> dict[str, Any]:
    """Give what holds an asset's versions; without any its latest version is null."""
    latest = there[-1] if there else None
    number = latest.version if latest else ""
    return {
        "id": f"{{S}}/{kind}/{name}",
        "name": name,
        "type": f"{TYPE}/{kind}",
        "properties": {
            "description": None,
            "tags": {},
            "properties": {},
            "isArchived": bool(there) and all(v.archived for v in there),
            "latestVersion": number or None,
            "nextVersion": str(int(number) + 1)
            if number.isdecimal()
            else "2026-05-04-09-10-11-1112223",
            "provisioningState": "Succeeded",
        },
        "systemData": system_data(
            first.author, first.created, (latest or first).modified_by, (latest or first).created
        ),
    }


def resource_payload(resource: Resource, path: str = "") -> dict[str, Any]:
    """Give a schedule, endpoint, deployment, compute, datastore or connection."""
    where = path or resource.kind
    payload: dict[str, Any] = {
        "id": f"{{S}}/{where}/{resource.name}",
        "name": resource.name,
        "type": f"{TYPE}/{_kinds(where)}",
        "properties": dict(resource.properties),
    }
    data = resource.system_data
    if data is None:
        modified = resource.modified_by
        data = system_data(resource.author, resource.created, modified, resource.created)
    if data:
        payload["systemData"] = dict(data)
    return payload | dict(resource.top)


def _kinds(path: str) -> str:
    return "/".join(path.split("/")[::2])
