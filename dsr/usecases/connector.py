"""What a workspace's service has to offer, whichever it is (docs/connector.md)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dsr.model.asset import Asset, Kind, Notice, WorkspaceRecord
from dsr.model.record import stamp


class Stream(Protocol):
    """Bytes on their way. `length` is what `read` will give in all, None where unsaid."""

    length: int | None
    etag: str | None

    def read(self, size: int) -> bytes:
        """Give up to `size` bytes, b"" at the end; raises Unavailable where the stream breaks."""

    def close(self) -> None:
        """Let the connection go."""


class Source(Protocol):
    """Where the bytes of one file are; an expired URL is renewed inside `open`."""

    def open(self, offset: int = 0, etag: str | None = None) -> Stream:
        """Start reading at `offset`, of the version `etag` if given.

        Raises ServiceError: Unavailable also where the version is another by now.
        """


@dataclass(frozen=True, slots=True)
class Document:
    """Metadata of an asset as JSON data; `name` as in Content."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes of an asset. `name` is relative to the asset's folder, or "" for the asset itself."""

    name: str
    source: Source


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that can't be had through any API, with the steps that a person takes."""

    name: str
    reason: str
    steps: tuple[str, ...]


File = Document | Content | Missing


class AssetPage(Protocol):
    """One page of a listing: iterate it to its end, then `next` is the cursor of another."""

    next: str | None

    def __iter__(self) -> Iterator[Asset]: ...


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a delete may leave in the customer's own storage account.

    One blob, or all blobs whose names begin with `name` where `prefix` is true. `kept` says why
    the app leaves it to a person, "" where it clears it; then `name` may be an address of
    elsewhere, and `container` "".
    """

    container: str
    name: str
    prefix: bool = False
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The service's answer to a delete: its status, and what follows it where that takes time.

    `operation` is opaque, at most 4 kB, and no secret; it stands in the ledger alone. `by_app`
    tells that the service does not carry it on by itself: each `is_done` deletes some more.
    """

    status: int
    operation: str = ""
    by_app: bool = False


@dataclass(frozen=True, slots=True)
class Cleared:
    """What became of one leftover.

    `deleted` counts blobs that were there and are no longer listed. `recoverable_until` is the
    latest moment at which one of them can still be undeleted, None where none can; `versions` says
    that earlier versions of them stay. `refused` is the account's code where it refused something,
    `more` says that blobs were left for another call. `kept_by` tells that the account keeps some
    unchangeable: by a `policy` or by a `legal hold`; `kept_until` is when the last policy of them
    ends, None where the account does not say.
    """

    found: int
    deleted: int
    recoverable_until: datetime | None = None
    versions: bool = False
    refused: str = ""
    more: bool = False
    kept_by: str = ""
    kept_until: datetime | None = None

    @property
    def clean(self) -> bool:
        """Tell whether none of the blobs is left."""
        return self.found == self.deleted and not self.refused and not self.more

    def to_json(self) -> dict[str, Any]:
        """Give the members of a result's evidence."""
        told: dict[str, Any] = {"cleared": self.clean, "found": self.found, "left": self.found}
        told["left"] -= self.deleted
        if self.recoverable_until is not None:
            told["recoverable_until"] = stamp(self.recoverable_until)
        if self.versions:
            told["versions"] = True
        if self.refused:
            told["refused"] = self.refused
        if self.kept_by:
            until = None if self.kept_until is None else stamp(self.kept_until)
            told["kept"] = {"by": self.kept_by, "until": until}
        return told


class WorkspaceStorage(Protocol):
    """The customer's own storage account of a workspace."""

    def clear(self, leftover: Leftover) -> Cleared:
        """Delete exactly these blobs, look for them again; raises ServiceError."""


class Connector(Protocol):
    """One workspace of one service (docs/connector.md). All methods raise ServiceError."""

    own: Kind
    """The workspace itself, as something to delete."""
    user: Kind
    """The users of the workspace, as something to delete."""
    kinds: tuple[Kind, ...]
    """The kinds of assets that the service lists, in the order of the package."""
    person_fields: frozenset[str]
    """Names of fields whose value names a person."""

    def record(self) -> WorkspaceRecord:
        """Read the workspace's own record and its users."""

    def assets(self, kind: str, cursor: str | None) -> AssetPage:
        """List one page of a kind, versions and archived items included; None is the first."""

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Iterator[File]:
        """Give the files of one asset, each as soon as it is known.

        `listed` is `Asset.listed` as the plan kept it, without secrets. Where there is one, it is
        the first Document: what a package says must not depend on what a process remembers.
        """

    def notices(self, deleting: bool) -> list[Notice]:
        """Give what applies to every request for this workspace that exports, or deletes."""

    def uses(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        """Give what uses the assets of a kind: by asset id, the `kind:id` of each user."""

    def is_there(self, kind: str, asset_id: str) -> bool:
        """Tell whether the service still gives an asset that is asked for alone.

        Raises ServiceError where it says neither yes nor no.
        """

    def left_behind(self, kind: str, asset_id: str) -> tuple[Leftover, ...]:
        """Give what deleting an asset may leave in the customer's storage; asked for before."""

    def storage(self) -> WorkspaceStorage | None:
        """Give the workspace's own storage account, None where the app may not touch it."""

    def delete(self, kind: str, unit: str) -> Asked:
        """Ask once to delete a unit (`Asset.unit`, else the asset's id), never a second time.

        Raises Absent where there is no such thing, Blocked where something else has to go first,
        Unavailable where nobody knows whether the call counted.
        """

    def is_done(self, operation: str) -> bool:
        """Tell whether a delete under way has ended well.

        Raises Unusable where it ended in failure, Unavailable where it can't be told now.
        """
