"""A target of Azure Machine Learning among the settings: its resource id says everything."""

from collections.abc import Mapping
from typing import Final

from dsr.model.target import WorkspaceTarget
from dsr.services.arm import ArmWorkspace

FIELDS: Final = frozenset(
    {"name", "service", "arm_id", "storage_account", "storage_setting", "artifacts"}
)
"""The members that such a target may have."""
ARTIFACTS: Final = ("links", "storage")
"""How the files of jobs may be had; the first where nothing is said."""
_PROVIDER: Final = "microsoft.machinelearningservices"


def read(value: Mapping[str, str], problems: list[str]) -> WorkspaceTarget:
    """Give the target; what is wrong is added to `problems`, each with its member's name."""
    arm_id = value.get("arm_id", "").rstrip("/")
    arm = ArmWorkspace.parse(arm_id)
    if arm is None or arm.provider.lower() != _PROVIDER or not arm.holds(arm_id, "workspaces"):
        problems.append(
            "arm_id: has to be the resource id of the workspace, /subscriptions/…/resourceGroups/…"
            "/providers/Microsoft.MachineLearningServices/workspaces/…"
        )
    artifacts = value.get("artifacts", "")
    if artifacts not in ("", *ARTIFACTS):
        problems.append("artifacts: has to be links or storage")
    return WorkspaceTarget(
        name=value.get("name", ""),
        service="azureml",
        account_kind="azureml",
        workspace_id=arm_id.rpartition("/")[2],
        region="",
        studio_endpoint="",
        management_endpoint="",
        token_setting="",
        arm_id=arm_id,
        storage_account=value.get("storage_account", ""),
        storage_setting=value.get("storage_setting", ""),
        artifacts=artifacts,
    )
