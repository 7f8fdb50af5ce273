"""Sandbox workspaces of Azure Machine Learning for the table of deletes, nothing in them yet."""

from dataclasses import dataclass, field

from sandbox.azureml import MlWorkspace
from sandbox.azureml.sample.people import JONAS, MIRA, TOMAS, TWIN
from sandbox.azureml.sample.resources import system_datastores
from tests.integration.azureml_cells import FOLDER, UNFLAGGED

ACCOUNT = "stcells01"
"""The storage account that these workspaces share."""
FOLDERS_ACCOUNT = "stcells02"
"""That of the workspace with people's folders: an account has them once."""
SUBSCRIPTION = "44444444-5555-6666-7777-888888888888"
PATHS = {
    "job": "jobs",
    "model": "models",
    "data": "data",
    UNFLAGGED: "data",
    "environment": "environments",
    "component": "components",
    "code": "codes",
    "featureset": "featuresets",
    "schedule": "schedules",
    "online_endpoint": "onlineEndpoints",
    "batch_endpoint": "batchEndpoints",
    "compute": "computes",
    "datastore": "datastores",
    "connection": "connections",
    FOLDER: "Users",
}
Place = tuple[str, str]
"""The container and the name of a blob."""


@dataclass
class Made:
    """A workspace and the assets of its cells.

    `assets` are the plan's entries of a cell; `deletes` and `cancels` the paths of the calls that
    it may lead to, in small letters; `left` the blobs that go with it; `include` is what the
    approval names.
    """

    workspace: MlWorkspace
    assets: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    deletes: dict[tuple[str, str], str] = field(default_factory=dict)
    left: dict[tuple[str, str], set[Place]] = field(default_factory=dict)
    include: list[str] = field(default_factory=list)

    def cancel(self, cell: tuple[str, str]) -> str:
        """Give the path of the call that cancels a job."""
        return f"{self.deletes[cell]}/cancel"

    @property
    def containers(self) -> set[str]:
        """Give the containers that the workspace has blobs in."""
        return {blob.container for blob in self.workspace.stored()}


def alias(situation: str) -> str:
    """Give the name of a cell's folder, one of the subject's aliases."""
    return f"folder-{situation}"


def bare(name: str) -> MlWorkspace:
    """Give a workspace of Mira's with nothing in it but the datastores that all have."""
    account = FOLDERS_ACCOUNT if name == "cells-folders" else ACCOUNT
    return MlWorkspace(
        f"ws-{name}",
        account,
        MIRA,
        (MIRA, TOMAS, TWIN, JONAS),
        subscription_id=SUBSCRIPTION,
        resource_group=f"rg-{name}",
        resources=system_datastores(account),
        target_name=name,
    )
