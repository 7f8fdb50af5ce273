"""Blob containers of an Azure storage account (or Azurite), through azure-storage-blob."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobServiceClient, ContainerClient

from dsr.storage.account import account_answers, away
from dsr.storage.blobs import BadBlockList, Blob, BlobInfo, Changed, Exists, Missing

T = TypeVar("T")

_EXISTS = ("BlobAlreadyExists", "UnauthorizedBlobOverwrite")
_CHANGED = ("ConditionNotMet", "AppendPositionConditionNotMet", "TargetConditionNotMet")


class AzureBlobs:
    """The container `name` of an account; it is made at the first write where it is not there.

    In Azure the template makes it; locally nobody else would.
    """

    def __init__(self, service: BlobServiceClient, name: str) -> None:
        self._container: ContainerClient = service.get_container_client(name)

    def create(self, name: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
        """Write a blob where there is none; raises Exists."""
        self._write(
            lambda: self._container.get_blob_client(name).upload_blob(
                data, length=len(data), metadata=metadata, overwrite=False
            )
        )

    @account_answers
    def read(self, name: str) -> Blob:
        """Read a blob whole; raises Missing."""
        try:
            stream = self._container.get_blob_client(name).download_blob(max_concurrency=1)
            return Blob(stream.readall(), str(stream.properties.etag))
        except ResourceNotFoundError:
            raise Missing(name) from None

    @account_answers
    def part(self, name: str, offset: int, length: int | None = None) -> bytes:
        """Read `length` bytes from `offset` on, or all up to the blob's end; raises Missing."""
        blob = self._container.get_blob_client(name)
        try:
            return blob.download_blob(offset, length, max_concurrency=1).readall()
        except ResourceNotFoundError:
            raise Missing(name) from None
        except HttpResponseError as error:
            if error.status_code == 416:  # nothing is there from `offset` on
                return b""
            raise

    def replace(self, name: str, data: bytes, etag: str) -> None:
        """Overwrite the version `etag` of a blob; raises Changed."""
        self._write(
            lambda: self._container.get_blob_client(name).upload_blob(
                data,
                length=len(data),
                overwrite=True,
                etag=etag,
                match_condition=MatchConditions.IfNotModified,
            )
        )

    def put(self, name: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
        """Write a blob, whatever is there."""
        self._write(
            lambda: self._container.get_blob_client(name).upload_blob(
                data, length=len(data), metadata=metadata, overwrite=True
            )
        )

    @account_answers
    def delete(self, name: str) -> None:
        """Delete a committed blob; none there is fine."""
        with contextlib.suppress(ResourceNotFoundError):
            self._container.get_blob_client(name).delete_blob()

    def drop(self, name: str) -> None:
        """Delete a blob and every block staged for it, whether either is there or not.

        A blob that was never committed can't be deleted; committing an empty list first makes
        one, and drops what was staged.
        """
        with contextlib.suppress(Exists, Changed):
            self.commit(name, [], {})
        self.delete(name)

    @account_answers
    def look(self, name: str) -> BlobInfo | None:
        """Give a committed blob's properties, None where there is none."""
        try:
            return _info(self._container.get_blob_client(name).get_blob_properties())
        except ResourceNotFoundError:
            return None

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """Give the committed blobs below a prefix by name, metadata included, 5,000 a call."""
        try:
            for blob in self._container.list_blobs(
                name_starts_with=prefix, include=["metadata"], results_per_page=5000
            ):
                yield _info(blob)
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise away(error) from None

    def stage(self, name: str, block_id: str, data: bytes) -> None:
        """Stage a block of a blob; ids of one blob are all of one length."""
        self._write(
            lambda: self._container.get_blob_client(name).stage_block(
                block_id, data, length=len(data)
            )
        )

    def commit(self, name: str, block_ids: Sequence[str], metadata: dict[str, str]) -> None:
        """Make a blob of staged blocks where there is none; raises Exists or BadBlockList."""
        blocks = [BlobBlock(block_id) for block_id in block_ids]
        self._write(
            lambda: self._container.get_blob_client(name).commit_block_list(
                blocks, metadata=metadata, match_condition=MatchConditions.IfMissing
            )
        )

    @account_answers
    def staged(self, name: str) -> set[str]:
        """Give the ids of a blob's staged blocks."""
        try:
            _, blocks = self._container.get_blob_client(name).get_block_list("uncommitted")
        except ResourceNotFoundError:
            return set()
        return {str(block.id) for block in blocks}

    def append(self, name: str, data: bytes, at: int) -> None:
        """Append to an append blob of `at` bytes, made where `at` is 0; raises Changed."""
        blob = self._container.get_blob_client(name)
        if at == 0:
            # there already: made by an earlier try that got no further, or by another writer
            with contextlib.suppress(Exists, Changed):
                self._write(
                    lambda: blob.create_append_blob(match_condition=MatchConditions.IfMissing)
                )
        self._write(lambda: blob.append_block(data, length=len(data), appendpos_condition=at))

    @account_answers
    def _write(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except HttpResponseError as error:
            if _code(error) != "ContainerNotFound":
                raise _translated(error) from None
        try:
            self._container.create_container()
        except HttpResponseError as error:
            if _code(error) != "ContainerAlreadyExists":
                raise
        try:
            return call()
        except HttpResponseError as error:
            raise _translated(error) from None


def _code(error: HttpResponseError) -> str:
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code))


def _translated(error: HttpResponseError) -> Exception:
    code = _code(error)
    if code in _EXISTS:
        return Exists()
    if code in _CHANGED or error.status_code == 412:
        return Changed()
    if code == "InvalidBlockList":
        return BadBlockList()
    return error


def _info(blob: Any) -> BlobInfo:
    return BlobInfo(
        blob.name, blob.size, blob.last_modified, dict(blob.metadata or {}), str(blob.etag)
    )
