"""A sandbox of Azure Resource Manager, as far as it knows `Microsoft.MachineLearning`.

`SandboxArm` is the server; `sample_services` and `sample_plans` are what it holds beside the
workspaces.
"""

from sandbox.arm.model import Association, CommitmentPlan, NewService
from sandbox.arm.sample import sample_plans, sample_services
from sandbox.arm.server import DEVELOPMENT_TOKEN, SandboxArm

__all__ = [
    "DEVELOPMENT_TOKEN",
    "Association",
    "CommitmentPlan",
    "NewService",
    "SandboxArm",
    "sample_plans",
    "sample_services",
]
