"""The kinds of assets of Studio (classic), by account kind.

Source: the article on exporting and deleting in-product user data, and the service's FAQ: a
guest has no web services, and only standard workspaces have gateways and are known to ARM.
"""

from typing import Final

from dsr.model.target import WorkspaceTarget
from dsr.services.studio import (
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
    match target.account_kind:
        case "guest":
            return _EVERYBODY
        case "free":
            return _EVERYBODY + _SIGNED_IN
        case "standard":
            arm = _ARM if target.arm_id else ()
            return _EVERYBODY + _SIGNED_IN + _STANDARD + arm
