"""What no call deletes by itself, and what is gone once the workspace is that a request deleted."""

from collections.abc import Callable, Iterable
from typing import Final

from dsr.errors import Absent, Refused, ServiceError
from dsr.model.outcome import AssetResult, Outcome
from dsr.model.plan import PlanEntry
from dsr.model.record import stamp
from dsr.model.request import split_asset
from dsr.usecases.approved import CHANGED, Approved
from dsr.usecases.connector import Connector
from dsr.usecases.ports import Ports
from dsr.usecases.shown import Shown
from dsr.usecases.units import Standing, Told, Unit, not_now

_THERE: Final = "it goes with the workspace, which is still there"
_SHOWN: Final = "the workspace is no longer there, and its service still shows this"
_GONE: Final = f"{CHANGED}: it is no longer there, nor is the workspace"


class WithWorkspace:
    """Tells what became of what goes with one workspace."""

    def __init__(
        self,
        ports: Ports,
        approved: Approved,
        connector: Connector,
        shown: Shown,
        stops: Callable[[], bool],
    ) -> None:
        self._ports = ports
        self._approved = approved
        self._connector = connector
        self._shown = shown
        self._stops = stops

    def told(self, unit: Unit, own: Standing | None) -> Told:
        """Give where the unit's assets stand; `own` is where the workspace does, if known here.

        They are deleted where this request deleted the workspace, and nothing shows them any more.
        """
        if own is not None and own.result is None:
            yield from unit.later({"seen": "the workspace is still there"})
            return
        try:
            if self._outcome(unit, own) == Outcome.DELETED:
                yield from self._gone_with_it(unit)
            elif self._stops():
                yield from unit.settled(_told(Outcome.SKIPPED, "cancelled"))
            else:
                yield from self._left(unit)
        except ServiceError as error:
            yield from not_now(self._ports, unit, str(error))

    def _outcome(self, unit: Unit, own: Standing | None) -> Outcome | None:
        if own is not None and own.result is not None:
            return own.result.outcome
        workspace_id = self._ports.targets[unit.workspace].workspace_id
        return self._approved.outcome(f"{unit.workspace}/{self._connector.own.name}:{workspace_id}")

    def _gone_with_it(self, unit: Unit) -> Told:
        if self._is_shown(unit):
            yield from not_now(self._ports, unit, _SHOWN)
            return
        evidence = {"verified_at": stamp(self._ports.now()), "seen": "the workspace is gone"}
        yield from unit.settled(lambda entry: AssetResult(entry, Outcome.DELETED, evidence))

    def _left(self, unit: Unit) -> Told:
        """Tell of assets of a workspace that this request did not delete."""
        workspace_id = self._ports.targets[unit.workspace].workspace_id
        there = self._connector.is_there(self._connector.own.name, workspace_id)
        if not there and not self._is_shown(unit):
            yield from unit.settled(_told(Outcome.SKIPPED, _GONE))
            return
        kinds = {k.name: k for k in (*self._connector.kinds, self._connector.user)}
        for place, entry in unit.entries.items():
            steps = kinds[split_asset(entry.asset)[1]].by_hand
            reason = _THERE if there else _SHOWN
            yield (
                place,
                entry,
                Standing(AssetResult(entry, Outcome.MANUAL, reason=reason, steps=steps)),
            )

    def _is_shown(self, unit: Unit) -> bool:
        """Tell whether the service still shows something of it; of what is gone it says nothing."""
        of_kinds: dict[str, set[str]] = {}
        for entry in unit.entries.values():
            _, kind, asset_id = split_asset(entry.asset)
            of_kinds.setdefault(kind, set()).add(asset_id)
        for kind, ids in of_kinds.items():
            try:
                if not ids.isdisjoint(self._ids(kind)):
                    return True
            except (Absent, Refused):
                continue
        return False

    def _ids(self, kind: str) -> Iterable[str]:
        if kind == self._connector.user.name:
            return [person.id for person, _ in self._connector.record().users]
        return self._shown.of(kind)


def _told(outcome: Outcome, reason: str) -> Callable[[PlanEntry], AssetResult]:
    return lambda entry: AssetResult(entry, outcome, reason=reason)
