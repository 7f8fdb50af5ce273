"""Listing for deletes: what may be deleted, what a person decides, what stays."""

from dataclasses import replace
from typing import Any, Final

from dsr.errors import ServiceError, Unavailable
from dsr.model.asset import Asset, Kind, Person, WorkspaceRecord
from dsr.model.listing import PageRef
from dsr.model.matching import NO_MATCH, Match, Matcher, Tier
from dsr.model.paths import PathBook
from dsr.model.plan import PlanEntry
from dsr.model.request import DsrRequest, split_asset
from dsr.usecases.holding import in_force
from dsr.usecases.listing import Lister, mark_of
from dsr.usecases.plan_pages import PageWriter
from dsr.usecases.ports import Ports

WITH_WORKSPACE: Final = "@workspace"
"""The unit of what no call deletes by itself and what goes with the whole workspace."""
BY_HAND: Final = "the app deletes none of this kind: a person does"
"""Why a person has to delete an asset."""
_BATCH: Final = 32
"""Entries of a page of deletes: each costs several calls, and the list before them gets old."""
_SHARED: Final = "it may be another workspace's as well; it goes only where it is included"
_OTHERS: Final = "it goes as a whole, and other versions of it are not part of the request"
_DISPUTED: Final = "the service does not say clearly what a delete would take with it"
_TOGETHER: Final = "it goes as a whole, and another version of it is to be reviewed"
_REFERENCE: Final = "it is somebody else's: they only changed it, which is no reason to delete it"
_UNFLAGGED: Final = "it is deleted only by a request whose scope.{} is true"
_OWNER: Final = (
    "Give the workspace another owner, in the portal or in Studio's settings,",
    "or delete the whole workspace by a request whose scope.select is workspace.",
)


class DeleteLister(Lister):
    """Turns one page of a listing into pages of a delete's plan.

    A unit, such as all versions of a dataset, is on one page, and acted on as a whole or not at
    all: where some version is not the request's, or would be reviewed, all of it is reviewed.
    """

    def __init__(
        self,
        ports: Ports,
        request_id: str,
        request: DsrRequest,
        workspace: str,
        people: list[Person],
    ) -> None:
        super().__init__(ports, request_id, request, workspace, people)
        self._connector = ports.connector(workspace)
        self._held = in_force(ports, workspace)
        self._units: dict[str, list[PlanEntry]] = {}
        self._foreign: set[str] = set()
        self._disputed: set[str] = set()
        self._later: PageWriter | None = None

    def _writer(self, key: str, kind: Kind) -> PageWriter:
        self._units, self._foreign, self._disputed = {}, set(), set()
        stage, last = kind.stage, self._connector.own.stage + 1
        if self._goes_along(kind):
            stage = last
        limit = min(kind.batch, _BATCH)
        self._later = PageWriter(self._ports, self._request_id, key, limit, last)
        return PageWriter(self._ports, self._request_id, key, limit, stage)

    def _pages(self, writer: PageWriter) -> tuple[PageRef, ...]:
        return writer.close() + (self._later.close() if self._later else ())

    def _goes_along(self, kind: Kind) -> bool:
        """Tell whether nothing deletes a kind but deleting the workspace, which is asked for."""
        alone = kind.erasable and not _lacks_flag(self._request, kind)
        whole = self._request.scope.select == "workspace"
        return whole and self._connector.own.erasable and not alone

    def _seen_before(self, key: str) -> set[bytes]:
        return {mark_of(asset_id) for asset_id in self._found_before(key)}

    def _look_at(self, asset: Asset) -> None:
        self._disputed.update(asset.disputed)

    def _left_out(self, asset: Asset) -> None:
        if asset.unit:
            self._foreign.add(asset.unit)

    def _chosen(self, asset: Asset, kind: Kind, book: PathBook, match: Match) -> PlanEntry:
        entry = self._planned(asset, kind, book, match, "delete")
        if match.refers and self._request.scope.select == "subject":
            self._left_out(asset)  # what goes with it would go for no reason of its own
            return replace(entry, action="skip", reason=_REFERENCE, refers=True)
        holder = self._held.holder(entry.asset)
        if holder is not None:
            return replace(entry, action="retain", reason=f"legal hold {holder}")
        if self._goes_along(kind):
            return replace(entry, unit=WITH_WORKSPACE, reason="goes with the workspace")
        by_hand, steps = self._by_hand(asset, kind)
        if by_hand:
            entry = replace(entry, action="manual", reason=by_hand, steps=steps)
        elif kind.shared and self._request.scope.select == "workspace":
            return replace(entry, action="review", reason=_SHARED)
        if self._request.scope.select == "subject" and match.tier != Tier.STRONG:
            reason = f"a {match.tier} match; acted on only where the approval includes it"
            if by_hand not in ("", BY_HAND):
                reason = f"{reason}: {by_hand}"
            return replace(entry, action="review", reason=reason)
        return entry

    def _by_hand(self, asset: Asset, kind: Kind) -> tuple[str, tuple[str, ...]]:
        """Give why the app does not delete an asset, "" where it does, and a person's steps."""
        if not kind.erasable:
            return BY_HAND, kind.by_hand
        if _lacks_flag(self._request, kind):
            again = f"Submit a delete whose scope.{kind.flag} is true, if it is to be deleted."
            return _UNFLAGGED.format(kind.flag), (again, *kind.by_hand)
        return (_DISPUTED, kind.by_hand) if asset.disputed else ("", ())

    def _take(self, entry: PlanEntry, writer: PageWriter) -> None:
        if not entry.unit or entry.unit == WITH_WORKSPACE or entry.action not in _DECIDED:
            self._units[entry.asset] = [entry]
        else:
            self._units.setdefault(entry.unit, []).append(entry)

    def _settle(self, kind: Kind, writer: PageWriter) -> None:
        uses = self._uses(kind)
        bound = {k.name for k in self._connector.kinds if self._goes_along(k)}
        for unit, entries in self._units.items():
            for_all = self._for_all(unit, entries, kind)
            told = [
                replace(
                    e if for_all is None else replace(e, **for_all),
                    used_by=uses.get(split_asset(e.asset)[2], uses.get("*", ())),
                    recoverable=kind.recoverable if e.action in ("delete", "review") else "",
                )
                for e in entries
            ]
            users = {user.partition(":")[0] for e in told for user in e.used_by}
            if self._later and users & bound and {e.action for e in told} == {"delete"}:
                # what uses it goes with the workspace and no sooner, and keeps it until then
                told = [
                    replace(e, unit=WITH_WORKSPACE, reason="goes with the workspace") for e in told
                ]
                self._later.add(*told)
            else:
                writer.add(*told)

    def _for_all(self, unit: str, entries: list[PlanEntry], kind: Kind) -> dict[str, Any] | None:
        """Give the action and the reason that hold for all entries of a unit; None: their own."""
        held = next((e for e in entries if e.action == "retain"), None)
        if held is not None:
            return {"action": "retain", "reason": held.reason}
        if kind.erasable and self._disputed & {unit, *(e.unit for e in entries)}:
            return {"action": "manual", "reason": _DISPUTED, "steps": kind.by_hand}
        if unit in self._foreign:
            return {"action": "review", "reason": _OTHERS}
        if len({e.action for e in entries}) > 1:
            return {"action": "review", "reason": _TOGETHER}
        return None

    def _uses(self, kind: Kind) -> dict[str, tuple[str, ...]]:
        """Give what uses the assets of a kind; "*" where the service does not tell."""
        if not any(e.action in ("delete", "review") for u in self._units.values() for e in u):
            return {}
        try:
            return dict(self._connector.uses(kind.name))
        except Unavailable:
            raise
        except ServiceError:
            return {"*": ("unknown: the service does not tell",)}


_DECIDED: Final = ("delete", "review", "retain")


def delete_entries(
    ports: Ports, request: DsrRequest, workspace: str, record: WorkspaceRecord
) -> list[PlanEntry]:
    """Give the entries of a delete's plan for a workspace's own record and its users.

    Only a request for the whole workspace deletes it; named assets of kinds that the service
    does not have are here too, as failures.
    """
    connector, held = ports.connector(workspace), in_force(ports, workspace)
    own, user = connector.own, connector.user
    people = [person for person, _ in record.users]
    matcher = Matcher(request.subject, people)
    select = request.scope.select
    whole = select == "workspace"
    named = {split_asset(a)[1:] for a in request.scope.assets if split_asset(a)[0] == workspace}
    entries: list[PlanEntry] = []

    def add(kind: str, asset_id: str, name: str, match: Match, file: str, action: str) -> None:
        asset = f"{workspace}/{kind}:{asset_id}"
        ref = ports.fingerprints.ref(asset)
        path = f"{workspace}/{file}" if file else ""
        entry = PlanEntry(asset, ref, name, match, action, path)
        holder = held.holder(asset) or (held.any_holder() if kind == "workspace" else None)
        if action in ("delete", "manual") and holder:
            entry = replace(entry, action="retain", reason=f"legal hold {holder}")
        elif action == "delete" and kind == "user":
            entry = replace(entry, unit=WITH_WORKSPACE, reason="goes with the workspace")
        elif action == "delete":
            entry = replace(entry, recoverable=own.recoverable, state=record.state)
        elif action == "manual":
            steps = user.by_hand if kind == "user" else own.by_hand if whole else _OWNER
            entry = replace(entry, reason=BY_HAND, steps=steps)
        elif action == "skip":
            reason = "a workspace is deleted only by a request whose scope.select is workspace"
            entry = replace(entry, reason=reason)
        elif action == "fail":
            entry = replace(entry, error="the workspace has no such asset")
        entries.append(entry)

    owner = matcher.match(Asset("workspace", record.id, workspace, "", identifiers=record.owner))
    erasable = "delete" if own.erasable else "manual"
    if whole:
        add("workspace", record.id, workspace, owner, "workspace.json", erasable)
    elif ("workspace", record.id) in named:
        add("workspace", record.id, workspace, owner, "workspace.json", "skip")
    elif select == "subject" and (owner.tier != Tier.NONE or record.problem):
        add("workspace", record.id, workspace, owner, "workspace.json", "manual")
    for person in people:
        match = Match(Tier.STRONG, "User") if matcher.is_subject(person) else NO_MATCH
        is_named = ("user", person.id) in named
        if whole or is_named or (select == "subject" and match.tier != Tier.NONE):
            action = erasable if whole else "manual"
            add("user", person.id, person.name or person.id, match, "users.json", action)
    known = {kind.name for kind in connector.kinds}
    known |= {"workspace"} if ("workspace", record.id) in named else set()
    there = {("user", person.id) for person in people}
    for kind, asset_id in sorted(named - there):
        if kind not in known:
            add(kind, asset_id, asset_id, NO_MATCH, "", "fail")
    return entries


def _lacks_flag(request: DsrRequest, kind: Kind) -> bool:
    """Tell whether a kind is deleted only where the request says so, and it does not."""
    return bool(kind.flag) and not request.scope.sets(kind.flag)
