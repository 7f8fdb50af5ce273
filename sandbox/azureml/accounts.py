"""The workspaces' storage accounts: real ones, of a second Azurite, with real blobs and links."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from sandbox.azureml.model import Blob
from sandbox.storage_account import StorageAccount

_UPLOADS = 4


class Account(StorageAccount):
    """The account of one or more workspaces."""

    def link(self, container: str, name: str, seconds: float) -> str:
        """Give a link that reads one blob, there or not, for so long."""
        blob = self._service.get_blob_client(container, name)
        return f"{blob.url}?{self.signature(container, name, seconds)}"

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


def accounts_of(connection_strings: Mapping[str, str]) -> dict[str, Account]:
    """Give the accounts by the names that workspaces call them."""
    return {name: Account(text) for name, text in connection_strings.items()}
