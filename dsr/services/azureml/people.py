"""Who made and changed models and data assets, by object id, as the data plane tells.

Source: the clients inside PyPI azure-ai-ml 1.35.2: `model_dataplane` (`Model.createdBy`,
`modifiedBy`; the id of a model is `name:version`) and `dataset_dataplane` (`DataVersionEntity`,
whose `entityMetadata` has both). Neither promises that its lists show what is archived, so a
version that they leave out is asked for alone.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dsr.errors import Absent
from dsr.services.azureml.data_plane import DATA, MODELS
from dsr.services.azureml.versions import People
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text

_MODEL = "read who made a model"
_DATA = "read who made a data asset"


def of_models(
    workspace: AzureMlWorkspace, name: str, versions: tuple[str, ...]
) -> Mapping[str, People]:
    """Give who made versions of one model, and who changed them last."""

    def listed() -> Iterator[tuple[str, Any]]:
        query = {"name": name, "listViewType": "All"}
        for model in workspace.plane.all(MODELS, ("models",), _MODEL, query, "$skipToken"):
            if text(model, "name") == name:
                yield text(model, "version"), model

    def alone(version: str) -> Any:
        return workspace.plane.get(MODELS, ("models", f"{name}:{version}"), _MODEL)

    return _of(versions, listed, alone)


def of_data(
    workspace: AzureMlWorkspace, name: str, versions: tuple[str, ...]
) -> Mapping[str, People]:
    """Give who made versions of one data asset, and who changed them last."""
    below = ("dataversion", name, "versions")

    def listed() -> Iterator[tuple[str, Any]]:
        for entity in workspace.plane.all(DATA, below, _DATA):
            yield text(get(entity, "dataVersion"), "versionId"), get(entity, "entityMetadata")

    def alone(version: str) -> Any:
        return get(workspace.plane.get(DATA, (*below, version), _DATA), "entityMetadata")

    return _of(versions, listed, alone)


def _of(
    versions: tuple[str, ...],
    listed: Callable[[], Iterator[tuple[str, Any]]],
    alone: Callable[[str], Any],
) -> dict[str, People]:
    """Ask by one list where there are several versions, and alone for what it leaves out."""
    wanted, found = set(versions), {}
    if len(wanted) > 1:
        with contextlib.suppress(Absent):
            found = {v: _people(said) for v, said in listed() if v in wanted}
    for version in versions:
        if version not in found:
            try:
                found[version] = _people(alone(version))
            except Absent:
                continue
    return found


def _people(said: Any) -> People:
    return {"createdBy": get(said, "createdBy"), "modifiedBy": get(said, "modifiedBy")}
