"""What deleting a version leaves in the workspace's storage: an upload, or a place in outputs.

Source: recorded addresses of versions, and the public thread Azure/azure-sdk-for-python#25146 for
`LocalUpload/{hash}`, where clients put what they upload.
"""

import re
from collections.abc import Callable
from typing import Final

from dsr.services.azureml.leftovers import (
    ARTIFACTS,
    BLOBSTORE,
    ELSEWHERE,
    RUN,
    UPLOAD,
    bare,
    is_own,
)
from dsr.services.azureml.links import leads_around, leads_below
from dsr.services.azureml.places import Place, place_of
from dsr.services.azureml.run_history import run_of
from dsr.services.azureml.versions import Versioned
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text
from dsr.usecases.connector import Leftover

_UPLOAD: Final = re.compile(rf"({UPLOAD})(?:/.*)?", re.ASCII | re.DOTALL)
_RUN: Final = re.compile(rf"(ExperimentRun/dcid\.({RUN}))(?:/.*)?", re.ASCII | re.DOTALL)

_CHOSEN: Final = "its bytes lay at a place that somebody chose, and stay"
_UNKNOWN_RUN: Final = (
    "it lies in the outputs of a run that this workspace does not have, and may be another"
    " workspace's of the same storage account"
)


def left_by(of: Versioned) -> Callable[[AzureMlWorkspace, str], tuple[Leftover, ...]]:
    """Give what tells a kind's leftovers: the upload that a version alone leads to.

    A version in the outputs of a run that is gone leaves what it leads to there, unless another
    leads there too; of a run that is still there nothing, since they are the run's. What is not
    known to be this workspace's alone is told and left to a person.
    """

    def left_behind(workspace: AzureMlWorkspace, asset_id: str) -> tuple[Leftover, ...]:
        properties = get(of.get(workspace, asset_id), "properties")
        address = text(properties, of.address)
        place = place_of(workspace, address)
        if place is None:
            return (Leftover("", bare(address), kept=ELSEWHERE),) if address else ()
        own = of.names(asset_id)
        if place.container == f"{BLOBSTORE}{workspace.own.guid}" and _UPLOAD.fullmatch(place.path):
            return _upload(workspace, place, own)
        if place.container == ARTIFACTS and _RUN.fullmatch(place.path):
            return _run(workspace, place, own, text(properties, "jobName"))
        if leads_below(workspace, place.path, own):
            return ()
        return (Leftover(place.container, place.path, kept=_CHOSEN),)

    return left_behind


def _upload(
    workspace: AzureMlWorkspace, place: Place, own: tuple[str, ...]
) -> tuple[Leftover, ...]:
    found = _UPLOAD.fullmatch(place.path)
    if found is None or leads_below(workspace, found[1], own):
        return ()
    return (Leftover(place.container, f"{found[1]}/", prefix=True),)


def _run(
    workspace: AzureMlWorkspace, place: Place, own: tuple[str, ...], made_by: str
) -> tuple[Leftover, ...]:
    """Give what lies in a gone run's outputs; `made_by` is the run that the version names."""
    found = _RUN.fullmatch(place.path)
    if found is None or leads_around(workspace, place.path, found[1], own):
        return ()
    # a step or trial has no job of its own: run history alone knows it
    is_there = workspace.arm.is_there(("jobs", found[2]), "read job")
    if is_there or run_of(workspace.plane, found[2]) is not None:
        return ()
    if made_by != found[2]:  # workspaces of one account share the container
        return (Leftover(ARTIFACTS, place.path, kept=_UNKNOWN_RUN),)
    # the account alone knows whether it is a folder or one file
    places = (Leftover(ARTIFACTS, place.path), Leftover(ARTIFACTS, f"{place.path}/", prefix=True))
    return tuple(each for each in places if is_own(each))
