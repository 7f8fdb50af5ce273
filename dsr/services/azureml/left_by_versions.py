"""What deleting a version leaves in the workspace's storage: an upload, or a place in outputs.

Source: recorded addresses of versions, and the public thread Azure/azure-sdk-for-python#25146 for
`LocalUpload/{hash}`, where clients put what they upload.
"""

import re
from collections.abc import Callable
from typing import Final

from dsr.services.azureml.leftovers import ARTIFACTS, BLOBSTORE, is_own
from dsr.services.azureml.links import leads_below, leads_to
from dsr.services.azureml.places import Place, place_of
from dsr.services.azureml.run_history import run_of
from dsr.services.azureml.versions import Versioned
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text
from dsr.usecases.connector import Leftover

_UPLOAD: Final = re.compile(r"(LocalUpload/[A-Za-z0-9_-]{8,128})(?:/.*)?", re.ASCII | re.DOTALL)
_RUN: Final = re.compile(
    r"(ExperimentRun/dcid\.([A-Za-z0-9_-][A-Za-z0-9_.-]{0,254}))(?:/.*)?", re.ASCII | re.DOTALL
)


def left_by(of: Versioned) -> Callable[[AzureMlWorkspace, str], tuple[Leftover, ...]]:
    """Give what tells a kind's leftovers: the upload that a version alone leads to.

    A version in the outputs of a run that is gone leaves what it leads to there, unless another
    leads there too; of a run that is still there nothing, since they are the run's.
    """

    def left_behind(workspace: AzureMlWorkspace, asset_id: str) -> tuple[Leftover, ...]:
        version = of.get(workspace, asset_id)
        place = place_of(workspace, text(get(version, "properties"), of.address))
        if place is None:
            return ()
        if place.container == f"{BLOBSTORE}{workspace.own.guid}":
            return _upload(workspace, place, of.names(asset_id))
        return _run(workspace, place, of.names(asset_id))

    return left_behind


def _upload(
    workspace: AzureMlWorkspace, place: Place, own: tuple[str, ...]
) -> tuple[Leftover, ...]:
    found = _UPLOAD.fullmatch(place.path)
    if found is None or leads_below(workspace, found[1], own):
        return ()
    return (Leftover(place.container, f"{found[1]}/", prefix=True),)


def _run(workspace: AzureMlWorkspace, place: Place, own: tuple[str, ...]) -> tuple[Leftover, ...]:
    found = _RUN.fullmatch(place.path) if place.container == ARTIFACTS else None
    if found is None or _is_led_to(workspace, place.path, found[1], own):
        return ()
    # a step or trial has no job of its own: run history alone knows it
    is_there = workspace.arm.is_there(("jobs", found[2]), "read job")
    if is_there or run_of(workspace.plane, found[2]) is not None:
        return ()
    # the account alone knows whether it is a folder or one file
    places = (Leftover(ARTIFACTS, place.path), Leftover(ARTIFACTS, f"{place.path}/", prefix=True))
    return tuple(each for each in places if is_own(each))


def _is_led_to(workspace: AzureMlWorkspace, path: str, root: str, own: tuple[str, ...]) -> bool:
    """Tell whether another version leads to a place in a run's outputs, below it, or around it."""
    if leads_below(workspace, path, own):
        return True
    around = path
    while around != root:
        around = around.rpartition("/")[0]
        if leads_to(workspace, around):
            return True
    return False
