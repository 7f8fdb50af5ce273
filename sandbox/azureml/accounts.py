"""The workspaces' storage accounts: real ones, of a second Azurite, with real blobs and links."""

import contextlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    generate_blob_sas,
)

from sandbox.azureml.model import Blob

_UPLOADS = 4


class Account:
    """An account by its connection string, long form, with the account's name in its paths."""

    def __init__(self, connection_string: str) -> None:
        parts = dict(p.split("=", 1) for p in connection_string.split(";") if "=" in p)
        self.name, self._key = parts["AccountName"], parts["AccountKey"]
        self.endpoint = parts["BlobEndpoint"].rstrip("/")
        self.connection_string = connection_string
        self._service = BlobServiceClient.from_connection_string(connection_string)

    def link(self, container: str, name: str, seconds: float) -> str:
        """Give a link that reads one blob, there or not, for so long."""
        sas = generate_blob_sas(
            self.name,
            container,
            name,
            account_key=self._key,
            permission=BlobSasPermissions(read=True),
            expiry=datetime.now(UTC) + timedelta(seconds=seconds),
        )
        blob = self._service.get_blob_client(container, name)
        return f"{blob.url}?{sas}"

    def names(self, container: str, prefix: str = "") -> set[str]:
        """Give the names of the blobs in a container, none where there is no such container."""
        client = self._service.get_container_client(container)
        if not client.exists():
            return set()
        return set(client.list_blob_names(name_starts_with=prefix or None))

    def put(self, container: str, name: str, data: bytes) -> None:
        """Put a blob there, its container too."""
        self._container(container).upload_blob(name, data, overwrite=True)

    def remove(self, container: str, prefix: str) -> None:
        """Delete the blobs below a prefix, as the service may."""
        client = self._service.get_container_client(container)
        for name in self.names(container, prefix):
            client.delete_blob(name)

    def hold(self, blobs: Iterable[Blob]) -> None:
        """Put blobs there, several at once."""
        held = list(blobs)
        for container in {blob.container for blob in held}:
            self._container(container)

        def upload(blob: Blob) -> None:
            client = self._service.get_blob_client(blob.container, blob.name)
            client.upload_blob(blob.content.open_bytes(), overwrite=True)

        with ThreadPoolExecutor(_UPLOADS) as pool:
            list(pool.map(upload, held))

    def _container(self, name: str) -> ContainerClient:
        client = self._service.get_container_client(name)
        with contextlib.suppress(ResourceExistsError):
            client.create_container()
        return client


def accounts_of(connection_strings: Mapping[str, str]) -> dict[str, Account]:
    """Give the accounts by the names that workspaces call them."""
    return {name: Account(text) for name, text in connection_strings.items()}
