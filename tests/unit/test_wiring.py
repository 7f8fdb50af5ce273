"""The composition root: what the storage clients are really given."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

import dsr.services.connections
from dsr import wiring
from dsr.services.azureml.connector import AzureMlConnector
from dsr.settings import parse
from tests.fakes.azureml_connector import ARM_ID as ML_ID
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


ML = json.dumps([{"name": "forecast", "service": "azureml", "arm_id": ML_ID}])


def test_a_workspace_of_azure_machine_learning_has_its_settings(monkeypatch):
    scopes: list[str] = []

    class Credential:
        def get_token(self, scope: str) -> Any:
            scopes.append(scope)
            return SimpleNamespace(token="token")

    monkeypatch.setattr(wiring, "_credential", lambda client_id: Credential())
    changes = {
        "DSR_AZUREML_API_VERSION": "2026-03-01",
        "DSR_AZUREML_SCOPE": "https://ml.azure.us/.default",
        "DSR_AZUREML_MAX_MEGABYTES": "job=7",
    }
    wire = Scripted([answer(200, b'{"properties": {}}')])
    monkeypatch.setattr(dsr.services.connections, "process_pool", lambda: wire)
    connectors = wiring.Connectors(parse(values(DSR_WORKSPACES=ML, **changes)))
    made = connectors("forecast")
    assert isinstance(made, AzureMlConnector)
    assert connectors("forecast") is made
    assert made._workspace.limits == {"job": 7 << 20}
    made.record()
    assert wire.calls[0].url == f"https://management.azure.com{ML_ID}?api-version=2026-03-01"
    connectors._plane.value()
    assert scopes == ["https://management.azure.com/.default", "https://ml.azure.us/.default"]


def test_its_own_account_is_opened_by_the_identities_that_read_and_delete(monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(wiring, "_credential", asked.append)
    settings = values(DSR_WORKSPACES=ML, **BY_IDENTITY, DSR_DELETE_CLIENT_ID="deletes")
    connectors = wiring.Connectors(parse(settings))
    account = connectors._account(connectors._settings.targets["forecast"], "stforecast01")
    assert account is not None
    assert account.storage.endpoint == account.files.endpoint
    assert account.files.endpoint == "https://stforecast01.blob.core.windows.net"
    account.files._service()
    account.storage._service()
    assert asked == ["reads", "deletes"]
