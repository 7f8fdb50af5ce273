"""How the management API writes classic web services and their endpoints."""

from typing import Any

from sandbox.studio.identifiers import hex_id, iso
from sandbox.studio.model import Workspace
from sandbox.studio.model_service import ClassicService, EndpointResource, ServiceEndpoint
from sandbox.studio.template import blob_credential


def service_payload(
    workspace: Workspace, service: ClassicService, endpoint_count: int
) -> dict[str, Any]:
    """Give a web service as the list and GET `webservices/{id}` do."""
    return {
        "Id": service.id,
        "Name": service.name,
        "Description": service.description,
        "CreationTime": iso(service.created, 3),
        "WorkspaceId": workspace.workspace_id,
        "DefaultEndpointName": service.endpoints[0].name,
        "EndpointCount": endpoint_count,
    }


def endpoint_payload(
    url: str, workspace: Workspace, service: ClassicService, endpoint: ServiceEndpoint
) -> dict[str, Any]:
    """Give an endpoint as the list and GET `endpoints/{name}` do, with holes for its links."""
    host, ws = _host(workspace.region), workspace.workspace_id
    return {
        "Name": endpoint.name,
        "Description": endpoint.description,
        "CreationTime": iso(endpoint.created, 3),
        "WorkspaceId": ws,
        "WebServiceId": service.id,
        "HelpLocation": f"https://{host}studio.azureml.net/apihelp/workspaces/{ws}"
        f"/webservices/{service.id}/endpoints/{endpoint.guid}",
        "PrimaryKey": endpoint.keys[0],
        "SecondaryKey": endpoint.keys[1],
        "ApiLocation": f"https://{host or 'ussouthcentral.'}services.azureml.net"
        f"/workspaces/{ws}/services/{endpoint.guid}",
        "Version": iso(endpoint.created, 3),
        "PreventUpdate": False,
        "SampleDataEnabled": endpoint.sample_data,
        "ExperimentLocation": "https://studio.azureml.net/",
        "MaxConcurrentCalls": 4,
        "DiagnosticsTraceLevel": "None",
        "ThrottleLevel": "Low",
        "Resources": [
            _resource(url, workspace, endpoint, resource) for resource in endpoint.resources
        ],
    }


def resource_path(workspace: Workspace, endpoint: ServiceEndpoint, name: str) -> str:
    """Give the path of the blob that an endpoint's resource is."""
    blob = hex_id(endpoint.guid, name)
    return f"/{workspace.blob_account}/experimentoutput/{blob[:2]}/{blob}.ilearner"


def _resource(
    url: str, workspace: Workspace, endpoint: ServiceEndpoint, resource: EndpointResource
) -> dict[str, Any]:
    path = resource_path(workspace, endpoint, resource.name)
    account = f"/{workspace.blob_account}/"
    return {
        "Name": resource.name,
        "Kind": resource.kind,
        "Location": {
            "BaseLocation": url + account,
            "RelativeLocation": path.removeprefix(account),
            "SasBlobToken": blob_credential(path),
        },
    }


def _host(region: str) -> str:
    return "" if region == "southcentralus" else "europewest."
