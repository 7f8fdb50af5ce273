"""What deletes leave in a workspace's own storage account: exact places, never a guess.

Source: recorded datastores (Azure/azure-powershell) for the containers, and the public thread
Azure/azure-sdk-for-python#25146 for the places of a run. Workspaces that share an account share
the container `azureml` as well, so nothing is named but by a run's own id.
"""

import re
from typing import Final

from dsr.usecases.connector import Leftover

ARTIFACTS: Final = "azureml"
"""The container of the datastore `workspaceartifactstore`."""
ELSEWHERE: Final = "its bytes lay outside of the workspace's own blob storage, and stay"
"""Why nothing is cleared that is none of the workspace's places."""
BLOBSTORE: Final = "azureml-blobstore-"
"""What the container of `workspaceblobstore` begins with; the workspace's GUID follows."""
RUN: Final = r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,254}"
"""The form of a run's id, for patterns over `re.ASCII`."""
RUN_ID: Final = re.compile(RUN, re.ASCII)
UPLOAD: Final = r"LocalUpload/[A-Za-z0-9_-]{8,128}"
"""The form of the place of one upload, as `RUN`."""

_EXACT: Final = re.compile(
    rf"ArtifactZip/ExperimentRun/dcid\.{RUN}\.zip|ComputeRecord/dcid\.{RUN}"
    rf"|ExperimentRun/dcid\.{RUN}/[^/]+",
    re.ASCII,
)
_BELOW: Final = re.compile(rf"(?:ExperimentRun|ComputeRecord)/dcid\.{RUN}/(?:.+/)?", re.ASCII)
_UPLOAD: Final = re.compile(rf"{UPLOAD}/", re.ASCII)


def of_run(run_id: str) -> tuple[Leftover, ...]:
    """Give the places that a run's bytes and records were seen to stay at."""
    if not RUN_ID.fullmatch(run_id):
        return ()
    container = f"dcid.{run_id}"
    return (
        Leftover(ARTIFACTS, outputs(run_id), prefix=True),
        Leftover(ARTIFACTS, f"ArtifactZip/ExperimentRun/{container}.zip"),
        # one of its own name, and those below it: the bare prefix would be other runs' too
        Leftover(ARTIFACTS, f"ComputeRecord/{container}"),
        Leftover(ARTIFACTS, f"ComputeRecord/{container}/", prefix=True),
    )


def outputs(run_id: str) -> str:
    """Give the place of a run's outputs and logs in the container `azureml`."""
    return f"ExperimentRun/dcid.{run_id}/"


def bare(address: str) -> str:
    """Give an address without its query and whoever signs in, either of which may be a secret."""
    scheme, found, rest = address.partition("?")[0].partition("#")[0].partition("://")
    if not found:
        return scheme
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def is_own(leftover: Leftover) -> bool:
    """Tell whether a place is one that this service leaves things at."""
    name, prefix = leftover.name, leftover.prefix
    if leftover.container == ARTIFACTS:
        return (_BELOW if prefix else _EXACT).fullmatch(name) is not None
    if leftover.container.startswith(BLOBSTORE):
        return prefix and _UPLOAD.fullmatch(name) is not None
    return False
