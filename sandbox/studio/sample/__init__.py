"""Sample workspaces, one of each account kind: obviously fictional people, real datasets.

The people are of example.org; the dataset bytes are those that the package vega_datasets ships.
"""

from sandbox.studio.model import Workspace
from sandbox.studio.sample.arm_lab import arm_lab
from sandbox.studio.sample.churn import churn_lab
from sandbox.studio.sample.free import free_lab
from sandbox.studio.sample.guest import guest_trial

__all__ = ["arm_lab", "sample_workspaces"]


def sample_workspaces() -> tuple[Workspace, ...]:
    """Give `guest-trial`, `free-lab` and `churn-lab`; equal in every process."""
    return guest_trial(), free_lab(), churn_lab()
