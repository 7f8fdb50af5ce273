"""Which assets lead to a place in the workspace's storage, so that no delete takes another's bytes.

Source: the members `modelUri`, `dataUri` and `codeUri` of recorded versions. Uploads of one
content lie at one place, whoever uploads them; a model may lie among the artifacts of a run.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from dsr.errors import Absent
from dsr.services.azureml.client import ARCHIVED_TOO
from dsr.services.azureml.leftovers import ARTIFACTS, BLOBSTORE, of_run
from dsr.services.azureml.places import Place, place_of
from dsr.services.azureml.run_history import run_of
from dsr.services.azureml.versions import Versioned
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text
from dsr.usecases.connector import Leftover

_LIVES: Final = 60.0
"""Seconds that the list of what leads where is believed: it reads every version."""
_LEADING: Final = (("models", "modelUri"), ("data", "dataUri"), ("codes", "codeUri"))
_UPLOAD: Final = re.compile(r"(LocalUpload/[A-Za-z0-9_-]{8,128})(?:/.*)?", re.DOTALL)
_RUN: Final = re.compile(r"(ExperimentRun/dcid\.([A-Za-z0-9_.-]+))(?:/.*)?", re.DOTALL)

Names = tuple[str, ...]
"""A version's path below the workspace."""


def left_by(of: Versioned) -> Callable[[AzureMlWorkspace, str], tuple[Leftover, ...]]:
    """Give what tells a kind's leftovers: the upload that a version alone leads to.

    A version among the artifacts of a run that is gone leaves that run's; of one that is still
    there nothing, since they are the run's.
    """

    def left_behind(workspace: AzureMlWorkspace, asset_id: str) -> tuple[Leftover, ...]:
        version = of.get(workspace, asset_id)
        place = place_of(workspace, text(get(version, "properties"), of.address))
        root = _root(workspace, place)
        if root is None or leads_there(workspace, root, of.names(asset_id)):
            return ()
        run = _RUN.fullmatch(root.path)
        if run is None:
            return (Leftover(root.container, f"{root.path}/", prefix=True),)
        return of_run(run[2]) if _is_gone(workspace, run[2]) else ()

    return left_behind


def _is_gone(workspace: AzureMlWorkspace, run_id: str) -> bool:
    """Tell whether neither ARM nor run history, which knows child runs too, has a run."""
    if workspace.arm.is_there(("jobs", run_id), "read job"):
        return False
    return run_of(workspace.plane, run_id) is None


def run_is_led_to(workspace: AzureMlWorkspace, run_id: str) -> bool:
    """Tell whether a model, data asset or code leads among the artifacts of a run."""
    return leads_there(workspace, Place(ARTIFACTS, f"ExperimentRun/dcid.{run_id}"))


def leads_there(workspace: AzureMlWorkspace, root: Place, but: Names = ()) -> bool:
    """Tell whether any version but one leads to an upload or to a run's artifacts.

    What the list of a short while ago shows is asked for again, since it may be deleted by now.
    """
    known = workspace.kept.get("what leads where", _LIVES, lambda: _leading(workspace))
    return any(
        names != but and workspace.arm.is_there(names, "read asset version")
        for names in known.get(root, ())
    )


def _leading(workspace: AzureMlWorkspace) -> dict[Place, list[Names]]:
    found: dict[Place, list[Names]] = {}
    for path, member in _LEADING:
        for names, address in _addresses(workspace, path, member):
            root = _root(workspace, place_of(workspace, address))
            if root is not None:
                found.setdefault(root, []).append(names)
    return found


def _addresses(workspace: AzureMlWorkspace, path: str, member: str) -> Iterator[tuple[Names, str]]:
    query, what = None if path == "codes" else ARCHIVED_TOO, "list asset versions"
    for container in workspace.arm.all((path,), what, query):
        name = text(container, "name")
        try:
            for version in workspace.arm.all((path, name, "versions"), what, query):
                address = text(get(version, "properties"), member)
                yield (path, name, "versions", text(version, "name")), address
        except Absent:
            continue  # it went meanwhile


def _root(workspace: AzureMlWorkspace, place: Place | None) -> Place | None:
    """Give the upload or the run's artifacts that a place is in; None for any other place."""
    if place is None:
        return None
    pattern = {ARTIFACTS: _RUN, f"{BLOBSTORE}{workspace.own.guid}": _UPLOAD}.get(place.container)
    found = pattern.fullmatch(place.path) if pattern is not None else None
    return Place(place.container, found[1]) if found is not None else None
