"""The files of a run as they lie in the workspace's own storage account, read by identity.

Source: the default output that a recorded job names (Get-AzMLWorkspaceJob), the folder
`ExperimentRun/dcid.{run}` of the datastore `workspaceartifactstore`; `jobs.download` of PyPI
azure-ai-ml takes a job's files from there.
"""

import functools
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from dsr.errors import Refused
from dsr.services.azureml.files import elsewhere, no_access
from dsr.services.azureml.places import place_of
from dsr.services.azureml.run_blobs import RunBlobs
from dsr.services.azureml.size_limits import within_limit
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import text
from dsr.usecases.connector import Content, Missing

FOLDER: Final = "artifacts"
"""The folder of a run's own files, beside what the service tells of it."""
_STORE: Final = "azureml://datastores/workspaceartifactstore/paths/ExperimentRun"
_READ: Final = "read artifact blob"
_ENDED: Final = frozenset({"completed", "failed", "canceled"})


def stored_artifacts(
    workspace: AzureMlWorkspace,
    blobs: RunBlobs,
    container: str,
    run: Any,
    kind: str,
    folder: str = "",
) -> Iterator[Content | Missing]:
    """Give the files that lie in a run's container, below `folder`; none where it has none.

    Raises Unavailable where the account does not answer.
    """
    place = place_of(workspace, f"{_STORE}/{container}")
    if place is None:
        yield elsewhere("job", f"{folder}{FOLDER}")
        return
    account = workspace.account()
    if account is None:
        yield no_access("job", f"{folder}{FOLDER}")
        return
    try:
        for blob in blobs.of(account.files, place.container, place.path, _ended(run)):
            link = functools.partial(account.files.url, place.container, blob, _READ)
            name = f"{folder}{FOLDER}/{blob[len(place.path) + 1 :]}"
            yield within_limit(workspace, kind, name, workspace.source(link, _READ))
    except Refused:
        yield no_access("job", f"{folder}{FOLDER}")


def _ended(run: Any) -> float | None:
    """Give when a run ended, None where it did not, or where nobody can tell."""
    if text(run, "status").lower() not in _ENDED:
        return None
    try:
        ended = datetime.fromisoformat(text(run, "endTimeUtc"))
    except ValueError:
        return None
    return None if ended.tzinfo is None else ended.timestamp()
