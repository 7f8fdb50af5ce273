"""What a delete takes with it beside its own asset, as a web service its endpoints."""

from typing import Final

from dsr.model.hold import HoldSet
from dsr.model.outcome import Outcome
from dsr.model.request import split_asset
from dsr.usecases.approved import CHANGED, Approved
from dsr.usecases.connector import Connector
from dsr.usecases.shown import Shown
from dsr.usecases.units import Unit

_STAY: Final = (Outcome.RETAINED, Outcome.SKIPPED, Outcome.MANUAL)
"""Outcomes of what is to be there after the request."""


def reason_to_stay(
    unit: Unit, approved: Approved, connector: Connector, shown: Shown, holds: HoldSet
) -> tuple[Outcome, str] | None:
    """Give why a unit may not be deleted for the sake of what would go with it; None if it may.

    What goes with it has to be in the plan, there by its own entry or as what uses the unit, is
    held by nobody, is as it was approved, and is not left out. Raises ServiceError.
    """
    known = {user for entry in unit.entries.values() for user in entry.used_by}
    now = connector.uses(unit.kind)
    asset_ids = [split_asset(entry.asset)[2] for entry in unit.entries.values()]
    users = [user for asset_id in asset_ids for user in now.get(asset_id, ())]
    if not known.issuperset(users):
        return Outcome.SKIPPED, CHANGED
    kinds = {kind.name for kind in connector.kinds}
    # a list may lag, or leave out what it had
    asked = [u for u in sorted(known) if u.partition(":")[0] in kinds]
    there = [a for u in asked if _is_there(connector, a := f"{unit.workspace}/{u}")]
    holder = next((h for asset in there if (h := holds.holder(asset))), None)
    if holder is not None:
        return Outcome.RETAINED, f"legal hold {holder}"
    reasons = (_left_out(asset, approved, shown) for asset in there)
    return next((reason for reason in reasons if reason is not None), None)


def _is_there(connector: Connector, asset: str) -> bool:
    return connector.is_there(*split_asset(asset)[1:])


def _left_out(asset: str, approved: Approved, shown: Shown) -> tuple[Outcome, str] | None:
    entry = approved.entry(asset)
    if entry is None:
        return None
    _, kind, asset_id = split_asset(asset)
    outcome = approved.outcome(asset)
    if not approved.is_acted_on(entry) or outcome in _STAY:
        return Outcome.RETAINED, f"something of kind {kind} stays, and would go with it"
    listed = shown.of(kind).get(asset_id)
    if listed is not None and listed.state != entry.state:
        return Outcome.SKIPPED, f"{CHANGED}: something of kind {kind} in it was changed"
    if outcome == Outcome.FAILED:
        return Outcome.FAILED, f"something of kind {kind} in it was not deleted"
    return None
