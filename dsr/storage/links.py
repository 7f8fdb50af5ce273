"""Short-lived, read-only URLs of packages: a service SAS, signed by key or by delegation."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    UserDelegationKey,
    generate_blob_sas,
)

_SKEW = timedelta(minutes=5)


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
