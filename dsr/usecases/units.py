"""What one delete call takes as a whole, and where it stands."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dsr.model.fingerprints import Fingerprints
from dsr.model.outcome import AssetResult, Outcome
from dsr.model.plan import PlanEntry
from dsr.model.record import stamp
from dsr.model.request import split_asset
from dsr.usecases.listing_deletes import WITH_WORKSPACE
from dsr.usecases.ports import Ports


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one asset stands: its outcome, or what the next attempt has to know."""

    result: AssetResult | None
    pending: dict[str, Any] = field(default_factory=dict)


Told = Iterator[tuple[int, PlanEntry, Standing]]
"""Places of the batch's page, their entries, and where they stand."""


@dataclass(slots=True)
class Unit:
    """What one delete call takes, with the plan's entries that it is made of."""

    workspace: str
    kind: str
    id: str
    ref: str
    entries: dict[int, PlanEntry] = field(default_factory=dict)
    intent: dict[str, Any] | None = None
    pending: dict[str, Any] = field(default_factory=dict)

    def settled(self, result: Callable[[PlanEntry], AssetResult]) -> Told:
        """Give the outcome of every entry, which is then no longer the unit's."""
        while self.entries:
            place, entry = self.entries.popitem()
            yield place, entry, Standing(result(entry))

    def later(self, pending: dict[str, Any]) -> Told:
        """Leave every entry to the next attempt."""
        while self.entries:
            place, entry = self.entries.popitem()
            yield place, entry, Standing(None, pending)


def grouped(fingerprints: Fingerprints, acting: Iterable[tuple[int, PlanEntry]]) -> list[Unit]:
    """Give the units of a batch's entries; last what goes with the workspace."""
    units: dict[tuple[str, str], Unit] = {}
    for place, entry in acting:
        workspace, kind, asset_id = split_asset(entry.asset)
        name = entry.unit or asset_id
        if name == WITH_WORKSPACE:
            kind = WITH_WORKSPACE
        if (kind, name) not in units:
            ref = fingerprints.ref(f"{workspace}/{kind}:{name}")
            units[kind, name] = Unit(workspace, kind, name, ref)
        units[kind, name].entries[place] = entry
    return sorted(units.values(), key=lambda u: u.kind == WITH_WORKSPACE)


def not_now(ports: Ports, unit: Unit, seen: str) -> Told:
    """Leave a unit of which nothing can be told to the next attempt; `failed` once time is over."""
    now = ports.now()
    since = unit.pending.get("since", stamp(now))
    if (now - datetime.fromisoformat(since)).total_seconds() >= ports.verify_seconds:
        yield from unit.settled(lambda entry: AssetResult(entry, Outcome.FAILED, error=seen))
    else:
        yield from unit.later({"since": since, "seen": seen})
