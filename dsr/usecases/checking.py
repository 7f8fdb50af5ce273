"""The checks right before a delete: nothing changed, nothing more in it, nobody holds it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dsr.model.outcome import AssetResult, Outcome
from dsr.model.plan import PlanEntry, from_ndjson
from dsr.model.record import RequestRecord
from dsr.model.request import split_asset
from dsr.usecases.connector import Connector
from dsr.usecases.exported import Exported
from dsr.usecases.holding import in_force
from dsr.usecases.ports import Ports
from dsr.usecases.units import Unit

_FRESH: Final = 5.0
"""Seconds that a list may be old when something of it is deleted."""
_CHANGED: Final = "changed since approval"
_NOT_WHOLE: Final = "it goes as a whole, and other versions of it are not approved"

Refusals = dict[int, AssetResult]


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says now of one asset."""

    unit: str
    state: str
    builtin: bool


class Shown:
    """What the lists of a workspace show, asked for again where that is seconds ago."""

    def __init__(self, connector: Connector, now: Callable[[], datetime]) -> None:
        self._connector = connector
        self._now = now
        self._lists: dict[str, tuple[datetime, dict[str, Listed]]] = {}

    def of(self, kind: str) -> Mapping[str, Listed]:
        """Give a kind's assets by id, some seconds old at most; raises ServiceError."""
        if kind not in {k.name for k in self._connector.kinds}:
            return {}
        at, listed = self._lists.get(kind, (None, {}))
        if at is None or (self._now() - at).total_seconds() > _FRESH:
            listed = {}
            cursor: str | None = None
            while True:
                page = self._connector.assets(kind, cursor)
                listed |= {a.id: Listed(a.unit, a.state, a.builtin) for a in page}
                cursor = page.next
                if cursor is None:
                    break
            # from its end on, or a list that takes long would be asked for before each delete
            self._lists[kind] = self._now(), listed
        return listed

    def forget(self) -> None:
        """Ask for every list again."""
        self._lists.clear()


class Checks:
    """Decides, right before a unit is deleted, what of it may not be."""

    def __init__(
        self,
        ports: Ports,
        record: RequestRecord,
        connector: Connector,
        shown: Shown,
        stops: Callable[[], bool],
        exported: Exported | None,
    ) -> None:
        self._exported = exported
        self._ports = ports
        self._record = record
        self._connector = connector
        self._shown = shown
        self._stops = stops

    def refusals(self, unit: Unit, again: bool) -> Refusals:
        """Give the outcomes of entries that are not to be acted on, by their places.

        All of a unit is refused, or nothing but what is gone already. With `again`, its delete
        was asked for before: what is gone by now is left to be looked for. Raises ServiceError.
        """
        if self._stops():
            return _for_all(unit.entries, Outcome.SKIPPED, "cancelled")
        held = self._holder(unit)
        if held is not None:
            return _for_all(unit.entries, Outcome.RETAINED, f"legal hold {held}")
        if unit.kind == self._connector.own.name:
            return self._workspace(unit, again) or self._not_exported(unit.entries)
        listed = self._shown.of(unit.kind)
        ids = {place: split_asset(entry.asset)[2] for place, entry in unit.entries.items()}
        gone = {} if again else self._gone(unit.kind, unit.entries, ids, listed)
        rest = {place: entry for place, entry in unit.entries.items() if place not in gone}
        return gone | (self._changes(unit, rest, listed) or self._not_exported(rest))

    def _not_exported(self, rest: Mapping[int, PlanEntry]) -> Refusals:
        """Refuse all that is left of a unit where it had to be exported first and was not."""
        if self._exported is None:
            return {}
        whole = any(split_asset(e.asset)[1] == self._connector.own.name for e in rest.values())
        tell = self._exported.problem_of_all if whole else self._exported.problem
        problem = next((p for entry in rest.values() if (p := tell(entry))), "")
        if not problem:
            return {}
        return {p: AssetResult(e, Outcome.FAILED, error=problem) for p, e in rest.items()}

    def _changes(
        self, unit: Unit, rest: Mapping[int, PlanEntry], listed: Mapping[str, Listed]
    ) -> Refusals:
        """Refuse all that is left of a unit where it is not as it was approved."""
        known = {split_asset(entry.asset)[2]: entry for entry in unit.entries.values()}
        # all that a family is made of now; a unit of one asset is that asset
        family = {i for i, each in listed.items() if (each.unit or i) == unit.id}
        if family - set(known):
            if any(entry.action == "review" for entry in known.values()):
                return _for_all(rest, Outcome.RETAINED, _NOT_WHOLE)
            return _for_all(rest, Outcome.SKIPPED, f"{_CHANGED}: there are further versions of it")
        here = {i: listed[i] for i in known if i in listed}
        changed = any(
            each.builtin or each.unit != known[i].unit or each.state != known[i].state
            for i, each in here.items()
        )
        if changed or (rest and self._takes_more(unit)):
            return _for_all(rest, Outcome.SKIPPED, _CHANGED)
        return {}

    def _gone(
        self,
        kind: str,
        entries: Mapping[int, PlanEntry],
        ids: Mapping[int, str],
        listed: Mapping[str, Listed],
    ) -> Refusals:
        reasons = {}
        for place, asset_id in ids.items():
            if asset_id not in listed:
                there = self._connector.is_there(kind, asset_id)
                what = "the list no longer shows it" if there else "it is no longer there"
                reasons[place] = f"{_CHANGED}: {what}"
        return {
            place: AssetResult(entries[place], Outcome.SKIPPED, reason=reason)
            for place, reason in reasons.items()
        }

    def _holder(self, unit: Unit) -> str | None:
        """Give a hold that covers something of a unit; a workspace is held by any hold in it."""
        holds = in_force(self._ports, unit.workspace)
        whole = unit.kind == self._connector.own.name
        found = (holds.of_delete(entry.asset, whole) for entry in unit.entries.values())
        return next((holder for holder in found if holder), None)

    def _takes_more(self, unit: Unit) -> bool:
        """Tell whether deleting a unit would take something with it that the plan does not show."""
        kind = next(k for k in self._connector.kinds if k.name == unit.kind)
        if not kind.takes_users:
            return False
        known = {user for entry in unit.entries.values() for user in entry.used_by}
        ids = {split_asset(entry.asset)[2] for entry in unit.entries.values()}
        now = self._connector.uses(unit.kind)
        return any(set(now.get(asset_id, ())) - known for asset_id in ids)

    def _workspace(self, unit: Unit, again: bool) -> Refusals:
        """Check a whole workspace: that all in it is in the plan, and as it was then."""
        entries = unit.entries
        if again:
            return {}
        if not self._connector.is_there(self._connector.own.name, unit.id):
            reason = f"{_CHANGED}: it is no longer there"
            return _for_all(entries, Outcome.SKIPPED, reason)
        planned = dict(self._planned(unit.workspace))
        for kind in self._connector.kinds:
            for asset_id, each in self._shown.of(kind.name).items():
                name = f"{unit.workspace}/{kind.name}:{asset_id}"
                if not each.builtin and planned.get(name) != each.state:
                    reason = f"{_CHANGED}: something of kind {kind.name} is in it that was not"
                    if name in planned:
                        reason = f"{_CHANGED}: something of kind {kind.name} in it was changed"
                    return _for_all(entries, Outcome.SKIPPED, reason)
        return {}

    def _planned(self, workspace: str) -> Iterable[tuple[str, str]]:
        """Give what the plan names of a workspace, with the state that was approved."""
        sealed = self._ports.ledger.plan(self._record.request_id)
        for page in sealed.pages if sealed else ():
            for entry in from_ndjson(self._ports.ledger.page(self._record.request_id, page.name)):
                if split_asset(entry.asset)[0] == workspace:
                    yield entry.asset, entry.state


def _for_all(entries: Mapping[int, PlanEntry], outcome: Outcome, reason: str) -> Refusals:
    return {place: AssetResult(e, outcome, reason=reason) for place, e in entries.items()}
