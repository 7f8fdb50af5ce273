"""What assets of Studio (classic) were promoted from, and the blobs that they lead to.

Source: captured payloads. A trained model's bytes are the output of the node that made it, so a
blob that such an asset leads to is not left behind by the experiment alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from dsr.services.studio.fields import get, text
from dsr.services.studio.web_services import all_endpoints
from dsr.services.studio.workspace import StudioWorkspace
from dsr.usecases.connector import Leftover

PROMOTED: Final = re.compile(
    r"(?P<experiment>[0-9a-f]{32}\.[fs]-id\.(?P<key>[0-9a-f]{32})"
    r"(\.\d{4}-\d\d-\d\dt\d\d\.\d\d\.\d\d)?)"
    r"\.(?P<node>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d+)\.(?P<port>.+)",
    re.IGNORECASE | re.DOTALL,
)
"""`PromotedFrom`: experiment (or run), node, and a port name, which may hold anything."""

_LISTS: Final = (
    ("datasources", "list datasets"),
    ("trainedmodels", "list trained models"),
    ("transformmodules", "list transforms"),
)


@dataclass(frozen=True, slots=True)
class Linked:
    """What other assets lead to: ports by experiment key, node and name; and blobs."""

    ports: frozenset[tuple[str, str, str]]
    blobs: frozenset[Leftover]


def linked(workspace: StudioWorkspace, besides: str = "") -> Linked:
    """Read what datasets, models, transforms and endpoints lead to; raises ServiceError.

    `besides` is a family that does not count.
    """
    if workspace.storage is None:
        return Linked(frozenset(), frozenset())
    ports: set[tuple[str, str, str]] = set()
    blobs: set[Leftover] = set()
    for path, what in _LISTS:
        for item in workspace.studio.many(path, what):
            if besides and text(item, "FamilyId") == besides:
                continue
            found = PROMOTED.fullmatch(text(item, "PromotedFrom"))
            if found is not None:
                ports.add((found["key"].lower(), found["node"].lower(), found["port"]))
            blobs.update(workspace.storage.named_by(*locations(item)))
    for _, endpoint in all_endpoints(workspace):
        blobs.update(workspace.storage.named_by(*_resources(endpoint)))
    return Linked(frozenset(ports), frozenset(blobs))


def locations(item: Any) -> Iterator[Any]:
    """Give the endpoint objects of a dataset, a model or a transform."""
    for place in ("DownloadLocation", "VisualizeEndPoint", "SchemaEndPoint"):
        yield get(item, place)


def _resources(endpoint: Any) -> Iterator[Any]:
    for resource in get(endpoint, "Resources") or ():
        where = get(resource, "Location")
        yield {"BaseUri": text(where, "BaseLocation"), "Location": text(where, "RelativeLocation")}
