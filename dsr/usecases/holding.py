"""Legal holds: putting, removing, listing them, and which ones are in force.

A hold keeps assets from being deleted, not from being exported. Nobody but the ledger keeps the
reason; log lines and outcomes name a hold by its name.
"""

import logging
from typing import Any

from dsr.errors import NotFound
from dsr.model.caller import ANYONE, Caller
from dsr.model.hold import Hold, HoldSet, check_name, read_hold
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)


def put(
    ports: Ports, name: str, body: bytes, caller: Caller = ANYONE
) -> tuple[dict[str, Any], bool]:
    """Store a hold under a name, in place of what has it; give it and whether it is new.

    Raises Invalid, which names every bad field.
    """
    hold = read_hold(name, body, ports.targets)
    new = ports.holds.put(hold)
    logger.info("hold %s %s by %s", name, "put" if new else "replaced", caller.mark)
    return _shown(ports, hold), new


def remove(ports: Ports, name: str, caller: Caller = ANYONE) -> None:
    """End a hold; raises NotFound where there is none of this name."""
    if not ports.holds.remove(check_name(name)):
        raise NotFound("there is no hold of this name")
    logger.info("hold %s removed by %s", name, caller.mark)


def listed(ports: Ports) -> dict[str, Any]:
    """Give all holds by name, those whose time is over too."""
    return {"items": [_shown(ports, hold) for hold in ports.holds.all()]}


def in_force(ports: Ports, workspace: str) -> HoldSet:
    """Give the holds of a workspace that are in force now.

    Raises where that can't be known: a read that failed never means that there is no hold.
    """
    own = ports.targets.get(workspace)
    group = own.arm_id.lower().rpartition("/providers/")[0] if own else ""
    beside = [
        target.name
        for target in ports.targets.values()
        if group and target.arm_id.lower().startswith(f"{group}/")
    ]
    kinds = ports.connector(workspace).kinds if own else ()
    shared = [kind.name for kind in kinds if kind.shared]
    return HoldSet.of(ports.holds.all(), workspace, ports.now(), beside, shared)


def _shown(ports: Ports, hold: Hold) -> dict[str, Any]:
    return hold.to_json() | {"expired": not hold.in_force(ports.now())}
