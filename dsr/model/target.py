"""A configured workspace: where it is and how it is reached."""

from dataclasses import dataclass
from typing import Literal

AccountKind = Literal["guest", "free", "standard", "azureml"]
"""What an account of Studio (classic) is; `azureml` for a workspace of Azure Machine Learning."""


@dataclass(frozen=True, slots=True)
class WorkspaceTarget:
    """One member of `DSR_WORKSPACES`, with its endpoints filled in.

    `artifacts` is how the files of jobs are had: `storage` from the workspace's account by the
    app's identity, anything else by the links that the service gives.
    """

    name: str
    service: str
    account_kind: AccountKind
    workspace_id: str
    region: str
    studio_endpoint: str
    management_endpoint: str
    token_setting: str
    arm_id: str = ""
    storage_account: str = ""
    storage_setting: str = ""
    artifacts: str = ""

    def to_json(self) -> dict[str, str]:
        """Give the entry of GET /workspaces: everything but what opens the workspace."""
        shown = {
            "name": self.name,
            "service": self.service,
            "account_kind": "" if self.account_kind == "azureml" else self.account_kind,
            "workspace_id": self.workspace_id,
            "region": self.region,
            "studio_endpoint": self.studio_endpoint,
            "management_endpoint": self.management_endpoint,
            "arm_id": self.arm_id,
            "storage_account": self.storage_account,
            "artifacts": self.artifacts,
        }
        return {k: v for k, v in shown.items() if v}
