"""Where the registered models and data of a workspace lead: bytes there are not a job's alone.

Source: ARM `modelUri` and `dataUri`, which lead into a run's outputs where a job registered them.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from dsr.services.azureml.client import ARCHIVED_TOO
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text

_LISTS: Final = (("models", "modelUri", "list models"), ("data", "dataUri", "list data"))


def leads_below(workspace: AzureMlWorkspace, place: str) -> bool:
    """Tell whether a registered version leads to a place in storage, or below it.

    All versions are listed, and remembered for a minute; raises ServiceError where a list fails.
    """
    below = f"/{place.strip('/')}/"
    return any(below in f"{uri}/" for uri in workspace.links.get(lambda: tuple(_all(workspace))))


def _all(workspace: AzureMlWorkspace) -> Iterator[str]:
    for path, member, what in _LISTS:
        for container in workspace.arm.all((path,), what, ARCHIVED_TOO):
            names = (path, text(container, "name"), "versions")
            for version in workspace.arm.all(names, f"{what} versions", ARCHIVED_TOO):
                if uri := text(get(version, "properties"), member):
                    yield unquote(uri).rstrip("/")
