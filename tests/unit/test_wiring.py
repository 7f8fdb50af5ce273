"""The composition root: what the storage clients are really given."""

from types import SimpleNamespace
from typing import Any

import pytest

import dsr.services.connections
from dsr import wiring
from dsr.settings import parse
from tests.fakes.wire import Scripted, answer
from tests.unit.test_settings import target, values


def test_calls_to_storage_end_after_the_times_that_are_meant_for_them():
    storage = parse(values()).storage
    blobs, queues, _ = wiring._clients(storage)
    for client in (blobs, queues):
        transport = client._pipeline._transport
        timeouts = transport.connection_config.timeout, transport.connection_config.read_timeout
        assert timeouts == (10, 60)


def test_the_root_gives_a_probe_for_each_container_and_queue():
    made = wiring.build(parse(values()))
    assert set(made.probes._parts) == {  # type: ignore[attr-defined]
        "dsr-ledger",
        "dsr-exports",
        "dsr-evidence",
        "dsr-requests",
        "dsr-plan",
        "dsr-export",
        "dsr-delete",
        "dsr-finish",
    }


def test_what_the_settings_say_of_access_reaches_the_ports():
    plain = wiring.build(parse(values()))
    assert (plain.access, plain.signs_in, plain.allow_automatic_approval) == ("keys", False, False)
    other = values(
        DSR_ACCESS="entra", WEBSITE_AUTH_ENABLED="True", DSR_ALLOW_AUTOMATIC_APPROVAL="true"
    )
    made = wiring.build(parse(other))
    assert (made.access, made.signs_in, made.allow_automatic_approval) == ("entra", True, True)


BY_IDENTITY = {
    "DsrStorage": None,
    "DsrStorage__blobServiceUri": "https://data.blob.core.windows.net",
    "DsrStorage__queueServiceUri": "https://data.queue.core.windows.net",
    "DsrStorage__clientId": "reads",
}


@pytest.mark.parametrize(
    ("changes", "account", "endpoint"),
    [
        ({}, "churnlabstore", None),
        ({"DSR_DELETE_CLIENT_ID": "deletes"}, None, None),
        (
            {"DSR_DELETE_CLIENT_ID": "deletes"},
            "churnlabstore",
            "https://churnlabstore.blob.core.windows.net",
        ),
        (BY_IDENTITY, "churnlabstore", "https://churnlabstore.blob.core.windows.net"),
    ],
)
def test_leftovers_are_deleted_where_an_account_and_an_identity_are_named(
    changes, account, endpoint
):
    settings = parse(values(DSR_WORKSPACES=target(storage_account=account), **changes))
    storage = wiring.Connectors(settings)("churn-lab").storage()  # type: ignore[attr-defined]
    assert (storage.endpoint if storage else None) == endpoint


@pytest.mark.parametrize(
    ("changes", "identity"),
    [(BY_IDENTITY, "reads"), (BY_IDENTITY | {"DSR_DELETE_CLIENT_ID": "deletes"}, "deletes")],
)
def test_deletes_have_an_identity_of_their_own_which_reads_never_use(
    monkeypatch, changes, identity
):
    asked: list[str] = []

    class Credential:
        def __init__(self, client_id: str) -> None:
            self._client_id = client_id

        def get_token(self, scope: str) -> Any:
            asked.append(self._client_id)
            return SimpleNamespace(token=f"token-of-{self._client_id}")

    monkeypatch.setattr(wiring, "_credential", Credential)
    connectors = wiring.Connectors(parse(values(**changes)))
    url = "https://management.azure.com/op"
    wire = Scripted([answer(200, b"{}"), answer(202), answer(200, b"{}")])
    monkeypatch.setattr(dsr.services.connections, "process_pool", lambda: wire)
    arm = connectors._arm
    assert asked == []
    arm.get("/x", "1", "read thing")
    arm.delete("/x", "1", "delete thing")
    arm.operation(url, "delete thing")
    assert asked == ["reads", identity, identity]
    sent = [call.headers["Authorization"] for call in wire.calls]
    assert sent == [f"Bearer token-of-{each}" for each in asked]
    assert [call.method for call in wire.calls] == ["GET", "DELETE", "GET"]
