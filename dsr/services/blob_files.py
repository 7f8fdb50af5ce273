"""Files of a workspace in the customer's own storage account, read by the app's identity.

Source: List Blobs and Get Blob of Azure Blob Storage.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from dsr.errors import Absent, Refused, ServiceError, Unavailable, Unusable

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError


_NAMES: Final = 1000
"""Names that a call lists: the SDK holds an answer several times over while it reads it."""


@dataclass(frozen=True, slots=True)
class BlobFile:
    """One blob: its whole name in its container, and its size in bytes."""

    name: str
    size: int


class BlobFiles:
    """Lists and reads blobs of one account; `service` gives its client, made at the first use.

    `sign` gives the query that reads all blobs of a container (its name) for half an hour or more.
    """

    def __init__(
        self,
        endpoint: str,
        service: Callable[[], Any],
        sign: Callable[[str], str] = lambda container: "",
    ) -> None:
        self.endpoint = endpoint
        self._service = service
        self._sign = sign

    def names(self, container: str, prefix: str, what: str) -> Iterator[str]:
        """Give the names alone of the blobs below a prefix, at a tenth of the cost of `list`.

        Raises ServiceError: Absent where there is no such container.
        """
        from azure.core.exceptions import AzureError

        try:
            client = self._service().get_container_client(container)
            yield from client.list_blob_names(name_starts_with=prefix, results_per_page=_NAMES)
        except AzureError as error:
            raise _told(error, what) from None

    def url(self, container: str, name: str, what: str) -> str:
        """Give a URL that reads one blob for a while, so that many are read without the SDK.

        The SDK takes longer than a small blob does. Raises ServiceError where the identity gets no
        key to sign with.
        """
        from azure.core.exceptions import AzureError

        try:
            signature = self._sign(container)
        except AzureError as error:
            raise _told(error, what) from None
        return f"{self.endpoint}/{container}/{quote(name, safe='/')}?{signature}"

    def list(self, container: str, prefix: str, what: str) -> Iterator[BlobFile]:
        """Give the blobs whose names begin with `prefix`, folders' own markers left out.

        Raises ServiceError: Absent where there is no such container.
        """
        from azure.core.exceptions import AzureError

        try:
            client = self._service().get_container_client(container)
            for blob in client.list_blobs(name_starts_with=prefix, include=["metadata"]):
                if (blob.metadata or {}).get("hdi_isfolder") != "true":
                    yield BlobFile(blob.name, int(blob.size or 0))
        except AzureError as error:
            raise _told(error, what) from None

    def source(self, container: str, name: str, what: str) -> "BlobSource":
        """Give the bytes of one blob."""
        return BlobSource(self._service, container, name, what)


class BlobSource:
    """The bytes of one blob, by identity."""

    def __init__(self, service: Callable[[], Any], container: str, name: str, what: str) -> None:
        self._service = service
        self._container = container
        self._name = name
        self._what = what

    def open(self, offset: int = 0, etag: str | None = None) -> "BlobStream":
        """Start reading at `offset`, of the version `etag` if given; raises ServiceError."""
        from azure.core import MatchConditions
        from azure.core.exceptions import AzureError

        same: dict[str, Any] = {"offset": offset} if offset else {}
        if etag:
            same |= {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        try:
            blob = self._service().get_container_client(self._container)
            return BlobStream(blob.get_blob_client(self._name).download_blob(**same), self._what)
        except AzureError as error:
            raise _told(error, self._what) from None


class BlobStream:
    """A blob's bytes as they come, piece by piece."""

    def __init__(self, download: Any, what: str) -> None:
        self.length: int | None = int(download.size)
        self.etag: str | None = download.properties.etag
        self._pieces = download.chunks()
        self._held = b""
        self._what = what

    def read(self, size: int) -> bytes:
        """Give up to `size` bytes, b"" at the end; raises Unavailable where the stream breaks."""
        from azure.core.exceptions import AzureError

        try:
            while not self._held:
                self._held = next(self._pieces)
        except StopIteration:
            return b""
        except AzureError:
            raise Unavailable(f"the connection broke while reading {self._what}") from None
        data, self._held = self._held[:size], self._held[size:]
        return data

    def close(self) -> None:
        """Let go what was read ahead."""
        self._held = b""


def _told(error: "AzureError", what: str) -> ServiceError:
    """Give what HTTP elsewhere would tell of the same trouble."""
    from azure.core.exceptions import ClientAuthenticationError

    status = getattr(error, "status_code", None)
    if status is None:
        if isinstance(error, ClientAuthenticationError):
            return Refused("the app's identity gets no token for Azure")
        return Unavailable(f"{what} could not be reached")
    code = getattr(error, "error_code", None)
    message = f"{what} was answered with {status}"
    if code:
        message += f" ({getattr(code, 'value', code)})"
    if status in (401, 403):
        return Refused(message)
    if status in (404, 410):
        return Absent(message)
    return (Unavailable if status in (408, 412, 416, 429) or status >= 500 else Unusable)(message)
