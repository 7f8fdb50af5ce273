"""How a job goes: cancelled first, then deleted by ARM, and what it leaves in storage.

Source: ARM `jobs/{id}` DELETE (200, 202 with an operation, 204) and POST `cancel`; no recording of
either is public. Terminal statuses, and where an output without an address lies, are those of PyPI
azure-ai-ml.
"""

from collections.abc import Iterator
from typing import Any, Final

from dsr.errors import Absent, Blocked
from dsr.services.asset_kind import Eraser
from dsr.services.azureml.artifacts import paths_of
from dsr.services.azureml.client import not_own
from dsr.services.azureml.data_plane import HISTORY
from dsr.services.azureml.job_runs import descendants, has_children
from dsr.services.azureml.leftovers import (
    ARTIFACTS,
    BLOBSTORE,
    RUN_ID,
    bare,
    of_run,
    outputs,
)
from dsr.services.azureml.links import leads_below, leads_to
from dsr.services.azureml.run_history import run_of
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text
from dsr.usecases.connector import Asked, Leftover

_ENDED: Final = frozenset({"completed", "failed", "canceled", "notresponding", "paused"})
_STOPPING: Final = "cancelrequested"
_READ: Final = "read job"
_OUTPUT: Final = "an output of the job lies there, and stays"


def delete(workspace: AzureMlWorkspace, job_id: str) -> Asked:
    """Delete a job that has ended; one that goes on is told to stop, and is Blocked until then.

    So is one below which somebody else's runs are: no source says whether they would go with it.
    """
    what = "delete job"
    if not RUN_ID.fullmatch(job_id):
        raise not_own(what)
    names = ("jobs", job_id)
    job = workspace.arm.get(names, _READ)
    status = text(get(job, "properties"), "status").lower()
    if status not in _ENDED:
        if status != _STOPPING:
            workspace.arm.act((*names, "cancel"), "cancel job")
        raise Blocked("the job is still running; it was told to stop, and goes once it has")
    if any(theirs for _, theirs in _below(workspace, job_id, job)):
        raise Blocked("somebody else started runs below the job, which may go with it")
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

    What lies beside those is named folder by folder. Runs below it that somebody else started are
    left out; named outputs are told, and left to a person.
    """
    try:
        job = workspace.arm.get(("jobs", job_id), _READ)
    except Absent:
        job = {}
    return (*_left(workspace, job_id, job), *_named(workspace, job_id, job))


def _left(workspace: AzureMlWorkspace, job_id: str, job: Any) -> Iterator[Leftover]:
    below = (run_id for run_id, theirs in _below(workspace, job_id, job) if not theirs)
    for run_id in (job_id, *below):
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


def _below(workspace: AzureMlWorkspace, job_id: str, job: Any) -> Iterator[tuple[str, bool]]:
    """Give the runs below a job, and whether somebody else than the job's maker started each."""
    if not job or not has_children(job):
        return
    maker = _maker(run_of(workspace.plane, job_id))
    for run in descendants(workspace, job_id):
        yield text(run, "runId"), bool(maker) and _maker(run) not in ("", maker)


def _maker(run: Any) -> str:
    return text(get(run, "createdBy"), "userObjectId").lower()


def _named(workspace: AzureMlWorkspace, job_id: str, job: Any) -> Iterator[Leftover]:
    """Tell the outputs of a job that lie outside of its run's own place."""
    own = f"/{outputs(job_id)}"
    said = get(get(job, "properties"), "outputs")
    found = said.values() if isinstance(said, dict) else ()
    uris = [text(each, "uri") for each in found]
    for uri in dict.fromkeys(bare(uri) for uri in uris):
        if uri and own not in f"{uri}/":
            yield Leftover("", uri, kept=_OUTPUT)
    if not all(uris):  # then clients look for it here
        place = f"azureml/{job_id}/"
        yield Leftover(f"{BLOBSTORE}{workspace.own.guid}", place, prefix=True, kept=_OUTPUT)


ERASER: Final = Eraser[AzureMlWorkspace](1, delete, is_there, left_behind)
