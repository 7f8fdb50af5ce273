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
    for planned in unit.entries.values():
        for user in now.get(split_asset(planned.asset)[2], ()):
            if user not in known:
                return Outcome.SKIPPED, CHANGED
            asset = f"{unit.workspace}/{user}"
            _, kind, asset_id = split_asset(asset)
            if not connector.is_there(kind, asset_id):  # the list lags
                continue
            holder = holds.holder(asset)
            if holder is not None:
                return Outcome.RETAINED, f"legal hold {holder}"
            entry = approved.entry(asset)
            if entry is None:
                continue
            if not approved.is_acted_on(entry) or approved.outcome(asset) in _STAY:
                return Outcome.RETAINED, f"something of kind {kind} stays, and would go with it"
            listed = shown.of(kind).get(asset_id)
            if listed is not None and listed.state != entry.state:
                return Outcome.SKIPPED, f"{CHANGED}: something of kind {kind} in it was changed"
    return None
