"""The customer's own storage account of a workspace, as far as deletes left blobs in it.

Source: List Blobs, Delete Blob and the articles on soft delete and versioning of Azure Blob
Storage: a deleted blob stays for the account's days of retention, and where versions are kept,
deleting a blob makes it an earlier version. Blob service error codes: what a policy or a legal hold
keeps unchangeable is refused with 409 and a code of its own.
"""

import itertools
from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from dsr.errors import Unavailable, Unusable
from dsr.usecases.connector import Cleared, Leftover

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError

MOST: Final = 5000
"""Blobs that one call deletes at most."""
_KEPT: Final = {
    "BlobImmutableDueToPolicy": "policy",
    "BlobImmutableDueToLegalHold": "legal hold",
}
"""What keeps a blob, by the code of the refusal to delete it."""


class WorkspaceStorage:
    """Deletes leftovers of one workspace from its account, and nothing beside them.

    `service` gives the account's client (azure-storage-blob), made at the first use. `is_own` tells
    which places are the workspace's; any other is refused.
    """

    def __init__(
        self,
        endpoint: str,
        is_own: Callable[[Leftover], bool],
        service: Callable[[], Any],
        now: Callable[[], datetime],
    ) -> None:
        self.endpoint = endpoint
        self._is_own = is_own
        self._service = service
        self._now = now

    def clear(self, leftover: Leftover) -> Cleared:
        """Delete what a leftover names, snapshots included, and look again.

        Raises Unavailable where the account does not answer, Unusable for a leftover that can't
        be the workspace's.
        """
        from azure.core.exceptions import AzureError

        self._check(leftover)
        so_far = Cleared(0, 0)
        try:
            names = list(itertools.islice(self._names(leftover), MOST + 1))
            so_far = Cleared(len(names[:MOST]), 0, more=len(names) > MOST)
            codes = self._delete(leftover, names[:MOST])
            left = set(itertools.islice(self._names(leftover), 2 * MOST)) & set(names[:MOST])
            so_far = replace(
                so_far,
                deleted=so_far.found - len(left),
                refused=next(iter(codes), ""),
                kept_by=_kept_by(codes),
            )
            if so_far.kept_by:
                so_far = self._with_kept(leftover, so_far, left)
            return self._with_remains(leftover, so_far)
        except AzureError as error:
            if _is_missing(error):  # there is no such container, or it went meanwhile
                return replace(so_far, deleted=so_far.found)
            return replace(so_far, refused=so_far.refused or _refusal(error))

    def _check(self, leftover: Leftover) -> None:
        dots = {".", ".."} & set(leftover.name.split("/"))
        if dots or not self._is_own(leftover):
            raise Unusable("delete blobs is refused: the place is not one of this workspace's own")

    def _names(self, leftover: Leftover) -> Iterator[str]:
        return (blob.name for blob in self._list(leftover))

    def _list(self, leftover: Leftover, *include: str) -> Iterator[Any]:
        """Give the blobs of exactly this name, or those below the prefix, and no other."""
        container = self._service().get_container_client(leftover.container)
        listed = container.list_blobs(name_starts_with=leftover.name, include=list(include) or None)
        for blob in listed:
            if blob.name == leftover.name or (
                leftover.prefix and blob.name.startswith(leftover.name)
            ):
                yield blob
            elif not leftover.prefix:
                return  # names come in order, and the exact one is the first of its prefix

    def _delete(self, leftover: Leftover, names: list[str]) -> dict[str, None]:
        """Delete blobs, deepest first; give the codes of refusals, in order and each once."""
        from azure.core.exceptions import AzureError

        container = self._service().get_container_client(leftover.container)
        codes: dict[str, None] = {}
        for name in sorted(names, reverse=True):
            try:
                container.get_blob_client(name).delete_blob(delete_snapshots="include")
            except AzureError as error:
                if not _is_missing(error):
                    codes[_refusal(error)] = None
        return codes

    def _with_kept(self, leftover: Leftover, cleared: Cleared, left: Container[str]) -> Cleared:
        """Add until when policies keep the blobs that are left, and whether legal holds do.

        A policy of the container as a whole is not in the list of its blobs: then nobody says when.
        """
        from azure.core.exceptions import HttpResponseError

        by, ends = cleared.kept_by, []
        try:
            for blob in self._list(leftover, "immutabilitypolicy", "legalhold"):
                if blob.name not in left:
                    continue
                if blob.has_legal_hold:
                    by = "legal hold"
                if blob.immutability_policy and blob.immutability_policy.expiry_time:
                    ends.append(blob.immutability_policy.expiry_time)
        except HttpResponseError as error:
            if error.status_code not in (400, 403, 409):  # an account that does not tell it
                raise
        return replace(cleared, kept_by=by, kept_until=max(ends, default=None))

    def _with_remains(self, leftover: Leftover, cleared: Cleared) -> Cleared:
        """Add what can still be brought back: soft-deleted blobs and earlier versions."""
        from azure.core.exceptions import HttpResponseError

        try:
            days, versions = self._remains(leftover, "deleted", "versions")
        except HttpResponseError as error:
            if error.status_code not in (400, 409):
                raise
            days, versions = self._remains(leftover, "deleted")  # an account without versions
        # the days that are told are whole ones, so the last of them may have just begun
        until = None if days is None else self._now() + timedelta(days=days + 1)
        return replace(cleared, recoverable_until=until, versions=versions)

    def _remains(self, leftover: Leftover, *include: str) -> tuple[int | None, bool]:
        """Give the most days that a deleted blob has left, and whether earlier versions stay."""
        days: int | None = None
        versions = False
        for blob in self._list(leftover, *include):
            if blob.deleted:
                days = max(days or 0, int(blob.remaining_retention_days or 0))
            elif blob.version_id and not blob.is_current_version:
                versions = True
        return days, versions


def _kept_by(codes: Container[str]) -> str:
    return next((_KEPT[code] for code in reversed(_KEPT) if code in codes), "")


def _is_missing(error: "AzureError") -> bool:
    return getattr(error, "status_code", None) == 404


def _refusal(error: "AzureError") -> str:
    """Give the code of a refusal; raises Unavailable where trying again may help."""
    from azure.core.exceptions import ClientAuthenticationError

    status = getattr(error, "status_code", None)
    if isinstance(error, ClientAuthenticationError) and status is None:
        return "NoToken"
    if status is None or status in (408, 429) or status >= 500:
        raise Unavailable("the workspace's storage account does not answer") from None
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or status)
