"""What assets of Studio (classic) were promoted from, and the blobs that they lead to.

Source: captured payloads. A trained model's bytes are the output of the node that made it, so a
blob that such an asset leads to is not left behind by the experiment alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from dsr.services.fields import get, text
from dsr.services.studio.new_web_services import all_services
from dsr.services.studio.own_storage import OwnStorage
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

_LIVES: Final = 5.0
"""Seconds for which it is remembered: deletes of one batch follow each other."""
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


@dataclass(frozen=True, slots=True)
class _Item:
    """What one asset leads to; `family` is that of a dataset."""

    family: str
    port: tuple[str, str, str] | None
    blobs: tuple[Leftover, ...]


def linked(workspace: StudioWorkspace, besides: str = "") -> Linked:
    """Read what datasets, models, transforms, endpoints and New web services lead to.

    `besides` is a family that does not count. What was read some seconds ago counts again, since
    each of a batch's deletes asks. Raises ServiceError.
    """
    storage = workspace.storage
    if storage is None:
        return Linked(frozenset(), frozenset())
    items = workspace.kept.get("links", _LIVES, lambda: tuple(_items(workspace, storage)))
    kept = [item for item in items if not (besides and item.family == besides)]
    return Linked(
        frozenset(item.port for item in kept if item.port is not None),
        frozenset(blob for item in kept for blob in item.blobs),
    )


def _items(workspace: StudioWorkspace, storage: OwnStorage) -> Iterator[_Item]:
    for path, what in _LISTS:
        for item in workspace.studio.many(path, what):
            found = PROMOTED.fullmatch(text(item, "PromotedFrom"))
            port = found and (found["key"].lower(), found["node"].lower(), found["port"])
            yield _Item(text(item, "FamilyId"), port or None, storage.named_by(*locations(item)))
    for _, endpoint in all_endpoints(workspace):
        yield _Item("", None, storage.named_by(*_resources(endpoint)))
    for service in all_services(workspace):
        yield _Item("", None, storage.named_by(*_assets(service)))


def _assets(service: Any) -> Iterator[Any]:
    """Give the places of a New web service's assets, as endpoint objects."""
    for asset in (get(get(service, "properties"), "assets") or {}).values():
        yield {"BaseUri": "", "Location": text(get(asset, "locationInfo"), "uri")}


def locations(item: Any) -> Iterator[Any]:
    """Give the endpoint objects of a dataset, a model or a transform."""
    for place in ("DownloadLocation", "VisualizeEndPoint", "SchemaEndPoint"):
        yield get(item, place)


def _resources(endpoint: Any) -> Iterator[Any]:
    for resource in get(endpoint, "Resources") or ():
        where = get(resource, "Location")
        yield {"BaseUri": text(where, "BaseLocation"), "Location": text(where, "RelativeLocation")}
