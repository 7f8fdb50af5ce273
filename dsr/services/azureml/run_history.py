"""Runs: who made a job, its children, and its own record.

Source: `_restclient/runhistory` of PyPI azure-ai-ml 1.35.2: `BatchRunDataRequest` (requests by an
identifier of the caller's), `BatchRunDataResult` (successfulResults, failedResults), `Run`,
`PaginatedRunList`. No source tells how many runs one batch may ask for.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from dsr.errors import Absent, Unusable
from dsr.services.azureml.data_plane import HISTORY, DataPlane
from dsr.services.fields import get, text

BATCH: Final = 100
"""Runs that one call asks for."""
_READ: Final = "read run"


def runs_of(plane: DataPlane, run_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Give runs by their ids, many a call; one that run history does not know is left out."""
    waiting, found = list(dict.fromkeys(run_ids)), {}
    while waiting:
        asked, waiting = waiting[:BATCH], waiting[BATCH:]
        found.update(_batch(plane, asked))
        for run_id in asked:
            if run_id not in found and (run := run_of(plane, run_id)) is not None:
                found[run_id] = run
    return found


def run_of(plane: DataPlane, run_id: str) -> dict[str, Any] | None:
    """Give one run, None where run history does not know it."""
    try:
        return plane.get(HISTORY, ("runs", run_id), _READ)
    except Absent:
        return None


def children_of(plane: DataPlane, run_id: str) -> Iterator[dict[str, Any]]:
    """Give the runs right below a run: steps of a pipeline, trials of a sweep."""
    names, what = ("runs", run_id, "children"), "list child runs"
    return plane.all(HISTORY, names, what, called="$continuationtoken")


def _batch(plane: DataPlane, run_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Ask for many runs at once; what is not told stays for calls of its own."""
    wanted = {i: {"runId": i, "selectRunMetadata": True} for i in run_ids}
    try:
        answer = plane.post(HISTORY, ("batchrundata",), {"requests": wanted}, "read runs")
    except (Absent, Unusable):  # an undocumented route may go; each run has a documented one
        return {}
    results = get(answer, "successfulResults")
    runs = {
        run_id: get(result, "runMetadata")
        for run_id, result in (results if isinstance(results, dict) else {}).items()
    }
    return {i: run for i, run in runs.items() if isinstance(run, dict) and text(run, "runId") == i}
