"""A customer's storage account: a real one, of an Azurite beside the app's own."""

import contextlib
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    generate_blob_sas,
)


class StorageAccount:
    """An account by its connection string, long form, with the account's name in its paths."""

    def __init__(self, connection_string: str) -> None:
        parts = dict(p.split("=", 1) for p in connection_string.split(";") if "=" in p)
        self.name, self._key = parts["AccountName"], parts["AccountKey"]
        self.endpoint = parts["BlobEndpoint"].rstrip("/")
        self.connection_string = connection_string
        self._service = BlobServiceClient.from_connection_string(connection_string)

    def signature(self, container: str, name: str, seconds: float) -> str:
        """Give the SAS that reads one blob, there or not, for so long."""
        return generate_blob_sas(
            self.name,
            container,
            name,
            account_key=self._key,
            permission=BlobSasPermissions(read=True),
            expiry=datetime.now(UTC) + timedelta(seconds=seconds),
        )

    def names(self, container: str, prefix: str = "") -> set[str]:
        """Give the names of the blobs in a container, none where there is no such container."""
        client = self._service.get_container_client(container)
        if not client.exists():
            return set()
        return set(client.list_blob_names(name_starts_with=prefix or None))

    def put(self, container: str, name: str, data: bytes) -> None:
        """Put a blob there, its container too."""
        self._container(container).upload_blob(name, data, overwrite=True)

    def _container(self, name: str) -> ContainerClient:
        client = self._service.get_container_client(name)
        with contextlib.suppress(ResourceExistsError):
            client.create_container()
        return client
