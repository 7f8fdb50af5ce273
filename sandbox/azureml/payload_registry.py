"""What the data plane's model registry and dataset service say of models and data assets."""

from typing import Any

from sandbox.azureml.identifiers import hex_digest
from sandbox.azureml.model import MlWorkspace, Version
from sandbox.azureml.payload_run import user_payload


def model_payload(workspace: MlWorkspace, model: Version) -> dict[str, Any]:
    """Give a model as the model registry does: its creator has an object id."""
    uri = str(model.properties.get("modelUri", ""))
    return {
        "id": f"{model.name}:{model.version}",
        "name": model.name,
        "framework": "Custom",
        "frameworkVersion": None,
        "version": int(model.version) if model.version.isdecimal() else None,
        "tags": None,
        "datasets": [],
        "url": uri,
        "mimeType": "application/x-python",
        "description": model.description,
        "createdTime": model.created,
        "modifiedTime": model.created,
        "unpack": False,
        "parentModelId": None,
        "runId": model.properties.get("jobName"),
        "experimentName": None,
        "kvTags": dict(model.tags or {}),
        "properties": dict(model.own_properties),
        "derivedModelIds": None,
        "createdBy": user_payload(model.creator),
        "modifiedBy": user_payload(model.modified_by or model.creator),
        "flavors": None,
        "modelFormat": "CUSTOM",
        "stage": model.properties.get("stage"),
        "isAnonymous": model.anonymous,
        "isArchived": model.archived,
        "isRegistered": True,
        "dataPath": None,
        "modelType": model.properties.get("modelType"),
        "assetId": _asset_id(workspace, model),
    }


def data_version_payload(workspace: MlWorkspace, data: Version) -> dict[str, Any]:
    """Give a data asset's version as the dataset service does."""
    return {
        "dataVersion": {
            "assetId": _asset_id(workspace, data),
            "dataContainerName": data.name,
            "dataType": data.properties.get("dataType"),
            "dataUri": data.properties.get("dataUri"),
            "versionId": data.version,
            "mutableProps": {
                "dataExpiryTime": None,
                "description": data.description,
                "tags": dict(data.tags or {}),
                "isArchived": data.archived,
            },
            "referencedDataUris": None,
            "properties": dict(data.own_properties),
        },
        "entityMetadata": _metadata(data),
    }


def data_container_payload(
    workspace: MlWorkspace, name: str, first: Version, there: list[Version]
) -> dict[str, Any]:
    """Give a data asset as the dataset service does."""
    latest = there[-1] if there else None
    return {
        "dataContainer": {
            "name": name,
            "dataType": first.properties.get("dataType"),
            "mutableProps": {
                "description": None,
                "tags": {},
                "isArchived": bool(there) and all(v.archived for v in there),
            },
            "isRegistered": True,
        },
        "entityMetadata": _metadata(first),
        "latestVersion": None if latest is None else data_version_payload(workspace, latest),
        "nextVersionId": str(int(latest.version) + 1)
        if latest and latest.version.isdecimal()
        else None,
        "legacyDatasetType": None,
    }


def _metadata(version: Version) -> dict[str, Any]:
    return {
        "etag": f'"{hex_digest(version.kind, version.name, version.version)[:16]}"',
        "createdTime": version.created,
        "modifiedTime": version.created,
        "createdBy": user_payload(version.creator),
        "modifiedBy": user_payload(version.modified_by or version.creator),
    }


def _asset_id(workspace: MlWorkspace, version: Version) -> str:
    return (
        f"azureml://locations/{workspace.region}/workspaces/{workspace.workspace_id}"
        f"/{version.kind}/{version.name}/versions/{version.version}"
    )
