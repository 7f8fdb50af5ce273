"""Schedules, endpoints, computes, datastores and connections of the sample `forecast`."""

from typing import Any

from sandbox.azureml.identifiers import guid
from sandbox.azureml.model import TENANT, WORKING, Person, Resource
from sandbox.azureml.sample.people import MIRA, TOMAS

_APPLICATION = guid("application", "azureml")
_AT = "2026-05-04T09:00:00.000+00:00"
AZURE = Person(_APPLICATION, "Azure Machine Learning", "", is_application=True)
"""The service's own application, which older recordings name as the creator of datastores."""
_SYSTEM = {
    "createdAt": _AT,
    "lastModifiedAt": _AT,
    "lastModifiedBy": _APPLICATION,
    "lastModifiedByType": "Application",
}
"""Recorded of system datastores: no `createdBy`."""


def forecast_resources(account: str) -> tuple[Resource, ...]:
    """Give what has no versions; `account` is the storage account's name."""
    return (
        *_schedules(),
        *_endpoints(),
        *_computes(),
        *system_datastores(account),
        _datastore("tomas-lake", "lake", account, author=TOMAS, tags={"team": "demand"}),
        *_connections(),
    )


def system_datastores(account: str) -> tuple[Resource, ...]:
    """Give the four datastores that every workspace has."""
    return (
        _datastore("workspaceblobstore", "azureml-blobstore-{ID}", account, is_default=True),
        _datastore("workspaceartifactstore", "azureml", account),
        _share("workspacefilestore", "azureml-filestore-{ID}", account, AZURE),
        _share("workspaceworkingdirectory", WORKING, account),
    )


def schedule(name: str, author: Person, *, is_enabled: bool = True, **more: Any) -> Resource:
    """Give a schedule that starts a pipeline every night."""
    job = {
        "jobType": "Pipeline",
        "displayName": name,
        "experimentName": "demand",
        "tags": {},
        "settings": {},
        "inputs": {},
        "outputs": {},
        "jobs": {},
    }
    properties = {
        "displayName": name,
        "description": None,
        "isEnabled": is_enabled,
        "provisioningState": "Succeeded",
        "trigger": {"triggerType": "Cron", "expression": "0 2 * * *", "timeZone": "UTC"},
        "action": {"actionType": "CreateJob", "jobDefinition": job},
        "tags": {},
        "properties": {},
    }
    return Resource("schedules", name, properties, author, **more)


def _schedules() -> tuple[Resource, ...]:
    return (
        schedule("nightly", TOMAS),
        schedule("weekly", MIRA),
        schedule("paused", TOMAS, is_enabled=False),
    )


def _endpoints() -> tuple[Resource, ...]:
    online = {
        "description": None,
        "properties": {},
        "authMode": "Key",
        "provisioningState": "Succeeded",
        "scoringUri": "https://demand-api.westeurope.inference.ml.azure.com/score",
        "traffic": {"blue": 100},
    }
    blue = {
        "endpointComputeType": "Managed",
        "model": "{S}/models/demand-model/versions/1",
        "environmentId": "{S}/environments/sk-env/versions/3",
        "codeConfiguration": {"codeId": None, "scoringScript": "score.py"},
        "appInsightsEnabled": True,
        "dataCollector": {"collections": {"model_inputs": {"dataCollectionMode": "Enabled"}}},
        "instanceType": "Standard_DS3_v2",
        "provisioningState": "Succeeded",
    }
    batch = {
        "description": None,
        "properties": {},
        "authMode": "AADToken",
        "provisioningState": "Succeeded",
        "defaults": {"deploymentName": "default"},
    }
    keys = {"primaryKey": "placeholder-primary", "secondaryKey": "placeholder-secondary"}
    located: dict[str, Any] = {"location": "westeurope", "tags": {}}
    return (
        Resource(
            "onlineEndpoints",
            "demand-api",
            online,
            MIRA,
            top={**located, "kind": "Managed", "identity": {"type": "SystemAssigned"}},
            secrets=keys,
            children=(Resource("deployments", "blue", blue, TOMAS, top=located),),
        ),
        Resource(
            "batchEndpoints",
            "demand-batch",
            batch,
            TOMAS,
            top=located,
            secrets=keys,
            children=(
                Resource(
                    "deployments",
                    "default",
                    {"compute": "{S}/computes/cpu-cluster", "provisioningState": "Succeeded"},
                    TOMAS,
                    top=located,
                ),
            ),
        ),
    )


def compute_instance(name: str, creator: Person, assigned: Person | None = None) -> Resource:
    """Give a compute instance: who it is of stands inside, and it has no systemData."""
    inner: dict[str, Any] = {
        "vmSize": "STANDARD_DS3_V2",
        "state": "Stopped",
        "applicationSharingPolicy": "Personal",
        "createdBy": {"userOrgId": TENANT, "userId": creator.object_id},
        "personalComputeInstanceSettings": None,
        "sshSettings": {
            "sshPublicAccess": "Disabled",
            "adminUserName": "azureuser",
            "sshPort": 50000,
            "adminPublicKey": None,
        },
    }
    if assigned is not None:
        user = {"objectId": assigned.object_id, "tenantId": TENANT}
        inner["personalComputeInstanceSettings"] = {"assignedUser": user}
    return _compute(name, "ComputeInstance", inner)


def _computes() -> tuple[Resource, ...]:
    cluster = {
        "vmSize": "STANDARD_DS3_V2",
        "vmPriority": "Dedicated",
        "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 4},
        "userAccountCredentials": None,
    }
    return (
        compute_instance("tomas-ci1", TOMAS, TOMAS),
        compute_instance("mira-ci1", MIRA, TOMAS),
        _compute("cpu-cluster", "AmlCompute", cluster),
    )


def _compute(name: str, kind: str, inner: dict[str, Any]) -> Resource:
    properties = {
        "computeType": kind,
        "provisioningState": "Succeeded",
        "createdOn": _AT,
        "modifiedOn": _AT,
        "disableLocalAuth": True,
        "isAttachedCompute": False,
        "properties": inner,
    }
    top = {"location": "westeurope", "tags": {}}
    return Resource("computes", name, properties, system_data={}, top=top)


def _datastore(
    name: str,
    container: str,
    account: str,
    *,
    author: Person | None = None,
    is_default: bool = False,
    tags: dict[str, str] | None = None,
) -> Resource:
    properties = _store(account, is_default) | {
        "datastoreType": "AzureBlob",
        "containerName": container,
        "tags": tags,
    }
    return _held(name, properties, author)


def _share(name: str, share: str, account: str, author: Person | None = None) -> Resource:
    kind = {"datastoreType": "AzureFile", "fileShareName": share, "tags": None}
    return _held(name, _store(account, False) | kind, author)


def _store(account: str, is_default: bool) -> dict[str, Any]:
    return {
        "accountName": account,
        "endpoint": "core.windows.net",
        "protocol": "https",
        "isDefault": is_default,
        "credentials": {"credentialsType": "AccountKey"},
        "serviceDataAccessAuthIdentity": "None",
        "subscriptionId": None,
        "resourceGroup": None,
        "description": None,
        "properties": None,
    }


def _held(name: str, properties: dict[str, Any], author: Person | None) -> Resource:
    secrets = {"secretsType": "AccountKey", "key": "placeholder-account-key"}
    system = None if author else _SYSTEM
    return Resource("datastores", name, properties, author, system_data=system, secrets=secrets)


def _connections() -> tuple[Resource, ...]:
    def connection(name: str, category: str, auth: str, more: dict[str, Any]) -> Resource:
        properties = {
            "authType": auth,
            "category": category,
            "target": f"https://{name}.example.org",
            "isSharedToAll": False,
            "sharedUserList": [],
            "metadata": {},
            "credentials": None,
        }
        secret = {"key": "placeholder-connection-key"}
        return Resource("connections", name, properties | more, TOMAS, secrets=secret)

    login = {"username": TOMAS.address, "password": None}
    return (
        connection("search-conn", "CognitiveSearch", "ApiKey", {}),
        connection("git-conn", "Git", "UsernamePassword", {"credentials": login}),
    )
