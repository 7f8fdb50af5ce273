"""The kinds of assets of Azure Machine Learning, in the order of the package.

Their places stand in ledgers, so a new kind goes to the end.
"""

from dataclasses import replace
from typing import Final

from dsr.model.asset import Kind
from dsr.model.target import WorkspaceTarget
from dsr.services.azureml import (
    by_hand,
    code,
    components,
    computes,
    connections,
    data_assets,
    datastores,
    endpoints,
    environments,
    featuresets,
    jobs,
    models,
    schedules,
    user_folders,
    whole,
)
from dsr.services.azureml.workspace import AzureMlKind

KINDS: Final = (
    jobs.KIND,
    models.KIND,
    data_assets.KIND,
    environments.KIND,
    components.KIND,
    code.KIND,
    featuresets.KIND,
    schedules.KIND,
    endpoints.ONLINE,
    endpoints.BATCH,
    computes.KIND,
    datastores.KIND,
    connections.KIND,
    user_folders.KIND,
)


def kinds_of(target: WorkspaceTarget) -> tuple[AzureMlKind, ...]:
    """Give the kinds that a workspace has, each with what can be done about its assets."""
    return tuple(_of(kind, target) for kind in KINDS)


def _of(kind: AzureMlKind, target: WorkspaceTarget) -> AzureMlKind:
    steps = by_hand.steps(kind.kind.name, target.workspace_id)
    stage = kind.eraser.stage if kind.eraser is not None else 0
    told = replace(kind.kind, erasable=kind.eraser is not None, stage=stage, by_hand=steps)
    return replace(kind, kind=told)


def own_of(target: WorkspaceTarget) -> Kind:
    """Give the workspace itself as something to delete: two people have to approve a purge."""
    steps = by_hand.workspace_steps(target.workspace_id)
    stage = whole.ERASER.stage
    return Kind("workspace", erasable=True, stage=stage, by_hand=steps, confirmations=2)


def user_of(target: WorkspaceTarget) -> Kind:
    """Give the workspace's users as something to delete: role assignments, which a person ends."""
    return Kind("user", by_hand=by_hand.user_steps(target.workspace_id))
