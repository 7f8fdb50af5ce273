"""What experiments of Studio (classic) use: the datasets, models and transforms of their graphs.

Source: captured payloads, whose graphs name them in the input ports of modules.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from dsr.errors import Absent, Unavailable, Unusable
from dsr.services.fields import get, text
from dsr.services.studio.workspace import StudioWorkspace

MOST: Final = 2000
SECONDS: Final = 120.0
"""How many experiments are read, and for how long at most."""
NOT_ALL: Final = "experiment:*"
"""The user that says that not all experiments were read; under the asset id `*` for every asset."""


def used_by(
    field: str, clock: Callable[[], float] = time.monotonic
) -> Callable[[StudioWorkspace], dict[str, tuple[str, ...]]]:
    """Give what reads every own experiment's newest graph for what a field of its ports names."""

    def uses(workspace: StudioWorkspace) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        is_whole, until = True, clock() + SECONDS
        for number, experiment_id in enumerate(_own(workspace)):
            if number >= MOST or clock() >= until:
                is_whole = False
                break
            try:
                payload = workspace.studio.one(f"experiments/{experiment_id}", "read experiment")
            except Absent:
                continue
            except (Unavailable, Unusable):
                is_whole = False
                continue
            for asset_id in dict.fromkeys(_named(payload, field)):
                found.setdefault(asset_id, []).append(f"experiment:{experiment_id}")
        if not is_whole:
            for users in found.values():
                users.append(NOT_ALL)
            found["*"] = [NOT_ALL]
        return {asset_id: tuple(users) for asset_id, users in found.items()}

    return uses


def _own(workspace: StudioWorkspace) -> list[str]:
    """Give the ids first: no list is held open while its members are read."""
    listed = workspace.studio.many("experiments", "list experiments")
    ids = (text(item, "ExperimentId") for item in listed)
    return [experiment_id for experiment_id in ids if workspace.is_own(experiment_id)]


def _named(payload: Any, field: str) -> Iterator[str]:
    for node in get(get(payload, "Graph"), "ModuleNodes") or ():
        for port in get(node, "InputPortsInternal") or ():
            named = text(port, field)
            if named:
                yield named
