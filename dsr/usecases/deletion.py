"""Deleting units, one after another: each is checked, asked for once, and looked for again.

An intent is written down before a delete is asked for, so that whoever comes after a worker that
died knows that it may have been: then it is looked for first, and asked for again only where it
is still there after services have had time to show a delete that counted.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from dsr.errors import Absent, Blocked, Refused, ServiceError, Unavailable
from dsr.model.outcome import AssetResult, BatchResult, Outcome
from dsr.model.plan import PlanEntry
from dsr.model.record import RequestRecord, stamp
from dsr.model.request import split_asset
from dsr.usecases.approved import Approved
from dsr.usecases.checking import Checks
from dsr.usecases.connector import Connector, Leftover
from dsr.usecases.exported import Exported
from dsr.usecases.intents import Intents
from dsr.usecases.leftovers import Leftovers
from dsr.usecases.listing_deletes import WITH_WORKSPACE
from dsr.usecases.ports import Ports
from dsr.usecases.shown import Shown
from dsr.usecases.units import Standing, Told, Unit, grouped
from dsr.usecases.with_workspace import WithWorkspace

SETTLES: Final = 8
"""Times `retry_seconds` after which a delete that counted shows (15 s were seen to be enough)."""
_SOONEST: Final = 1.0
"""Seconds that are waited for it at least: another worker's call may be under way."""
_UNSURE: Final = "still there, and whether its delete counted is not known; not asked again"
_CALLS: Final = 3
"""Times that a delete is asked for where nobody knows whether it counted."""


class Units:
    """The units of one attempt at one batch, which are all of one workspace."""

    def __init__(
        self,
        ports: Ports,
        record: RequestRecord,
        approved: Approved,
        batch: int,
        acting: list[tuple[int, PlanEntry]],
        stops: Callable[[], bool],
    ) -> None:
        self._ports = ports
        self._intents = Intents(ports, record, batch)
        self._units = grouped(ports.fingerprints, acting)
        workspace = self._units[0].workspace
        self._connector: Connector = ports.connector(workspace)
        self._shown = Shown(self._connector, ports.now)
        exported = None
        if record.export_first:
            exported = Exported(ports, record, approved, batch - record.phase.start)
        self._checks = Checks(ports, approved, self._connector, self._shown, stops, exported)
        self._leftovers = Leftovers(self._connector)
        self._with_workspace = WithWorkspace(ports, approved, self._connector, self._shown, stops)
        self._own: Standing | None = None

    def run(self, before: BatchResult | None) -> Told:
        """Ask for what is to be deleted, then look for all of it; give where each asset stands."""
        for place, entry, standing in self._run(before):
            if split_asset(entry.asset)[1] == self._connector.own.name:
                self._own = standing
            yield place, entry, standing

    def _run(self, before: BatchResult | None) -> Told:
        intents = self._intents.known()
        known = before.pending if before else {}
        asked: list[Unit] = []
        for unit in self._units:
            unit.intent = intents.get(unit.ref)
            unit.pending = next((known[str(p)] for p in unit.entries if str(p) in known), {})
            yield from self._asked(unit)
            if unit.entries:
                asked.append(unit)
        for unit in asked:
            if self._is_blocked(unit):  # what blocked it may have gone just now
                yield from self._asked(unit)
        self._shown.forget()
        for unit in asked:
            yield from self._looked_for(unit)

    # Asking.

    def _asked(self, unit: Unit) -> Told:
        """Ask to delete a unit where that is due; give what is settled without looking again."""
        if unit.kind == WITH_WORKSPACE:
            return
        if unit.intent is not None and not self._is_due_again(unit):
            return
        try:
            refused = self._checks.refusals(unit, again=unit.intent is not None)
            if refused and unit.intent is None and self._intents.is_elsewhere(unit):
                return
            if refused and unit.intent is not None and not unit.pending.get("blocked"):
                first = next(iter(refused.values()))
                why = first.reason or first.error
                yield from unit.settled(_failed(f"{_UNSURE}: {why}"))
                return
            for place, result in refused.items():
                yield place, unit.entries.pop(place), Standing(result)
            left = self._leftovers.of(unit)
        except Unavailable as error:
            if unit.intent is None:  # nothing was asked for: the next attempt begins afresh
                yield from self._not_now(unit, str(error))
            return
        except ServiceError as error:
            if unit.intent is not None or not self._intents.is_elsewhere(unit):
                yield from unit.settled(_failed(str(error)))
            return
        if unit.entries and self._intents.write(unit, left, blocked=self._is_blocked(unit)):
            yield from self._call(unit)

    def _not_now(self, unit: Unit, seen: str) -> Told:
        """Leave a unit that can't be checked to the next attempt, as long as there is time."""
        since = unit.pending.get("since", stamp(self._ports.now()))
        if self._age(since) >= self._ports.verify_seconds:
            yield from unit.settled(_failed(seen))
        else:
            yield from unit.later({"since": since, "seen": seen})

    def _is_due_again(self, unit: Unit) -> bool:
        """Tell whether to ask once more: it was blocked, or nobody knows whether a call counted."""
        intent, pending = unit.intent or {}, unit.pending
        if pending.get("answered") or pending.get("operation") or intent.get("operation"):
            return False
        if self._is_blocked(unit):
            return not self._is_late(unit)
        settles = max(SETTLES * self._ports.retry_seconds, _SOONEST)
        settled = self._age(intent["asked_at"]) >= settles
        return bool(settled and intent["calls"] < _CALLS and not self._is_gone(unit))

    @staticmethod
    def _is_blocked(unit: Unit) -> bool:
        """Tell whether it was blocked when it was last asked for; a dead worker may have since."""
        intent, pending = unit.intent or {}, unit.pending
        return "blocked" in pending and pending.get("asked_at") == intent.get("asked_at")

    def _call(self, unit: Unit) -> Told:
        unit.pending = {}
        try:
            answer = self._connector.delete(unit.kind, unit.id)
        except Absent:
            unit.pending = {"answered": 404}
        except Blocked as error:
            asked_at = (unit.intent or {})["asked_at"]
            unit.pending = {"blocked": str(error), "asked_at": asked_at}
        except Unavailable as error:
            unit.pending = {"seen": str(error)}
        except Refused as error:
            text = f"the delete was refused: {error}"
            yield from unit.settled(_failed(text))
        except ServiceError as error:
            yield from unit.settled(_failed(str(error)))
        else:
            unit.pending = {"answered": answer.status}
            if answer.operation:
                # known to whoever comes after, should this worker die: such deletes take long
                unit.pending["operation"] = answer.operation
                self._intents.add(unit, operation=answer.operation)

    # Looking.

    def _looked_for(self, unit: Unit) -> Told:
        """Look for a unit whose delete was asked for; give where each asset stands."""
        if unit.kind == WITH_WORKSPACE:
            yield from self._with_workspace.told(unit, self._own)
            return
        pending = dict(unit.pending)
        if self._is_blocked(unit):
            if self._is_late(unit):
                reason = str(pending["blocked"])
                yield from unit.settled(
                    lambda entry: AssetResult(entry, Outcome.RETAINED, reason=reason)
                )
            else:
                yield from unit.later(pending)
            return
        operation = pending.get("operation") or (unit.intent or {}).get("operation", "")
        try:
            if operation and not self._connector.is_done(operation):
                seen = "the delete is under way"
            else:
                seen = self._trace(unit)
        except Unavailable as error:
            seen = str(error)
        except ServiceError as error:
            text = f"the delete ended in failure: {error}"
            yield from unit.settled(_failed(text))
            return
        if not seen:
            yield from self._gone(unit)
        elif self._is_late(unit):
            age = int(self._age((unit.intent or {})["at"]))
            text = f"still there {age} s after its delete was asked for: {seen}"
            yield from unit.settled(_failed(text))
        else:
            yield from unit.later(pending | {"seen": seen})

    def _trace(self, unit: Unit) -> str:
        """Tell what is still seen of a unit, "" where nothing is: neither alone nor in a list."""
        for entry in unit.entries.values():
            asset_id = split_asset(entry.asset)[2]
            if self._connector.is_there(unit.kind, asset_id):
                return "the service still gives it"
            if asset_id in self._shown.of(unit.kind):
                return "a list still shows it"
        return ""

    def _is_gone(self, unit: Unit) -> bool:
        try:
            return not self._trace(unit)
        except ServiceError:
            return False

    def _gone(self, unit: Unit) -> Told:
        intent = unit.intent or {}
        evidence: dict[str, Any] = {
            "requested_at": intent["at"],
            "calls": intent["calls"],
            "verified_at": stamp(self._ports.now()),
            "seen": "neither by its id nor in the list",
        }
        if "answered" in unit.pending:
            evidence["answered"] = unit.pending["answered"]
        left = [Leftover(*each) for each in intent["left"]]
        told, steps = self._leftovers.clear(left)
        if told:
            evidence["left_behind"] = told
        yield from unit.settled(
            lambda entry: AssetResult(entry, Outcome.DELETED, evidence, steps=steps)
        )

    def _age(self, moment: str) -> float:
        return (self._ports.now() - datetime.fromisoformat(moment)).total_seconds()

    def _is_late(self, unit: Unit) -> bool:
        """Tell whether the time is over: from the last call on, or from the first one blocked."""
        since = "at" if unit.pending.get("blocked") else "asked_at"
        return self._age((unit.intent or {})[since]) >= self._ports.verify_seconds


def _failed(error: str) -> Callable[[PlanEntry], AssetResult]:
    return lambda entry: AssetResult(entry, Outcome.FAILED, error=error)
