"""Short-lived, read-only signatures (SAS), by key or by delegation: of packages, of a container."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    ContainerSasPermissions,
    UserDelegationKey,
    generate_blob_sas,
    generate_container_sas,
)

_SKEW = timedelta(minutes=5)
_HOUR = timedelta(hours=1)


class KeyLinks:
    """Signs with the account's key, which a connection string brings (local use)."""

    def __init__(
        self, service: BlobServiceClient, container: str, key: str, now: Callable[[], datetime]
    ) -> None:
        self._service = service
        self._container = container
        self._key = key
        self._now = now

    def url(self, name: str, seconds: int) -> str:
        """Give a URL that reads one blob for `seconds`."""
        token = generate_blob_sas(
            str(self._service.account_name),
            self._container,
            name,
            account_key=self._key,
            permission=BlobSasPermissions(read=True),
            expiry=self._now() + timedelta(seconds=seconds),
            content_disposition=f'attachment; filename="{name}"',
        )
        return f"{self._service.get_blob_client(self._container, name).url}?{token}"


class DelegatedLinks:
    """Signs with a user delegation key, which the app's identity asks for and keeps an hour."""

    def __init__(
        self, service: BlobServiceClient, container: str, now: Callable[[], datetime]
    ) -> None:
        self._service = service
        self._container = container
        self._now = now
        self._lock = threading.Lock()
        self._key: tuple[datetime, UserDelegationKey] | None = None

    def url(self, name: str, seconds: int) -> str:
        """Give a URL that reads one blob for `seconds`."""
        expiry = self._now() + timedelta(seconds=seconds)
        token = generate_blob_sas(
            str(self._service.account_name),
            self._container,
            name,
            user_delegation_key=self._delegation(expiry),
            permission=BlobSasPermissions(read=True),
            expiry=expiry,
            protocol="https",
            content_disposition=f'attachment; filename="{name}"',
        )
        return f"{self._service.get_blob_client(self._container, name).url}?{token}"

    def _delegation(self, needed_until: datetime) -> UserDelegationKey:
        with self._lock:
            if self._key is None or self._key[0] < needed_until:
                start, until = self._now() - _SKEW, self._now() + timedelta(hours=1)
                self._key = until, self._service.get_user_delegation_key(start, until)
            return self._key[1]


class ContainerTokens:
    """Signs for whole containers of a workspace's account, once for half an hour each.

    By the key of a connection string (local use), else by a user delegation key of the identity.
    Threads may share it.
    """

    def __init__(
        self, service: Callable[[], BlobServiceClient], now: Callable[[], datetime]
    ) -> None:
        self._service = service
        self._now = now
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[datetime, str]] = {}

    def token(self, container: str) -> str:
        """Give the query that reads every blob of a container; raises AzureError."""
        with self._lock:
            until, token = self._tokens.get(container, (self._now(), ""))
            if until - self._now() < _HOUR / 2:
                until = self._now() + _HOUR
                token = self._signed(container, until)
                self._tokens[container] = until, token
            return token

    def _signed(self, container: str, until: datetime) -> str:
        service = self._service()
        by: dict[str, Any] = {"account_key": getattr(service.credential, "account_key", None)}
        if not by["account_key"]:
            start = self._now() - _SKEW
            by = {"user_delegation_key": service.get_user_delegation_key(start, until)}
        return generate_container_sas(
            str(service.account_name),
            container,
            permission=ContainerSasPermissions(read=True),
            expiry=until,
            **by,
        )
