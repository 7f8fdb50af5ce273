"""A sandbox of Azure Machine Learning (`Microsoft.MachineLearningServices`).

Routes and bodies are those of Microsoft's clients and of recorded sessions; what no source says
is a setting of `Behaviour`. `SandboxAzureMl` is the server of the data plane, and `SandboxArm`
serves its ARM routes; `forecast` is the sample workspace, `neighbour` one that shares its storage
account, `bulk_workspace` one of any size, `MlWorkspace` and what is beside it the builder.
"""

from sandbox.azureml.arm import secret_calls
from sandbox.azureml.model import (
    MICROSOFT,
    Artifact,
    Blob,
    Job,
    MlWorkspace,
    Person,
    Resource,
    ShareFile,
    Version,
)
from sandbox.azureml.sample import forecast, neighbour
from sandbox.azureml.server import SandboxAzureMl, merged
from sandbox.azureml.sizes import bulk_workspace

__all__ = [
    "MICROSOFT",
    "Artifact",
    "Blob",
    "Job",
    "MlWorkspace",
    "Person",
    "Resource",
    "SandboxAzureMl",
    "ShareFile",
    "Version",
    "bulk_workspace",
    "forecast",
    "merged",
    "neighbour",
    "secret_calls",
]
