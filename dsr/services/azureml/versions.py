"""Assets with versions: one walk for all kinds, from their containers to each version.

Source: ARM `workspaces/{models,data,environments,components,codes,featuresets}`, containers then
`versions`, with recorded answers (Azure/azure-powershell); a version's DELETE was recorded for
models and code.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dsr.errors import Absent, Unavailable, Unusable
from dsr.model.asset import Asset, Kind
from dsr.services.asset_kind import Eraser, no_users
from dsr.services.azureml import owners
from dsr.services.azureml.client import ARCHIVED_TOO, not_own
from dsr.services.azureml.files import files_of
from dsr.services.azureml.workspace import AzureMlKind, AzureMlWorkspace
from dsr.services.fields import get, named, state_of, text, texts_within
from dsr.usecases.connector import Asked, AssetPage, Document, File

CALLS: Final = 16
"""Pages of versions that one page of assets asks for at most."""

People = Mapping[str, Any]
"""`createdBy` and `modifiedBy` of a version as the data plane's `User`, where it knows them."""


def nobody(
    workspace: AzureMlWorkspace, name: str, versions: tuple[str, ...]
) -> Mapping[str, People]:
    """Give nothing: no service is known that tells object ids for the kind."""
    return {}


@dataclass(frozen=True, slots=True)
class Versioned:
    """What is a kind's own: its path on ARM, the member that leads to bytes, and free texts.

    `noun` is what errors call one. `people` gives who made and changed versions of one container,
    by version, by lists as far as they go. `archives` tells that its lists know `listViewType`.
    """

    kind: Kind
    path: str
    noun: str
    texts: tuple[str, ...] = ()
    address: str = ""
    archives: bool = True
    people: Callable[[AzureMlWorkspace, str, tuple[str, ...]], Mapping[str, People]] = nobody

    def page(self, workspace: AzureMlWorkspace, cursor: str | None) -> AssetPage:
        """List one page: the versions of some containers, archived ones included."""
        return _VersionsPage(self, workspace, cursor)

    def read(
        self, workspace: AzureMlWorkspace, asset_id: str, listed: Any, include_data: bool
    ) -> Iterator[File]:
        """Give one version's metadata, then its bytes where it leads to any."""
        entry = self._entry(workspace, asset_id) if listed is None else listed
        folder = self.kind.folder
        yield Document(f"{self.kind.name}.json" if folder else "", entry)
        if include_data and self.address:
            address = text(get(get(entry, "version"), "properties"), self.address)
            yield from files_of(workspace, self.kind.name, address, self.noun)

    def get(self, workspace: AzureMlWorkspace, asset_id: str) -> dict[str, Any]:
        """Read one version as ARM gives it; raises ServiceError."""
        return workspace.arm.get(self.names(asset_id), f"read {self.noun}")

    def delete(self, workspace: AzureMlWorkspace, unit: str) -> Asked:
        """Delete one version, by one call; its container stays."""
        return workspace.arm.delete(self.names(unit), f"delete {self.noun}")

    def is_there(self, workspace: AzureMlWorkspace, asset_id: str) -> bool:
        """Tell whether ARM still gives a version."""
        return workspace.arm.is_there(self.names(asset_id), f"read {self.noun}")

    def names(self, asset_id: str) -> tuple[str, ...]:
        """Give the path of a version; refused for an id that is none of this kind's."""
        name, colon, version = asset_id.rpartition(":")
        if not colon or not name or not version or ":" in name:  # it could be another's
            raise not_own(f"read {self.noun}")
        return (self.path, name, "versions", version)

    def _entry(self, workspace: AzureMlWorkspace, asset_id: str) -> dict[str, Any]:
        found = self.get(workspace, asset_id)
        name, _, version = asset_id.rpartition(":")
        holder = workspace.arm.get((self.path, name), f"read {self.noun}")
        people = self.people(workspace, name, (version,)).get(version)
        return _listed(holder, found, people)

    def _asset(
        self, container: dict[str, Any], version: dict[str, Any], people: People | None
    ) -> Asset:
        name, number = text(container, "name"), text(version, "name")
        properties, holder = get(version, "properties"), get(container, "properties")
        ids, made = owners.made_by(version)
        made_by = get(people, "createdBy")
        changed_by = owners.user_ids(get(people, "modifiedBy"), "modifiedBy")
        return Asset(
            kind=self.kind.name,
            id=f"{name}:{number}" if name and number else "",
            name=f"{name}:{number}",
            file_name=f"{name} (version {number})",
            identifiers=(
                *owners.user_ids(made_by, "createdBy"),
                *ids,
                *owners.subject_tag(get(properties, "tags")),
            ),
            references=(*changed_by, *owners.changed_by(version, by_name=not changed_by)),
            texts=(
                *made,
                *owners.user_name(made_by, "createdBy"),
                *named(container, "name"),
                *owners.free_texts(properties),
                *(pair for member in self.texts for pair in texts_within(properties, member)),
                *owners.free_texts(holder),
            ),
            builtin=_is_builtin(container, version),
            listed=_listed(container, version, people),
            state=self._state(version),
        )

    def _state(self, version: dict[str, Any]) -> str:
        """Give what somebody's change changes; labels of the service's own move by themselves."""
        properties = get(version, "properties")
        own = get(properties, "properties")
        kept = {
            name: value
            for name, value in (own.items() if isinstance(own, dict) else ())
            if not str(name).startswith("azureml.")
        }
        members = (*self.texts, *filter(None, (self.address,)))
        more = [
            kept,
            get(properties, "tags") or {},
            text(get(version, "systemData"), "createdAt"),
        ]
        return state_of(properties, "description", "isArchived", "stage", *members, more=more)


def _listed(container: Any, version: Any, people: People | None) -> dict[str, Any]:
    return {"container": container, "version": version, "people": people}


def _is_builtin(container: dict[str, Any], version: dict[str, Any]) -> bool:
    """Tell whether a version is Microsoft's own; where it names nobody, its container tells."""
    if owners.is_builtin(version):
        return True
    named_somebody = bool(text(get(version, "systemData"), "createdBy").strip())
    return not named_somebody and owners.is_builtin(container)


class _VersionsPage:
    """One page of a walk. Its cursor holds the containers still to come and both links."""

    def __init__(self, of: Versioned, workspace: AzureMlWorkspace, cursor: str | None) -> None:
        self._of = of
        self._workspace = workspace
        self._cursor = cursor
        self.next: str | None = None

    def __iter__(self) -> Iterator[Asset]:
        of = self._of
        containers, link, following = _parsed(self._cursor)
        if not containers:
            containers, following = self._page((of.path,), following)
        calls = 0
        while containers and calls < CALLS:
            calls += 1
            versions, link = self._versions(containers[0], link)
            yield from self._assets(containers[0], versions)
            if link is None:
                containers = containers[1:]
        if containers or following:
            told = {"containers": containers, "versions": link, "following": following}
            self.next = json.dumps(told, separators=(",", ":"))

    def _page(
        self, names: tuple[str, ...], cursor: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        query = ARCHIVED_TOO if self._of.archives else None
        return self._workspace.arm.page(names, cursor, f"list {self._of.noun}s", query)

    def _versions(
        self, container: dict[str, Any], link: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Give a page of one container's versions; none of one that went meanwhile.

        Raises Unavailable where it is there all the same: then nobody knows what it holds.
        """
        name = text(container, "name")
        if not name:
            return [{}], None  # an entry that nobody can read: it is told as such
        try:
            return self._page((self._of.path, name, "versions"), link)
        except Absent:
            what = f"list {self._of.noun}s"
            if self._workspace.arm.is_there((self._of.path, name), what):
                raise Unavailable(f"{what} was answered with 404, though they are there") from None
            return [], None

    def _assets(self, container: dict[str, Any], versions: list[dict[str, Any]]) -> Iterator[Asset]:
        name = text(container, "name")
        numbers = tuple(
            text(v, "name") for v in versions if text(v, "name") and not _is_builtin(container, v)
        )
        people = self._of.people(self._workspace, name, numbers) if numbers else {}
        for version in versions:
            yield self._of._asset(container, version, people.get(text(version, "name")))


def _parsed(cursor: str | None) -> tuple[list[dict[str, Any]], str | None, str | None]:
    if cursor is None:
        return [], None, None
    try:
        told = json.loads(cursor)
        return list(told["containers"]), told["versions"], told["following"]
    except (ValueError, LookupError, TypeError):
        raise Unusable(
            "list versions can't go on: the place where it stopped is unreadable"
        ) from None


def kind_of(
    of: Versioned,
    eraser: Eraser[AzureMlWorkspace] | None = None,
    uses: Callable[[AzureMlWorkspace], dict[str, tuple[str, ...]]] = no_users,
) -> AzureMlKind:
    """Give the kind that the connector lists, reads and deletes."""
    return AzureMlKind(of.kind, of.page, of.read, eraser, uses)
