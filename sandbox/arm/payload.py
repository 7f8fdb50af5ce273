"""How ARM writes workspaces, New web services, plans, associations and usage."""

from typing import Any

from sandbox.arm.model import PROVIDER, Association, CommitmentPlan, NewService
from sandbox.studio.identifiers import hex_id, iso, token
from sandbox.studio.model import Workspace

_ALLOWANCE = 100_000
_SPARSE = ("title", "description", "createdOn", "modifiedOn", "provisioningState")


def workspace_payload(workspace: Workspace, studio_endpoint: str | None) -> dict[str, Any]:
    """Give a workspace, with the given address as that of its Studio API."""
    return {
        "id": workspace.arm_id,
        "name": workspace.name,
        "type": f"{PROVIDER}/workspaces",
        "location": workspace.region_name,
        "tags": {"owner": workspace.owner_email},
        "properties": {
            "userStorageAccountId": workspace.storage_arm_id,
            "ownerEmail": workspace.owner_email,
            "workspaceType": workspace.workspace_type,
            "workspaceState": "Enabled",
            "workspaceId": workspace.workspace_id,
            "creationTime": iso(workspace.created, 7),
            "studioEndpoint": studio_endpoint or "https://europewest.studioapi.azureml.net",
            "keyVaultIdentifierId": "",
        },
    }


def keys_payload(workspace: Workspace) -> dict[str, Any]:
    """Give what `listWorkspaceKeys` answers."""
    return {
        "primaryToken": workspace.primary_token,
        "secondaryToken": workspace.secondary_token,
    }


def service_payload(service: NewService) -> dict[str, Any]:
    """Give a New web service as its own GET does: without keys and without the storage key."""
    guid = hex_id("new service", service.id)
    subscription = service.subscription_id.replace("-", "")
    return {
        "id": service.id,
        "name": service.name,
        "type": f"{PROVIDER}/webServices",
        "location": service.location,
        "tags": dict(service.tags),
        "properties": {
            "title": service.title,
            "description": service.description,
            "createdOn": iso(service.created),
            "modifiedOn": iso(service.created),
            "provisioningState": "Succeeded",
            "readOnly": False,
            "exposeSampleData": True,
            "swaggerLocation": "https://europewest.services.azureml.net/subscriptions/"
            f"{subscription}/services/{guid}/swagger.json",
            "realtimeConfiguration": {"maxConcurrentCalls": 4},
            "diagnostics": {"level": "None"},
            "storageAccount": {"name": service.storage_account},
            "machineLearningWorkspace": {"id": service.workspace_id},
            "exampleRequest": {
                "inputs": {"input1": [list(service.example_row)]},
                "globalParameters": {},
            },
            "assets": {
                "model": {
                    "name": f"{service.title} model",
                    "id": hex_id("asset", service.id),
                    "type": "Resource",
                    "locationInfo": {
                        "uri": f"https://{service.storage_account}.blob.core.windows.net/"
                        f"experimentoutput/{guid}.ilearner",
                        "credentials": f"?sv=2015-02-21&sr=b&sig={token('asset', service.id)}",
                    },
                }
            },
            "packageType": "Graph",
            "payloadsInBlobStorage": False,
        },
    }


def service_summary(service: NewService) -> dict[str, Any]:
    """Give a New web service as the lists do: without all that tells more than what it is."""
    whole = service_payload(service)
    properties = whole["properties"]
    return whole | {"properties": {name: properties[name] for name in _SPARSE}}


def plan_payload(plan: CommitmentPlan) -> dict[str, Any]:
    """Give a commitment plan, alone and in the lists."""
    used = sum(transactions for _, transactions in plan.usage)
    return {
        "id": plan.id,
        "name": plan.name,
        "type": f"{PROVIDER}/commitmentPlans",
        "location": plan.location,
        "tags": dict(plan.tags),
        "etag": f'"{hex_id("plan", plan.id)[:8]}"',
        "sku": {"name": "S1", "tier": "Standard", "capacity": 1},
        "properties": {
            "chargeForOverage": True,
            "chargeForPlan": True,
            "creationDate": iso(plan.created),
            "includedQuantities": {
                "transactions": {
                    "allowance": _ALLOWANCE,
                    "amount": _ALLOWANCE - used,
                    "includedQuantityMeter": "m-1",
                    "overageMeter": "m-2",
                }
            },
            "maxAssociationLimit": 100,
            "maxCapacityLimit": 10,
            "minCapacityLimit": 1,
            "planMeter": "m-0",
            "refillFrequencyInDays": 30,
            "suspendPlanOnOverage": False,
        },
    }


def association_payload(plan: CommitmentPlan, association: Association) -> dict[str, Any]:
    """Give what ties a service to a plan."""
    return {
        "name": association.name,
        "location": plan.location,
        "properties": {
            "associatedResourceId": association.service_id,
            "commitmentPlanId": plan.id,
            "creationDate": iso(association.created),
        },
    }


def usage_payloads(plan: CommitmentPlan) -> list[dict[str, Any]]:
    """Give a plan's usage, oldest day first."""
    lines, left = [], _ALLOWANCE
    for day, transactions in plan.usage:
        lines.append(
            {
                "usageDate": iso(day),
                "usage": {"transactions": transactions},
                "planQuantitiesBeforeUsage": {"transactions": left},
                "planQuantitiesAfterUsage": {"transactions": left - transactions},
            }
        )
        left -= transactions
    return lines
