"""How a job goes: cancelled first, then deleted by ARM, and what it leaves in storage.

Source: ARM `jobs/{id}` DELETE (200, 202 with an operation, 204) and POST `cancel`; no recording of
either is public. Terminal statuses are those of PyPI azure-ai-ml.
"""

from collections.abc import Iterator
from typing import Final

from dsr.errors import Absent, Blocked
from dsr.services.asset_kind import Eraser
from dsr.services.azureml.artifacts import paths_of
from dsr.services.azureml.client import not_own
from dsr.services.azureml.data_plane import HISTORY
from dsr.services.azureml.job_runs import descendants, has_children
from dsr.services.azureml.leftovers import ARTIFACTS, RUN_ID, of_run, outputs
from dsr.services.azureml.links import leads_below, leads_to
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text
from dsr.usecases.connector import Asked, Leftover

_ENDED: Final = frozenset({"completed", "failed", "canceled", "notresponding", "paused"})
_STOPPING: Final = "cancelrequested"
_READ: Final = "read job"


def delete(workspace: AzureMlWorkspace, job_id: str) -> Asked:
    """Delete a job that has ended; one that goes on is told to stop, and is Blocked until then."""
    what = "delete job"
    if not RUN_ID.fullmatch(job_id):
        raise not_own(what)
    names = ("jobs", job_id)
    status = text(get(workspace.arm.get(names, _READ), "properties"), "status").lower()
    if status not in _ENDED:
        if status != _STOPPING:
            workspace.arm.act((*names, "cancel"), "cancel job")
        raise Blocked("the job is still running; it was told to stop, and goes once it has")
    return workspace.arm.delete(names, what)


def is_there(workspace: AzureMlWorkspace, job_id: str) -> bool:
    """Tell whether ARM or run history still gives the job."""
    if not RUN_ID.fullmatch(job_id):
        raise not_own(_READ)
    if workspace.arm.is_there(("jobs", job_id), _READ):
        return True
    return workspace.plane.is_there(HISTORY, ("runs", job_id), "read run")


def left_behind(workspace: AzureMlWorkspace, job_id: str) -> tuple[Leftover, ...]:
    """Give the places of the job's runs, but for outputs that a registered version leads to.

    What lies beside those is named folder by folder.
    """
    return tuple(_left(workspace, job_id))


def _left(workspace: AzureMlWorkspace, job_id: str) -> Iterator[Leftover]:
    for run_id in _runs(workspace, job_id):
        kept = leads_below(workspace, outputs(run_id))
        for leftover in of_run(run_id):
            if kept and leftover.name == outputs(run_id):
                yield from _beside(workspace, run_id)
            else:
                yield leftover


def _beside(workspace: AzureMlWorkspace, run_id: str) -> Iterator[Leftover]:
    """Give the folders and files of a run's outputs that no registered version leads to."""
    root = outputs(run_id)
    if leads_to(workspace, root):
        return
    paths = paths_of(workspace, f"dcid.{run_id}")
    for top, is_folder in sorted({(p.partition("/")[0], "/" in p) for p in paths}):
        if not leads_below(workspace, root + top):
            name = f"{root}{top}/" if is_folder else root + top
            yield Leftover(ARTIFACTS, name, prefix=is_folder)


def _runs(workspace: AzureMlWorkspace, job_id: str) -> Iterator[str]:
    yield job_id
    try:
        job = workspace.arm.get(("jobs", job_id), _READ)
    except Absent:
        return
    if has_children(job):
        yield from (text(run, "runId") for run in descendants(workspace, job_id))


ERASER: Final = Eraser[AzureMlWorkspace](1, delete, is_there, left_behind)
