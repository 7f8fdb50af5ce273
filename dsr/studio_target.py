"""A target of Azure Machine Learning Studio (classic) among the settings."""

import re
from collections.abc import Mapping
from typing import Final, cast

from dsr.endpoints import is_endpoint
from dsr.model.target import AccountKind, WorkspaceTarget
from dsr.services.arm import ArmWorkspace
from dsr.services.studio.regions import endpoints

FIELDS: Final = frozenset(
    {
        "name",
        "service",
        "account_kind",
        "workspace_id",
        "region",
        "studio_endpoint",
        "management_endpoint",
        "arm_id",
        "token_setting",
        "storage_account",
        "storage_setting",
    }
)
"""The members that such a target may have."""
_WORKSPACE_ID: Final = re.compile(r"^[0-9a-f]{32}$")
_PROVIDER: Final = "microsoft.machinelearning"


def read(value: Mapping[str, str], problems: list[str]) -> WorkspaceTarget:
    """Give the target; what is wrong is added to `problems`, each with its member's name."""
    kind = value.get("account_kind", "")
    if kind not in ("guest", "free", "standard"):
        problems.append("account_kind: has to be guest, free or standard")
    if not _WORKSPACE_ID.fullmatch(value.get("workspace_id", "")):
        problems.append("workspace_id: has to be 32 lower-case hex digits")
    arm_id = value.get("arm_id", "")
    arm = ArmWorkspace.parse(arm_id)
    if arm_id and (kind != "standard" or arm is None or arm.provider.lower() != _PROVIDER):
        problems.append(
            "arm_id: has to be the resource id of a standard workspace, /subscriptions/…"
            "/resourceGroups/…/providers/Microsoft.MachineLearning/workspaces/…"
        )
    if not value.get("token_setting") and not arm_id:
        problems.append(
            "token_setting: is missing (a standard workspace may have an arm_id instead)"
        )
    studio, management = endpoints(value.get("region", "")) or ("", "")
    studio = value.get("studio_endpoint", studio).rstrip("/")
    management = value.get("management_endpoint", management or studio).rstrip("/")
    for field_name, url in (("studio_endpoint", studio), ("management_endpoint", management)):
        if not url:
            problems.append(f"{field_name}: is missing, and no known region says it")
        elif not is_endpoint(url):
            problems.append(f"{field_name}: has to be an https address (http on loopback only)")
    return WorkspaceTarget(
        name=value.get("name", ""),
        service="studio-classic",
        account_kind=cast(AccountKind, kind),
        workspace_id=value.get("workspace_id", ""),
        region=value.get("region", ""),
        studio_endpoint=studio,
        management_endpoint=management,
        token_setting=value.get("token_setting", ""),
        arm_id=arm_id,
        storage_account=value.get("storage_account", ""),
        storage_setting=value.get("storage_setting", ""),
    )
