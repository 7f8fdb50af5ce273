"""The composition root: joins use cases to storage and services, lazily, once a process.

The storage SDK and the identity library are imported here, at the first use, not with the app:
what the host imports at a cold start stays small.
"""

import functools
import logging
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from dsr import settings as settings_module
from dsr.endpoints import local_endpoint
from dsr.errors import Refused
from dsr.finding import targets_of
from dsr.model.fingerprints import Fingerprints
from dsr.model.messages import QUEUES
from dsr.model.target import WorkspaceTarget
from dsr.settings import Settings, StorageSettings
from dsr.usecases.connector import Connector
from dsr.usecases.ports import Ports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from azure.core.credentials import TokenCredential
    from azure.core.pipeline.transport import HttpTransport
    from azure.storage.blob import BlobServiceClient
    from azure.storage.queue import QueueServiceClient

    from dsr.services.arm import Arm
    from dsr.services.azureml.workspace import Account
    from dsr.services.entra import EntraToken
    from dsr.services.located import RecentLocations
    from dsr.services.workspace_storage import WorkspaceStorage
    from dsr.storage.packages import Links

LEDGER: Final = "dsr-ledger"
EXPORTS: Final = "dsr-exports"
EVIDENCE: Final = "dsr-evidence"
CALLING: Final = ("dsr.services.http",)
"""The loggers of code that calls for a request and does not know which."""

_CONNECTIONS: Final = 64
_WAITS: Final[dict[str, Any]] = {"connection_timeout": 10, "read_timeout": 60}
_PIECES: Final[dict[str, Any]] = {"max_single_get_size": 4 << 20, "max_chunk_get_size": 4 << 20}
"""How much of a workspace's file is read ahead, in bytes: a stream holds no more in memory."""
_RETRY: Final[dict[str, Any]] = {"initial_backoff": 1, "increment_base": 2, "retry_total": 4}


@functools.cache
def ports() -> Ports:
    """Give the ports of this process; raises Misconfigured. A failed try is not remembered."""
    return build(settings_module.parse(os.environ))


def now() -> datetime:
    """Give the present moment, UTC."""
    return datetime.now(UTC)


def quiet() -> None:
    """Keep libraries from logging a line a call: the worker's root logger prints INFO."""
    for name in ("azure", "requests"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # its warnings hold whole URLs, signatures included
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def name_requests() -> None:
    """Have lines about calls to a workspace's service name the request that they are made for."""
    from dsr.usecases.correlation import REQUEST_IN_FRONT

    for name in CALLING:
        logging.getLogger(name).addFilter(REQUEST_IN_FRONT)


def build(settings: Settings) -> Ports:
    """Join everything for these settings."""
    from dsr.storage.azure_blobs import AzureBlobs
    from dsr.storage.delete_ledger import BlobDeleteLedger
    from dsr.storage.evidence import AuditTrail
    from dsr.storage.holds import BlobHolds
    from dsr.storage.ledger import BlobLedger
    from dsr.storage.packages import BlobPackages
    from dsr.storage.probes import AccountProbes, container, queue
    from dsr.storage.queues import AzureQueues

    quiet()
    name_requests()
    blobs, queues, links = _clients(settings.storage)
    connectors = Connectors(settings)
    ledger = AzureBlobs(blobs, LEDGER)
    targets, unlisted = targets_of(settings, lambda: connectors._arm, ledger, now)
    connectors.targets = targets
    parts = {name: container(blobs, name) for name in (LEDGER, EXPORTS, EVIDENCE)}
    parts |= {name: queue(queues, name) for name in QUEUES}
    return Ports(
        targets=targets,
        ledger=BlobLedger(AzureBlobs(blobs, LEDGER)),
        deletes=BlobDeleteLedger(AzureBlobs(blobs, LEDGER)),
        packages=BlobPackages(AzureBlobs(blobs, EXPORTS), links),
        queues=AzureQueues(queues),
        trail=AuditTrail(AzureBlobs(blobs, EVIDENCE), now),
        holds=BlobHolds(AzureBlobs(blobs, LEDGER)),
        probes=AccountProbes(parts),
        connector=connectors,
        fingerprints=Fingerprints(settings.hash_key),
        now=now,
        export_retention_days=settings.export_retention_days,
        subject_retention_days=settings.subject_retention_days,
        stalled_after_seconds=settings.stalled_after_seconds,
        retry_seconds=settings.retry_seconds,
        verify_seconds=settings.verify_seconds,
        access=settings.access,
        signs_in=settings.signs_in,
        allow_automatic_approval=settings.allow_automatic_approval,
        signer=settings.signer,
        unlisted=unlisted,
    )


def _clients(storage: StorageSettings) -> "tuple[BlobServiceClient, QueueServiceClient, Links]":
    """Make the storage clients, by connection string (local) or by identity."""
    from azure.storage.blob import BlobServiceClient
    from azure.storage.blob import ExponentialRetry as BlobRetry
    from azure.storage.queue import ExponentialRetry as QueueRetry
    from azure.storage.queue import QueueServiceClient

    from dsr.storage.links import DelegatedLinks, KeyLinks

    options: dict[str, Any] = {"transport": _transport()}
    blob_options = {"retry_policy": BlobRetry(**_RETRY), **options}
    queue_options = {"retry_policy": QueueRetry(**_RETRY), **options}
    if storage.connection_string:
        text = storage.connection_string
        blobs = BlobServiceClient.from_connection_string(text, **blob_options)
        queues = QueueServiceClient.from_connection_string(text, **queue_options)
        parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
        return blobs, queues, KeyLinks(blobs, EXPORTS, parts.get("AccountKey", ""), now)
    credential = _credential(storage.client_id)
    blobs = BlobServiceClient(storage.blob_uri, credential, **blob_options)
    queues = QueueServiceClient(storage.queue_uri, credential, **queue_options)
    return blobs, queues, DelegatedLinks(blobs, EXPORTS, now)


def _transport() -> "HttpTransport[Any, Any]":
    """Give the storage clients' connections: as many as there may be threads, and no proxy.

    The library's own transport keeps ten, and makes a new one for every call beyond.
    """
    from azure.core.pipeline.transport import RequestsTransport

    # the clients leave time-outs to the transport that they are given
    transport = RequestsTransport(use_env_settings=False, **_WAITS)
    transport.open()
    for adapter in transport.session.adapters.values():
        adapter.init_poolmanager(4, _CONNECTIONS)
    return cast("HttpTransport[Any, Any]", transport)


@functools.cache
def _credential(client_id: str) -> "TokenCredential":
    """Give the app's identity: the named one, or whatever this machine is signed in with."""
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

    if client_id:
        return ManagedIdentityCredential(client_id=client_id)
    return DefaultAzureCredential()


class Connectors:
    """Gives the connector of a workspace, made at its first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.targets: Mapping[str, WorkspaceTarget] = settings.targets
        self._made: dict[str, Connector] = {}

    def __call__(self, name: str) -> Connector:
        if name not in self.targets:
            raise Refused("the workspace is no longer configured")
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Connector:
        target = self.targets[name]
        if target.service == "azureml":
            return self._azureml(target)
        from dsr.services.studio.connector import StudioConnector

        token, own = self._settings.tokens.get(name, ""), self._storage(target)
        return StudioConnector(target, token, self._arm, self._locations, storage=own)

    def _azureml(self, target: WorkspaceTarget) -> Connector:
        from dsr.services.azureml.connector import AzureMlConnector
        from dsr.services.share_files import ShareFiles

        open_account = functools.cache(functools.partial(self._account, target))
        endpoint = self._endpoint(target, target.storage_account, "file")
        shares = ShareFiles.of(endpoint, self._reading, self._deleting) if endpoint else None
        version, limits = self._settings.azureml.api_version, self._settings.azureml.limits
        return AzureMlConnector(
            target, self._arm, version, self._plane, open_account, limits, shares=shares
        )

    def _storage(self, target: WorkspaceTarget) -> "WorkspaceStorage | None":
        """Give a target's storage account, None where the app has nothing to open it with."""
        from dsr.services.studio.own_storage import is_own
        from dsr.services.workspace_storage import WorkspaceStorage

        endpoint = self._endpoint(target, target.storage_account)
        if not endpoint:
            return None
        service = self._opener(target, endpoint, self._deleting)
        own = functools.partial(is_own, target.workspace_id)
        return WorkspaceStorage(endpoint, own, service, now)

    def _account(self, target: WorkspaceTarget, name: str) -> "Account | None":
        """Give the account of a name, None where the app has nothing to open it with."""
        from dsr.services.azureml.leftovers import is_own
        from dsr.services.azureml.workspace import Account
        from dsr.services.blob_files import BlobFiles
        from dsr.services.workspace_storage import WorkspaceStorage
        from dsr.storage.links import ContainerTokens

        endpoint = self._endpoint(target, name)
        if not endpoint:
            return None
        reading = self._opener(target, endpoint, self._reading)
        deleting = self._opener(target, endpoint, self._deleting)
        storage = WorkspaceStorage(endpoint, is_own, deleting, now)
        return Account(storage, BlobFiles(endpoint, reading, ContainerTokens(reading, now).token))

    def _endpoint(self, target: WorkspaceTarget, account: str, service: str = "blob") -> str:
        """Give an account's endpoint, "" where the app has nothing to open it with."""
        connection = self._settings.storages.get(target.name, "")
        if connection:
            return local_endpoint(connection, service)
        if account and self._has_identity:
            return f"https://{account}.{service}.core.windows.net"
        return ""

    def _opener(
        self, target: WorkspaceTarget, endpoint: str, identity: "Callable[[], TokenCredential]"
    ) -> "Callable[[], BlobServiceClient]":
        """Give what makes an account's client at its first use, for one of the app's identities."""
        connection = self._settings.storages.get(target.name, "")

        @functools.cache
        def service() -> "BlobServiceClient":
            from azure.storage.blob import BlobServiceClient, ExponentialRetry

            options: dict[str, Any] = {
                "retry_policy": ExponentialRetry(**_RETRY),
                "transport": _transport(),
                **_PIECES,
            }
            if connection:
                return BlobServiceClient.from_connection_string(connection, **options)
            return BlobServiceClient(endpoint, identity(), **options)

        return service

    @property
    def _has_identity(self) -> bool:
        return bool(self._settings.delete_client_id or self._settings.storage.blob_uri)

    def _reading(self) -> "TokenCredential":
        """Give the identity that reads: the app's."""
        return _credential(self._settings.storage.client_id)

    def _deleting(self) -> "TokenCredential":
        """Give the identity that deletes: one of its own, or the app's."""
        return _credential(self._settings.delete_client_id or self._settings.storage.client_id)

    @functools.cached_property
    def _locations(self) -> "RecentLocations":
        from dsr.services.located import RecentLocations

        return RecentLocations()

    @functools.cached_property
    def _arm(self) -> "Arm":
        from dsr.services.arm import Arm
        from dsr.services.entra import EntraToken

        endpoint = self._settings.arm_endpoint
        reading = EntraToken(endpoint, self._reading)
        return Arm(endpoint, reading, deleting=EntraToken(endpoint, self._deleting))

    @functools.cached_property
    def _plane(self) -> "EntraToken":
        """Give the token for Azure Machine Learning's data plane, which only reads."""
        from dsr.services.entra import EntraToken

        told = self._settings
        return EntraToken(told.arm_endpoint, self._reading, told.azureml.scope)
