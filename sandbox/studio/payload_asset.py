"""How the service writes models, transforms, modules, notebooks, projects and gateways.

Models are written as captured answers have them. For transforms no capture is known; they have
the field names of the public client's contracts, whose case differs (`size`, `isAuxiliary`,
`UploadedFromFileName`), so that who reads both reads names without regard to case.
"""

from typing import Any

from sandbox.studio.identifiers import UNSET_DATE, date, hex_id, iso, ticks
from sandbox.studio.model_asset import Gateway, Module, Notebook, Project, Promoted
from sandbox.studio.payload_endpoint import blob_endpoint

_CONTRACT_CASE = {
    "Size": "size",
    "IsAuxiliary": "isAuxiliary",
    "UploadedFromFilename": "UploadedFromFileName",
}


def model_payload(url: str, account: str, model: Promoted) -> dict[str, Any]:
    """Give a trained model as the list and GET `trainedmodels/{id}` do."""
    return _promoted(url, account, model, "ILearnerDotNet", ".ilearner")


def transform_payload(url: str, account: str, transform: Promoted) -> dict[str, Any]:
    """Give a transform as the list does."""
    payload = _promoted(url, account, transform, "ITransformDotNet", ".itransform")
    if payload["DownloadLocation"] is not None:
        payload["DownloadLocation"] = _contract_case(payload["DownloadLocation"])
    return _contract_case(payload)


def promoted_location(asset: Promoted, suffix: str) -> str:
    """Give where a promoted asset's own blob is in its account, where it has one."""
    return f"uploadedresources/{hex_id(asset.id, 'blob')}{suffix}"


def module_payload(module: Module) -> dict[str, Any]:
    """Give one entry of GET `modules`."""
    custom = module.release_state == "Custom"
    return {
        "Id": module.id,
        "Name": module.name,
        "Description": module.description,
        "Category": module.category,
        "FamilyId": module.family_id,
        "IsDeterministic": True,
        "IsBlocking": False,
        "ModuleType": module.module_type,
        "ReleaseState": module.release_state,
        "ModuleLanguage": {"Language": module.language[0], "Version": module.language[1]},
        "ResourceUploadId": hex_id(module.id, "upload") if custom else None,
        "Size": 0,
        "CreatedDate": _date(module.created),
        "Owner": module.owner,
        "IsLatest": True,
        "IsDeprecated": False,
        "SourceOrigin": module.source_origin,
        "ClientVersion": None,
        "ServiceVersion": "0",
        "Batch": module.batch,
        "EscalationEmail": module.escalation_email,
        "InformationUrl": None,
    }


def notebook_payload(notebook: Notebook) -> dict[str, Any]:
    """Give one entry of GET `notebooks`."""
    return {
        "FamilyId": notebook.family_id,
        "Name": notebook.name,
        "Author": notebook.author,
        "Language": notebook.language,
        "Modified": _date(notebook.modified),
        "Created": _date(notebook.created),
        "Tags": None,
    }


def project_payload(project: Project) -> dict[str, Any]:
    """Give one entry of GET `projectcontainers`."""
    return {
        "ContainerId": project.container_id,
        "Name": project.name,
        "Description": project.description,
        "Creator": project.creator,
        "Contents": {kind: list(ids) for kind, ids in project.contents},
    }


def gateway_payload(region_name: str, gateway: Gateway) -> dict[str, Any]:
    """Give one entry of GET `gateways`; unlike the rest it has dates in ISO 8601."""
    return {
        "Scope": "Workspace",
        "GatewayName": gateway.name,
        "CreateTime": iso(gateway.created),
        "Description": gateway.description,
        "ExpiryTime": None,
        "RegistrationKey": gateway.registration_key,
        "LastConnectTime": iso(gateway.created + 1_816_200_000),
        "Location": region_name,
        "RegisterTime": iso(gateway.created + 600_000),
        "Status": "Online",
        "Version": "2.9",
        "VersionStatus": "UpToDate",
        "ProvisioningState": "Succeeded",
        "Host": gateway.host,
    }


def _promoted(
    url: str, account: str, asset: Promoted, data_type: str, suffix: str
) -> dict[str, Any]:
    size, download = 0, None
    if asset.content is not None:
        size = asset.content.size
        download = blob_endpoint(url, account, promoted_location(asset, suffix), size)
    return {
        "Language": {"Language": "DotNet", "Version": "4.5.0"},
        "Id": asset.id,
        "DataTypeId": data_type,
        "Name": asset.name,
        "Description": asset.description,
        "FamilyId": asset.family_id,
        "ResourceUploadId": hex_id(asset.id, "upload"),
        "SourceOrigin": "FromOutputPromotion",
        "Size": size,
        "CreatedDate": _date(asset.created),
        "Owner": asset.owner,
        "ExperimentId": asset.experiment_id,
        "ClientVersion": None,
        "PromotedFrom": asset.promoted_from,
        "UploadedFromFilename": None,
        "ServiceVersion": 1,
        "IsLatest": True,
        "Category": None,
        "DownloadLocation": download,
        "IsDeprecated": False,
        "Culture": "default",
        "Batch": asset.batch,
        "CreatedDateTicks": 0 if asset.created is None else ticks(asset.created),
    }


def _date(at: int | None) -> str:
    return date(at) or UNSET_DATE


def _contract_case(payload: dict[str, Any]) -> dict[str, Any]:
    return {_CONTRACT_CASE.get(name, name): value for name, value in payload.items()}
