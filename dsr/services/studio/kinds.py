"""The kinds of assets of Studio (classic), by account kind.

Source: the article on exporting and deleting in-product user data, and the service's FAQ: a
guest has no web services, and only standard workspaces have gateways and are known to ARM.
"""

from dataclasses import replace
from typing import Final

from dsr.model.asset import Kind
from dsr.model.target import WorkspaceTarget
from dsr.services.studio import (
    by_hand,
    commitment_plans,
    custom_modules,
    datasets,
    experiments,
    gateways,
    models,
    new_web_services,
    notebooks,
    projects,
    web_services,
    whole,
)
from dsr.services.studio.workspace import StudioKind

_EVERYBODY: Final = (
    datasets.KIND,
    experiments.KIND,
    models.TRAINED_MODELS,
    models.TRANSFORMS,
    custom_modules.KIND,
    notebooks.KIND,
    projects.KIND,
)
_SIGNED_IN: Final = (web_services.SERVICES, web_services.ENDPOINTS)
_STANDARD: Final = (gateways.KIND,)
_ARM: Final = (new_web_services.KIND, commitment_plans.KIND)


def kinds_of(target: WorkspaceTarget) -> tuple[StudioKind, ...]:
    """Give the kinds that a workspace may have, in the order of the package.

    What fewer account kinds have comes later, so that places in the order are fixed.
    """
    return tuple(_of(kind, target) for kind in _listed(target))


def _listed(target: WorkspaceTarget) -> tuple[StudioKind, ...]:
    match target.account_kind:
        case "guest":
            return _EVERYBODY
        case "free":
            return _EVERYBODY + _SIGNED_IN
        case _:
            arm = _ARM if target.arm_id else ()
            return _EVERYBODY + _SIGNED_IN + _STANDARD + arm


def _of(kind: StudioKind, target: WorkspaceTarget) -> StudioKind:
    """Give a kind with what can be done about its assets: a guest's purge themselves."""
    steps = by_hand.steps(kind.kind.name, target.account_kind)
    erasable = kind.eraser is not None and target.account_kind != "guest"
    stage = kind.eraser.stage if kind.eraser is not None else 0
    told = replace(kind.kind, erasable=erasable, stage=stage, by_hand=steps)
    return replace(kind, kind=told)


def own_of(target: WorkspaceTarget) -> Kind:
    """Give the workspace itself as something to delete: only ARM's API deletes one."""
    steps = by_hand.workspace_steps(target)
    return Kind("workspace", erasable=bool(target.arm_id), stage=whole.ERASER.stage, by_hand=steps)


def user_of(target: WorkspaceTarget) -> Kind:
    """Give the workspace's users as something to delete, which no API does."""
    return Kind("user", by_hand=by_hand.user_steps(target.account_kind))
