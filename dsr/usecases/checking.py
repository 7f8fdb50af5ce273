"""The checks right before a delete: nothing changed, nothing more in it, nobody holds it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from dsr.model.asset import WorkspaceRecord
from dsr.model.outcome import AssetResult, Outcome
from dsr.model.plan import PlanEntry
from dsr.model.request import split_asset
from dsr.usecases.approved import CHANGED, Approved
from dsr.usecases.connector import Connector
from dsr.usecases.exported import Exported
from dsr.usecases.holding import in_force
from dsr.usecases.listing_deletes import WITH_WORKSPACE
from dsr.usecases.ports import Ports
from dsr.usecases.shown import Listed, Shown
from dsr.usecases.taken_along import reason_to_stay
from dsr.usecases.units import Unit

_NOT_WHOLE: Final = "it goes as a whole, and other versions of it are not approved"
_BEGUN: Final = "its delete had begun, so some of it may be gone"
_TOO_FEW: Final = "deleting this workspace takes more approvals than the request has"

Refusals = dict[int, AssetResult]


class Checks:
    """Decides, right before a unit is deleted, what of it may not be."""

    def __init__(
        self,
        ports: Ports,
        approved: Approved,
        connector: Connector,
        shown: Shown,
        stops: Callable[[], bool],
        exported: Exported | None,
        page: int,
    ) -> None:
        self._exported = exported
        self._page = page
        self._ports = ports
        self._approved = approved
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
        if held := self.held(unit):
            return held
        if unit.kind == self._connector.own.name:
            return self._workspace(unit, again) or self._not_exported(unit.entries)
        listed = self._shown.of(unit.kind)
        ids = {place: split_asset(entry.asset)[2] for place, entry in unit.entries.items()}
        if any(i not in listed and self._connector.is_there(unit.kind, i) for i in ids.values()):
            reason = f"{CHANGED}: the list no longer shows it"
            return _for_all(unit.entries, Outcome.SKIPPED, reason)
        gone = {} if again else _gone(unit.entries, ids, listed)
        rest = {place: entry for place, entry in unit.entries.items() if place not in gone}
        return gone | (self._changes(unit, rest, listed) or self._not_exported(rest))

    def halted(self, unit: Unit) -> Refusals:
        """Refuse to go on with a delete that the app itself carries on: a hold, or a cancel."""
        if held := self.held(unit):
            return {p: replace(r, reason=f"{r.reason}; {_BEGUN}") for p, r in held.items()}
        if self._stops():
            return _for_all(unit.entries, Outcome.SKIPPED, f"cancelled; {_BEGUN}")
        return {}

    def held(self, unit: Unit) -> Refusals:
        """Refuse a unit where a hold covers something of it."""
        holder = self._holder(unit)
        if holder is None:
            return {}
        return _for_all(unit.entries, Outcome.RETAINED, f"legal hold {holder}")

    def _not_exported(self, rest: Mapping[int, PlanEntry]) -> Refusals:
        """Refuse all that is left of a unit where it had to be exported first and was not."""
        if self._exported is None:
            return {}
        whole = any(split_asset(e.asset)[1] == self._connector.own.name for e in rest.values())
        tell = self._exported.problem_of_all if whole else self._exported.problem
        problem = next((p for entry in rest.values() if (p := tell(entry))), "")
        if not problem:
            return {}
        steps = () if whole else self._by_hand_first(rest)
        if steps:
            return {
                p: AssetResult(e, Outcome.MANUAL, reason=problem, steps=steps)
                for p, e in rest.items()
            }
        return _for_all(rest, Outcome.FAILED, problem)

    def _by_hand_first(self, rest: Mapping[int, PlanEntry]) -> tuple[str, ...]:
        told = (self._exported.steps(e) for e in rest.values()) if self._exported else ()
        return next((steps for steps in told if steps), ())

    def _changes(
        self, unit: Unit, rest: Mapping[int, PlanEntry], listed: Mapping[str, Listed]
    ) -> Refusals:
        """Refuse all that is left of a unit where it is not as it was approved."""
        known = {split_asset(entry.asset)[2]: entry for entry in unit.entries.values()}
        # all that a family is made of now; a unit of one asset is that asset
        family = {i for i, each in listed.items() if (each.unit or i) == unit.id}
        if any(unit.id in each.disputed for each in listed.values()):
            return _for_all(rest, Outcome.SKIPPED, f"{CHANGED}: it is not clear what is of it")
        if family - set(known):
            if any(entry.action == "review" for entry in known.values()):
                return _for_all(rest, Outcome.RETAINED, _NOT_WHOLE)
            return _for_all(rest, Outcome.SKIPPED, f"{CHANGED}: there are further versions of it")
        if self._leaves_out(unit):
            return _for_all(rest, Outcome.RETAINED, _NOT_WHOLE)
        here = {i: listed[i] for i in known if i in listed}
        changed = any(
            each.builtin or each.unit != known[i].unit or each.state != known[i].state
            for i, each in here.items()
        )
        if changed:
            return _for_all(rest, Outcome.SKIPPED, CHANGED)
        return self._taking_others(unit, rest)

    def _taking_others(self, unit: Unit, rest: Mapping[int, PlanEntry]) -> Refusals:
        """Refuse a unit whose delete would take something with it that may not go."""
        kind = next(k for k in self._connector.kinds if k.name == unit.kind)
        if not rest or not kind.takes_users:
            return {}
        holds = in_force(self._ports, unit.workspace)
        why = reason_to_stay(unit, self._approved, self._connector, self._shown, holds)
        return {} if why is None else _for_all(rest, *why)

    def _leaves_out(self, unit: Unit) -> bool:
        """Tell whether something of the unit is there that is not acted on; no list may show it."""
        acted_on = {entry.asset for entry in unit.entries.values()}
        return any(
            entry.asset not in acted_on
            and self._connector.is_there(unit.kind, split_asset(entry.asset)[2])
            for entry in self._approved.together(self._page, unit.kind, unit.id)
        )

    def _holder(self, unit: Unit) -> str | None:
        """Give a hold that covers something of a unit; a workspace is held by any hold in it."""
        holds = in_force(self._ports, unit.workspace)
        whole = unit.kind == self._connector.own.name
        planned = self._approved.together(self._page, unit.kind, unit.id)
        found = (holds.of_delete(e.asset, whole) for e in (*unit.entries.values(), *planned))
        return next((holder for holder in found if holder), None)

    def _workspace(self, unit: Unit, again: bool) -> Refusals:
        """Check a whole workspace: all in it is in the plan, as it was then, and nothing is kept.

        What has a delete of its own was asked for before; what of it is still there stays for a
        reason.
        """
        entries = unit.entries
        if 1 < self._connector.own.confirmations > self._approved.approvals:
            return _for_all(entries, Outcome.RETAINED, _TOO_FEW)
        if not self._connector.is_there(self._connector.own.name, unit.id):
            reason = f"{CHANGED}: it is no longer there"
            return {} if again else _for_all(entries, Outcome.SKIPPED, reason)
        record = self._connector.record()
        if any(record.state != entry.state for entry in entries.values()):
            reason = f"{CHANGED}: another workspace is there under its name"
            return _for_all(entries, Outcome.SKIPPED, reason)
        return self._changed_inside(unit, record)

    def _changed_inside(self, unit: Unit, record: WorkspaceRecord) -> Refusals:
        entries = unit.entries
        for asset, state in self._inside(unit.workspace, record):
            kind = split_asset(asset)[1]
            entry = self._approved.entry(asset)
            if entry is None:
                reason = f"{CHANGED}: something of kind {kind} is in it that was not"
                return _for_all(entries, Outcome.SKIPPED, reason)
            if entry.state != state:
                reason = f"{CHANGED}: something of kind {kind} in it was changed"
                return _for_all(entries, Outcome.SKIPPED, reason)
            kept = self._approved.outcome(asset) not in (None, Outcome.DELETED)
            if kept and entry.unit != WITH_WORKSPACE:
                reason = f"something of kind {kind} in it was not deleted"
                return _for_all(entries, Outcome.FAILED, reason)
        return {}

    def _inside(self, workspace: str, record: WorkspaceRecord) -> Iterator[tuple[str, str]]:
        """Give what is in a workspace now but Microsoft's own, each with its state."""
        for person, _ in record.users:
            yield f"{workspace}/{self._connector.user.name}:{person.id}", ""
        for kind in (k for k in self._connector.kinds if not k.shared):
            for asset_id, each in self._shown.of(kind.name).items():
                if not each.builtin:
                    yield f"{workspace}/{kind.name}:{asset_id}", each.state


def _gone(
    entries: Mapping[int, PlanEntry], ids: Mapping[int, str], listed: Mapping[str, Listed]
) -> Refusals:
    """Skip what neither the list nor the service gives any more."""
    reason = f"{CHANGED}: it is no longer there"
    return {
        place: AssetResult(entries[place], Outcome.SKIPPED, reason=reason)
        for place, asset_id in ids.items()
        if asset_id not in listed
    }


def _for_all(entries: Mapping[int, PlanEntry], outcome: Outcome, why: str) -> Refusals:
    if outcome == Outcome.FAILED:
        return {place: AssetResult(e, outcome, error=why) for place, e in entries.items()}
    return {place: AssetResult(e, outcome, reason=why) for place, e in entries.items()}
