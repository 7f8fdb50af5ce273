"""A sandbox of Azure Machine Learning Studio (classic), built from its documented protocol.

The service was retired on 31 August 2024, so this server stands in for it: a fact that no source
gives is not served. `SandboxStudio` is the server, `sample_workspaces` three workspaces of the
three account kinds, `bulk_workspace` and `big_workspace` one of any size.
"""

from sandbox.studio.model import Workspace
from sandbox.studio.sample import sample_workspaces
from sandbox.studio.server import SandboxStudio
from sandbox.studio.sizes import big_workspace, bulk_workspace

__all__ = ["SandboxStudio", "Workspace", "big_workspace", "bulk_workspace", "sample_workspaces"]
