"""Leftovers over Azurite, which has neither soft delete nor versions."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from azure.storage.blob import BlobServiceClient

from dsr.errors import Unavailable
from dsr.services.studio.own_storage import is_own
from dsr.services.workspace_storage import Cleared, WorkspaceStorage
from dsr.usecases.connector import Leftover
from sandbox.azurite import Azurite, connection_string, free_ports

Names = Callable[[str], list[str]]


@pytest.fixture
def service(azurite: Azurite) -> BlobServiceClient:
    return BlobServiceClient.from_connection_string(azurite.connection_string)


@pytest.fixture
def workspace_id() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def storage(service: BlobServiceClient, workspace_id: str) -> WorkspaceStorage:
    return WorkspaceStorage(
        service.url, partial(is_own, workspace_id), lambda: service, lambda: datetime.now(UTC)
    )


def put(service: BlobServiceClient, container: str, *names: str) -> None:
    client = service.get_container_client(container)
    if not client.exists():
        client.create_container()
    for name in names:
        client.upload_blob(name, b"x")


def names(service: BlobServiceClient, container: str) -> set[str]:
    return {b.name for b in service.get_container_client(container).list_blobs()}


def test_an_exact_name_goes_alone_with_its_snapshots(service, storage):
    container, name = "experimentoutput", f"{uuid.uuid4()} b%2f/é.csv"
    put(service, container, name, f"{name}2", f"{name}/x", name[:-4])
    service.get_blob_client(container, name).create_snapshot()
    cleared = storage.clear(Leftover(container, name))
    assert cleared == Cleared(1, 1)
    assert names(service, container) >= {f"{name}2", f"{name}/x", name[:-4]}
    assert name not in names(service, container)
    assert storage.clear(Leftover(container, name)) == Cleared(0, 0)


def test_a_prefix_goes_and_what_lies_beside_it_stays(service, storage, workspace_id):
    other = uuid.uuid4().hex
    ours = [f"{workspace_id}-s-e/score/requests/{n}" for n in range(7)]
    put(service, "ml-diagnostics", *ours, f"{other}-s-e/score/1", workspace_id)
    assert storage.clear(Leftover("ml-diagnostics", f"{workspace_id}-", True)) == Cleared(7, 7)
    assert names(service, "ml-diagnostics") >= {f"{other}-s-e/score/1", workspace_id}
    assert not names(service, "ml-diagnostics") & set(ours)


def test_a_container_that_is_not_there(storage):
    assert storage.clear(Leftover("uploadedresources", "x")) == Cleared(0, 0)


def test_an_account_that_refuses_is_told_by_its_code(service, azurite: Azurite, workspace_id):
    wrong = azurite.connection_string.replace("Eby8", "AAAA")
    refused = BlobServiceClient.from_connection_string(wrong, retry_total=0)
    storage = WorkspaceStorage(
        service.url, partial(is_own, workspace_id), lambda: refused, lambda: datetime.now(UTC)
    )
    cleared = storage.clear(Leftover("experimentoutput", "x"))
    assert (cleared.found, cleared.refused) == (0, "AuthorizationFailure")


def test_an_account_that_is_away(workspace_id):
    port, queue = free_ports(2)
    away = BlobServiceClient.from_connection_string(connection_string(port, queue), retry_total=0)
    storage = WorkspaceStorage(
        away.url, partial(is_own, workspace_id), lambda: away, lambda: datetime.now(UTC)
    )
    with pytest.raises(Unavailable):
        storage.clear(Leftover("experimentoutput", "x"))
