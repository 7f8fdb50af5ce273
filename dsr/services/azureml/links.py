"""Where the registered versions of a workspace lead: no delete takes bytes that another leads to.

Source: ARM `modelUri`, `dataUri` and `codeUri` with recorded answers. A job may register a model
in its own outputs, and uploads of one content lie at one place, whoever uploads them.
"""

from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

from dsr.errors import Absent
from dsr.services.azureml.client import ARCHIVED_TOO
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text

_LISTS: Final = (
    ("models", "modelUri", "list models", ARCHIVED_TOO),
    ("data", "dataUri", "list data assets", ARCHIVED_TOO),
    ("codes", "codeUri", "list code versions", None),
)
Names = tuple[str, ...]
"""A version's path below the workspace."""


def leads_to(workspace: AzureMlWorkspace, place: str) -> bool:
    """Tell whether a registered version leads to a place in storage itself, so to all below it."""
    return _leads(workspace, lambda uri: uri.endswith(f"/{place.strip('/')}"), ())


def leads_below(workspace: AzureMlWorkspace, place: str, but: Names = ()) -> bool:
    """Tell whether a registered version leads to a place in storage, or below it.

    All versions are listed, and remembered for a minute; one that leads there is asked for again,
    since it may be deleted by now. `but` is a version that does not count. Raises ServiceError
    where a list fails.
    """
    below = f"/{place.strip('/')}/"
    return _leads(workspace, lambda uri: below in f"{uri}/", but)


def _leads(workspace: AzureMlWorkspace, matches: Callable[[str], bool], but: Names) -> bool:
    return any(
        names != but and workspace.arm.is_there(names, "read version")
        for names, uri in workspace.links.get(lambda: tuple(_all(workspace)))
        if matches(uri)
    )


def _all(workspace: AzureMlWorkspace) -> Iterator[tuple[Names, str]]:
    for path, member, what, query in _LISTS:
        for container in workspace.arm.all((path,), what, query):
            below = (path, text(container, "name"), "versions")
            try:
                for version in workspace.arm.all(below, what, query):
                    if uri := text(get(version, "properties"), member):
                        yield (*below, text(version, "name")), unquote(uri).rstrip("/")
            except Absent:  # it went meanwhile
                continue
