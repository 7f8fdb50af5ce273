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
from dsr.usecases.units import Standing, Told, Unit, grouped, not_now
from dsr.usecases.with_workspace import WithWorkspace

SETTLES: Final = 8
"""Times `retry_seconds` after which a delete that counted shows (15 s were seen to be enough)."""
_SOONEST: Final = 1.0
"""Seconds that are waited for it at least: another worker's call may be under way."""
_CALL: Final = 75.0
"""Seconds that a call under way may take; before the sweeper looks nobody else has the batch."""
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
        exported, page = None, batch - record.phase.start
        if record.export_first:
            exported = Exported(ports, record, approved, page)
        self._checks = Checks(ports, approved, self._connector, self._shown, stops, exported, page)
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
        self._shown.look_again()
        for unit in asked:
            yield from self._looked_for(unit)

    # Asking.

    def _asked(self, unit: Unit) -> Told:
        """Ask to delete a unit where that is due; give what is settled without looking again."""
        if unit.kind == WITH_WORKSPACE or (unit.intent is None and self._is_from_before(unit)):
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
            left, all_told = self._leftovers.of(unit)
            held = self._checks.held(unit)  # put while all that was read
            for place, result in held.items():
                yield place, unit.entries.pop(place), Standing(result)
        except Unavailable as error:
            if unit.intent is None:  # nothing was asked for: the next attempt begins afresh
                yield from not_now(self._ports, unit, str(error))
            return
        except ServiceError as error:
            if unit.intent is not None or not self._intents.is_elsewhere(unit):
                yield from unit.settled(_failed(str(error)))
            return
        blocked = self._is_blocked(unit)
        if unit.entries and self._intents.write(unit, left, blocked=blocked, all_told=all_told):
            yield from self._call(unit)

    def _is_from_before(self, unit: Unit) -> bool:
        """Tell whether a delete of before a retry is what is looked for: it counted, or goes on."""
        former = self._intents.former(unit)
        if former is None or former.get("refused"):
            return False
        try:
            # what the app carries on itself is checked anew before it goes on
            operation = "" if former.get("by_app") else former.get("operation", "")
            going_on = bool(self._under_way(operation))
        except ServiceError:
            return False
        if not going_on and not self._is_gone(unit):
            return False
        self._intents.take_over(unit, former)
        return True

    def _is_due_again(self, unit: Unit) -> bool:
        """Tell whether to ask once more: it was blocked, or nobody knows whether a call counted."""
        intent, pending = unit.intent or {}, unit.pending
        if pending.get("answered") or pending.get("operation") or intent.get("operation"):
            return False
        if self._is_blocked(unit):
            return not self._is_late(unit)
        call = min(_CALL, self._ports.stalled_after_seconds)
        settles = max(SETTLES * self._ports.retry_seconds, call, _SOONEST)
        settled = self._age(pending.get("ended_at", intent["asked_at"])) >= settles
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
            unit.pending = {"seen": str(error), "ended_at": stamp(self._ports.now())}
        except ServiceError as error:
            # an end that did not count: a retry is not to take what is gone later for its own
            self._intents.add(unit, refused=True)
            refused = isinstance(error, Refused)
            text = f"the delete was refused: {error}" if refused else str(error)
            yield from unit.settled(_failed(text))
        else:
            unit.pending = {"answered": answer.status}
            if answer.operation:
                # known to whoever comes after, should this worker die: such deletes take long
                unit.pending["operation"] = answer.operation
                by_app = {"by_app": True} if answer.by_app else {}
                self._intents.add(unit, operation=answer.operation, **by_app)

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
        if (unit.intent or {}).get("by_app") and not self._is_gone(unit):
            for place, result in self._checks.halted(unit).items():
                yield place, unit.entries.pop(place), Standing(result)
            if not unit.entries:
                return
        try:
            seen = self._under_way(operation) or self._seen(unit)
        except ServiceError as error:
            self._intents.add(unit, refused=True)
            text = f"the delete ended in failure: {error}"
            yield from unit.settled(_failed(text))
            return
        if not seen or (self._is_late(unit) and self._is_gone(unit)):
            yield from self._gone(unit)
        elif self._is_late(unit):
            age = int(self._age((unit.intent or {})["at"]))
            text = f"still there {age} s after its delete was asked for: {seen}"
            yield from unit.settled(_failed(text))
        else:
            yield from unit.later(pending | {"seen": seen})

    def _under_way(self, operation: str) -> str:
        """Tell that a delete goes on, "" where not; raises ServiceError where it failed."""
        try:
            done = not operation or self._connector.is_done(operation)
        except Unavailable as error:
            return str(error)
        return "" if done else "the delete is under way"

    def _seen(self, unit: Unit) -> str:
        """Give the trace of a unit, or why nobody can tell now."""
        try:
            return self._trace(unit)
        except ServiceError as error:
            return str(error)

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
        return not self._seen(unit)

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
