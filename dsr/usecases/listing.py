"""Listing one page of one kind: match every asset, and write the pages of the plan."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from dsr.errors import ServiceError, Unavailable
from dsr.model.asset import Asset, Kind, Person, WorkspaceRecord
from dsr.model.listing import Listing, PageRef
from dsr.model.matching import NO_MATCH, Match, Matcher, Tier
from dsr.model.paths import BESIDE, MAX_COMPONENT, MAX_PATH, PathBook
from dsr.model.plan import PlanEntry, from_ndjson
from dsr.model.redaction import Redactions, Redactor, without_secrets
from dsr.model.request import DsrRequest, split_asset
from dsr.usecases.connector import AssetPage
from dsr.usecases.plan_pages import PageWriter
from dsr.usecases.ports import Ports

_BUILTIN = "Microsoft's own, shared by all workspaces"


def listing_key(workspace: int, kind: int, page: int) -> str:
    """Name a listing; names sort in the order of the plan."""
    return f"{workspace:04d}-{kind:02d}-{page:06d}"


def is_record_page(name: str) -> bool:
    """Tell whether a page is of a workspace's own record: named by its key, with no run's mark."""
    return name.count("-") == 2


class Lister:
    """Turns one page of a listing into pages of the plan.

    Pages have names that no other run shares; which run's pages count is decided by who stores
    the listing first. So a run that dies, or a second one that sees another list, does no harm.
    """

    def __init__(
        self,
        ports: Ports,
        request_id: str,
        request: DsrRequest,
        workspace: str,
        people: list[Person],
    ) -> None:
        self._ports = ports
        self._request_id = request_id
        self._request = request
        self._workspace = workspace
        self._matcher = Matcher(request.subject, people)
        whole = request.scope.select == "workspace"
        self._redactor = Redactor(None if whole else request.subject, people, (), lambda _: 0)
        self._named = {
            split_asset(a)[1:] for a in request.scope.assets if split_asset(a)[0] == workspace
        }
        self._wanted: set[str] = set()
        self._nameless = 0

    def run(self, key: str, kind: Kind, page: AssetPage, number: int) -> Listing:
        """List the page and write what it gives; raises ServiceError of the connector."""
        self._wanted = {i for k, i in self._named if k == kind.name}
        writer = self._writer(key, kind)
        book = self._book(kind, always_marked=number > 0)
        counts = {"unattributed": 0, "unmatched": 0, "builtin": 0}
        seen = self._seen_before(key) if number else set()
        for asset in page:
            mark = mark_of(asset.id)
            if asset.id and mark in seen:
                continue
            seen.add(mark)
            self._look_at(asset)
            if asset.builtin:
                counts["builtin"] += self._request.scope.select != "assets"
                if asset.id in self._wanted:
                    writer.add(self._named_sample(asset, kind))
                continue
            entry = self._entry(asset, kind, book)
            if entry is None:
                counts["unmatched"] += 1
                counts["unattributed"] += not self._matcher.attributable(asset)
                self._left_out(asset)
            else:
                self._take(entry, writer)
        self._settle(kind, writer)
        if self._wanted and number and page.next is None:
            self._wanted -= self._found_before(key)
        for entry in self._closing(kind, counts["builtin"], page.next):
            writer.add(entry)
        return Listing(
            self._pages(writer),
            page.next,
            counts["unattributed"],
            counts["unmatched"],
            counts["builtin"],
        )

    def _writer(self, key: str, kind: Kind) -> PageWriter:
        return PageWriter(self._ports, self._request_id, key, kind.batch)

    def _pages(self, writer: PageWriter) -> tuple[PageRef, ...]:
        """Give the pages that were written; an export's are those of one writer."""
        return writer.close()

    def _seen_before(self, key: str) -> set[bytes]:
        """Give the marks of ids of earlier pages that are not to come again; an export's may."""
        return set()

    def _look_at(self, asset: Asset) -> None:
        """Look at whatever the list has, Microsoft's own included; an export need not."""

    def _left_out(self, asset: Asset) -> None:
        """Know of an asset that is not the request's; an export need not."""

    def _take(self, entry: PlanEntry, writer: PageWriter) -> None:
        """Take an asset's entry; an export's goes to the plan as it is."""
        writer.add(entry)

    def _settle(self, kind: Kind, writer: PageWriter) -> None:
        """Write what waited for the end of the list; nothing of an export does."""

    def _found_before(self, key: str) -> set[str]:
        """Give the ids of the named assets that earlier pages of the listing have."""
        ledger, request_id = self._ports.ledger, self._request_id
        folder = key.rpartition("-")[0]
        done = ledger.listings(request_id)
        # the first page may be in the workspace's own listing, among other kinds
        listings = [k for k in done if k.startswith(folder) and k < key]
        listings.append(f"{key.partition('-')[0]}-00-000000")
        refs = (
            ref
            for name in listings
            for ref in ledger.listing(request_id, name).pages
            if ref.name.startswith(folder)
        )
        entries = (e for ref in refs for e in from_ndjson(ledger.page(request_id, ref.name)))
        return {split_asset(entry.asset)[2] for entry in entries}

    def failed(self, key: str, kind: Kind, error: ServiceError) -> Listing:
        """Give the listing of a kind that could not be read: one entry that says so."""
        writer = PageWriter(self._ports, self._request_id, key, kind.batch)
        writer.add(self._set_entry(kind, "*", f"all of kind {kind.name}", "fail", error=str(error)))
        return Listing(writer.close())

    def _book(self, kind: Kind, always_marked: bool) -> PathBook:
        """Give the names of the kind's folder, short enough for what comes below or beside."""
        room = MAX_PATH - len(f"{self._request_id}/data/{self._workspace}/{kind.name}/")
        if kind.folder:
            return PathBook(min(60, room // 2), always_marked)
        return PathBook(min(MAX_COMPONENT, room), always_marked, BESIDE)

    def _entry(self, asset: Asset, kind: Kind, book: PathBook) -> PlanEntry | None:
        """Give the plan's entry for an asset, None where it is nothing of the request."""
        if not asset.id:
            self._nameless += 1
            problem = "the service lists an entry without an id"
            return self._set_entry(kind, f"?{self._nameless}", "?", "fail", error=problem)
        match = self._matcher.match(asset)
        scope = self._request.scope
        if scope.select == "assets":
            if asset.id not in self._wanted:
                return None
            self._wanted.discard(asset.id)
        elif scope.select == "subject" and match.tier == Tier.NONE:
            return None
        return self._chosen(asset, kind, book, match)

    def _chosen(self, asset: Asset, kind: Kind, book: PathBook, match: Match) -> PlanEntry:
        """Give the entry of an asset that the request selects."""
        scope = self._request.scope
        if scope.select == "subject" and match.tier == Tier.WEAK and not scope.include_weak:
            # may be theirs, and is surely one that they touched: that much is exported
            reference = self._matcher.reference(asset)
            if reference.tier == Tier.STRONG:
                return self._chosen(asset, kind, book, reference)
            name = f"{self._workspace}/{kind.name}:{asset.id}"
            ref = self._ports.fingerprints.ref(name)
            reason = "a weak match; exported only with include_weak"
            return PlanEntry(name, ref, asset.name, match, "skip", reason=reason)
        entry = self._planned(asset, kind, book, match, "export")
        refers = match.refers and scope.select == "subject"
        return replace(entry, refers=True) if refers else entry

    def _planned(
        self, asset: Asset, kind: Kind, book: PathBook, match: Match, action: str
    ) -> PlanEntry:
        """Give the entry of an asset that is acted on, with its place in a package."""
        name = f"{self._workspace}/{kind.name}:{asset.id}"
        component = book.assign(self._redactor.unnamed(asset.file_name), asset.id)
        found = Redactions()
        listed = without_secrets(asset.listed, found)
        return PlanEntry(
            name,
            self._ports.fingerprints.ref(name),
            asset.name,
            match,
            action,
            f"{self._workspace}/{kind.name}/{component}",
            asset.size,
            listed=listed,
            secrets=found.secrets,
            unit=asset.unit,
            state=asset.state,
        )

    def _named_sample(self, asset: Asset, kind: Kind) -> PlanEntry:
        self._wanted.discard(asset.id)
        return self._set_entry(kind, asset.id, asset.name, "skip", reason=_BUILTIN)

    def _closing(self, kind: Kind, builtin: int, next_cursor: str | None) -> Iterator[PlanEntry]:
        """Give the entries about what was, or was not, in the list."""
        if builtin:
            yield self._set_entry(
                kind, "samples", "samples and built-ins", "skip", reason=_BUILTIN, count=builtin
            )
        if next_cursor is None:
            for asset_id in sorted(self._wanted):
                problem = "the workspace lists no such asset"
                yield self._set_entry(kind, asset_id, asset_id, "fail", error=problem)

    def _set_entry(
        self,
        kind: Kind,
        asset_id: str,
        name: str,
        action: str,
        *,
        reason: str = "",
        error: str = "",
        count: int = 0,
    ) -> PlanEntry:
        asset = f"{self._workspace}/{kind.name}:{asset_id}"
        ref = self._ports.fingerprints.ref(asset)
        return PlanEntry(
            asset, ref, name, NO_MATCH, action, reason=reason, error=error, count=count
        )


def record_entries(
    ports: Ports,
    request: DsrRequest,
    workspace: str,
    record: WorkspaceRecord,
    kinds: tuple[Kind, ...],
) -> list[PlanEntry]:
    """Give the plan's entries for a workspace's own record and its users.

    Named assets of kinds that the service does not have are here too, as failures.
    """
    people = [person for person, _ in record.users]
    matcher = Matcher(request.subject, people)
    named = {split_asset(a)[1:] for a in request.scope.assets if split_asset(a)[0] == workspace}
    entries = []

    def entry(kind: str, asset_id: str, name: str, match: Match, path: str) -> PlanEntry:
        asset = f"{workspace}/{kind}:{asset_id}"
        ref = ports.fingerprints.ref(asset)
        if not path:
            problem = "the workspace has no such asset"
            return PlanEntry(asset, ref, name, match, "fail", error=problem)
        return PlanEntry(asset, ref, name, match, "export", f"{workspace}/{path}")

    def consider(kind: str, asset_id: str, name: str, match: Match, path: str) -> None:
        is_named = (kind, asset_id) in named
        named.discard((kind, asset_id))
        select = request.scope.select
        matched = match.tier != Tier.NONE
        broken = kind == "workspace" and bool(record.problem)
        if select == "workspace" or is_named or (select == "subject" and (matched or broken)):
            entries.append(entry(kind, asset_id, name, match, path))

    own = Asset("workspace", record.id, workspace, "", identifiers=record.owner)
    consider("workspace", record.id, workspace, matcher.match(own), "workspace.json")
    for person in people:
        match = Match(Tier.STRONG, "User") if matcher.is_subject(person) else NO_MATCH
        consider("user", person.id, person.name or person.id, match, "users.json")
    known = {kind.name for kind in kinds}
    entries += [
        entry(kind, asset_id, asset_id, NO_MATCH, "")
        for kind, asset_id in sorted(named)
        if kind not in known
    ]
    return entries


def mark_of(asset_id: str) -> bytes:
    """Give what tells an id from others, in less room."""
    return hashlib.blake2b(asset_id.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def give_up(error: ServiceError, attempt: int, attempts: int) -> bool:
    """Tell whether another try of the same step is of no use."""
    return not isinstance(error, Unavailable) or attempt + 1 >= attempts
