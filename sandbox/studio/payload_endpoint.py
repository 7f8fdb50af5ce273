"""The endpoint object: where bytes are and the link that opens them."""

from typing import Any

from sandbox.studio.template import blob_credential, shared_credential


def blob_endpoint(url: str, account: str, location: str, size: int) -> dict[str, Any]:
    """Give a direct endpoint: a blob of a storage account, as Azurite lays accounts out."""
    return _endpoint(
        f"{url}/{account}/", size, "", blob_credential(f"/{account}/{location}"), location
    )


def foreign_endpoint(base: str, location: str, credential: str, size: int) -> dict[str, Any]:
    """Give an endpoint of a blob that is not this server's, with a credential that stays."""
    return _endpoint(base, size, "", credential, location)


def shared_endpoint(
    url: str, workspace_id: str, path: str, size: int, name: str = ""
) -> dict[str, Any]:
    """Give an endpoint behind the Studio host's `api/sharedaccess`."""
    credential = shared_credential(workspace_id, path)
    return _endpoint(f"{url}/", size, name, credential, "api/sharedaccess")


def _endpoint(base: str, size: int, name: str, credential: str, location: str) -> dict[str, Any]:
    return {
        "BaseUri": base,
        "Size": size,
        "Name": name,
        "EndpointType": "SasEndpoint",
        "CredentialContainer": "Inline",
        "AccessCredential": credential,
        "Location": location,
        "FileType": "File",
        "IsAuxiliary": False,
    }
