"""The runs of a job: its own, and those that it started.

Source: run history `/children`, which alone shows pipeline steps and trials; the job types of the
ARM specification; `azureml.isreused` and `azureml.reusedrunid` of PyPI azure-ai-ml.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from dsr.errors import Absent
from dsr.services.azureml.artifacts import artifacts, container_of
from dsr.services.azureml.metrics import metrics_of
from dsr.services.azureml.run_history import children_of
from dsr.services.azureml.stored_artifacts import stored_artifacts
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text
from dsr.usecases.connector import Document, File

_ALONE: Final = frozenset({"command", "spark"})
"""Job types that start no runs of their own."""
_LEAVES: Final = frozenset({"azureml.scriptrun"})
"""Run types that have no runs below them."""
_FOLDER: Final = 24
_REUSED: Final = (
    "This step was not run again: the pipeline took the outputs of another run. Those are that"
    " run's, so they are not copied here."
)


def has_children(job: Any) -> bool:
    """Tell whether jobs of this type start runs of their own (pipelines, sweeps, AutoML, …)."""
    return text(get(job, "properties"), "jobType").lower() not in _ALONE


def descendants(workspace: AzureMlWorkspace, run_id: str) -> Iterator[dict[str, Any]]:
    """Give all runs below a run, each once, parents before their children."""
    seen, waiting = {run_id}, [run_id]
    while waiting:
        try:
            for run in children_of(workspace.plane, waiting.pop()):
                child = text(run, "runId")
                if not child or child in seen:
                    continue
                seen.add(child)
                yield run
                if text(run, "runType").lower() not in _LEAVES:
                    waiting.append(child)
        except Absent:  # the run went meanwhile
            continue


def is_reused(run: Any) -> bool:
    """Tell whether a step took another run's outputs instead of running."""
    properties = get(run, "properties")
    flag = text(properties, "azureml.isreused").lower() == "true"
    return flag or bool(text(properties, "azureml.reusedrunid"))


def files_of_run(
    workspace: AzureMlWorkspace, run_id: str, run: Any, kind: str, include_data: bool
) -> Iterator[File]:
    """Give a run's metrics and, where bytes are wanted, its artifacts."""
    yield from _files(workspace, run_id, run, kind, include_data, "")


def files_of_children(
    workspace: AzureMlWorkspace, run_id: str, kind: str, include_data: bool
) -> Iterator[File]:
    """Give each run below a job in a folder of its own; a reused step without another's bytes."""
    for run in descendants(workspace, run_id):
        child = text(run, "runId")
        folder = f"children/{_folder(child)}/"
        yield Document(f"{folder}run.json", run)
        yield from _files(workspace, child, run, kind, include_data, folder)


def _files(
    workspace: AzureMlWorkspace,
    run_id: str,
    run: Any,
    kind: str,
    include_data: bool,
    folder: str,
) -> Iterator[File]:
    container = container_of(run_id, run)
    if is_reused(run) or not container:
        yield Document(f"{folder}reused.json", {"note": _REUSED})
        return
    metrics = metrics_of(workspace.plane, run_id)
    if metrics:
        yield Document(f"{folder}metrics.json", metrics)
    if not include_data:
        return
    if workspace.run_blobs is None:
        yield from artifacts(workspace, container, kind, folder)
    else:
        yield from stored_artifacts(workspace, workspace.run_blobs, container, run, kind, folder)


def _folder(run_id: str) -> str:
    """Give a folder's name of at most 24 bytes, as the package has room for, that is one run's."""
    if len(run_id) <= _FOLDER:
        return run_id
    return f"{run_id[:13]}-{hashlib.sha256(run_id.encode()).hexdigest()[:10]}"
