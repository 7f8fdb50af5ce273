"""A storage account as the workspace's deletes see it: soft delete, versions and refusals.

Azurite has neither soft delete nor versions, so their shapes are those of the SDK's BlobProperties
(`deleted`, `remaining_retention_days`, `version_id`, `is_current_version`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import ImmutabilityPolicy


@dataclass
class Item:
    """One entry of a list, as the SDK gives it."""

    name: str
    deleted: bool = False
    remaining_retention_days: int | None = None
    version_id: str | None = None
    is_current_version: bool | None = None
    immutability_policy: Any = None
    has_legal_hold: bool | None = None


def refusal(status: int, code: str) -> HttpResponseError:
    """An error as the account answers it; its message holds what must not be shown."""
    error = HttpResponseError("SECRET")
    error.status_code = status
    error.error_code = code  # type: ignore[attr-defined]
    return error


def missing(code: str) -> ResourceNotFoundError:
    """The answer for what is not there."""
    error = ResourceNotFoundError("SECRET")
    error.status_code = 404
    error.error_code = code  # type: ignore[attr-defined]
    return error


@dataclass
class Account:
    """Containers of blob names. `retention` are the days of soft delete, if it is on.

    `refuses` is raised by a delete of a blob, by name; `fails` by every call; `no_versions` is an
    account that refuses to list versions. `undeletable` answers 202 and stays. `policies` say until
    when a blob is unchangeable, `held` are under a legal hold; whether a list shows either is
    `tells_policies`.
    """

    containers: dict[str, list[str]]
    fails: Exception | None = None
    retention: int | None = None
    versions: bool = False
    no_versions: bool = False
    refuses: dict[str, Exception] = field(default_factory=dict)
    undeletable: set[str] = field(default_factory=set)
    deleted: list[tuple[str, str, str | None]] = field(default_factory=list)
    policies: dict[str, datetime] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    tells_policies: bool = True

    def itself(self) -> "Account":
        """Give it, as a client that is made at its first use."""
        return self

    def get_container_client(self, name: str) -> "_Container":
        return _Container(self, name)


@dataclass
class _Container:
    account: Account
    name: str

    def list_blobs(self, name_starts_with: str, include: list[str] | None) -> Iterator[Item]:
        if self.account.fails is not None:
            raise self.account.fails
        if self.name not in self.account.containers:
            raise missing("ContainerNotFound")
        if self.account.no_versions and "versions" in (include or ()):
            raise refusal(400, "InvalidQueryParameterValue")
        found = [Item(name) for name in self.account.containers[self.name]]
        if "immutabilitypolicy" in (include or ()):
            if not self.account.tells_policies:
                raise refusal(403, "AuthorizationPermissionMismatch")
            for item in found:
                until = self.account.policies.get(item.name)
                # the SDK gives every blob a policy, an empty one where it has none
                item.immutability_policy = ImmutabilityPolicy(expiry_time=until)
                item.has_legal_hold = item.name in self.account.held or None
        gone = [name for container, name, _ in self.account.deleted if container == self.name]
        if self.account.retention is not None and "deleted" in (include or ()):
            found += [Item(name, True, self.account.retention) for name in gone]
        if self.account.versions and "versions" in (include or ()):
            found += [Item(name, version_id="2018-05-22T08:00:00Z") for name in gone]
        for item in sorted(found, key=lambda i: i.name):
            if item.name.startswith(name_starts_with):
                yield item

    def get_blob_client(self, name: str) -> "_Blob":
        return _Blob(self, name)


@dataclass
class _Blob:
    container: _Container
    name: str

    def delete_blob(self, delete_snapshots: str | None = None) -> Any:
        account = self.container.account
        if self.name in account.refuses:
            raise account.refuses[self.name]
        names = account.containers[self.container.name]
        if self.name not in names:
            raise missing("BlobNotFound")
        if self.name in account.undeletable:
            return
        names.remove(self.name)
        account.deleted.append((self.container.name, self.name, delete_snapshots))
