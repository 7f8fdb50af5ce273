"""A sandbox of Azure Machine Learning Studio (classic), built from its documented protocol.

The service was retired on 31 August 2024, so this server stands in for it: a fact that no source
gives is not served. `SandboxStudio` is the server, `sample_workspaces` three workspaces of the
three account kinds, `arm_lab` one whose token is in no setting, `bulk_workspace` and
`big_workspace` one of any size.
"""

from sandbox.studio.model import Workspace
from sandbox.studio.sample import arm_lab, sample_workspaces
from sandbox.studio.server import SandboxStudio
from sandbox.studio.sizes import big_workspace, bulk_workspace

__all__ = [
    "SandboxStudio",
    "Workspace",
    "arm_lab",
    "big_workspace",
    "bulk_workspace",
    "sample_workspaces",
]
