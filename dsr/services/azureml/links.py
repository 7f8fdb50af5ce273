"""Where the registered versions of a workspace lead: no delete takes bytes that another leads to.

Source: ARM `modelUri`, `dataUri` and `codeUri` with recorded answers; an environment's
`build.contextUri` and a feature set's `specification.path` by the specification alone. A job may
register a model in its own outputs, and uploads of one content lie at one place, whoever uploads
them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from typing import Any, Final
from urllib.parse import unquote

from dsr.errors import Absent, Unusable
from dsr.services.azureml.client import ARCHIVED_TOO
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text

_LISTS: Final[tuple[tuple[str, tuple[str, ...], str, Mapping[str, str] | None], ...]] = (
    ("models", ("modelUri",), "list models", ARCHIVED_TOO),
    ("data", ("dataUri",), "list data assets", ARCHIVED_TOO),
    ("codes", ("codeUri",), "list code versions", None),
    ("environments", ("build", "contextUri"), "list environments", ARCHIVED_TOO),
    ("featuresets", ("specification", "path"), "list feature sets", ARCHIVED_TOO),
)
_OPTIONAL: Final = "featuresets"
"""What a workspace may not know: no source says what one that is no feature store answers."""
_LIVES: Final = 60.0
"""Seconds for which where versions lead is remembered."""
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


def leads_around(workspace: AzureMlWorkspace, place: str, root: str, but: Names = ()) -> bool:
    """Tell whether a version leads to a place, below it, or to a folder around it up to `root`."""
    if leads_below(workspace, place, but):
        return True
    around = place
    while around != root:
        around = around.rpartition("/")[0]
        if leads_to(workspace, around):
            return True
    return False


def _leads(workspace: AzureMlWorkspace, matches: Callable[[str], bool], but: Names) -> bool:
    return any(
        names != but and workspace.arm.is_there(names, "read version")
        for names, uri in workspace.kept.get("versions", _LIVES, lambda: tuple(_all(workspace)))
        if matches(uri)
    )


def _all(workspace: AzureMlWorkspace) -> Iterator[tuple[Names, str]]:
    for path, where, what, query in _LISTS:
        for container in _containers(workspace, path, what, query):
            below = (path, text(container, "name"), "versions")
            try:
                for version in workspace.arm.all(below, what, query):
                    holder = reduce(get, where[:-1], get(version, "properties"))
                    if uri := text(holder, where[-1]):
                        yield (*below, text(version, "name")), _plain(uri)
            except Absent:  # it went meanwhile
                continue


def _containers(
    workspace: AzureMlWorkspace, path: str, what: str, query: Mapping[str, str] | None
) -> Iterator[Any]:
    try:
        yield from workspace.arm.all((path,), what, query)
    except (Absent, Unusable):
        if path != _OPTIONAL:
            raise


def _plain(uri: str) -> str:
    """Give an address without its query, which may be a SAS, and as its blob is called."""
    return unquote(uri.partition("?")[0]).rstrip("/")
