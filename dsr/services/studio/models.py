"""Trained models and transforms of Studio (classic), and their bytes by whatever leads to them.

Lists name no place for most of them: their bytes are the output of the node that made them, or,
for a model, a resource of a web service's endpoint.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from dsr.errors import Absent
from dsr.model.asset import Asset, Kind
from dsr.services.asset_kind import listed_whole
from dsr.services.fields import get, named, number, text
from dsr.services.located import LocatedSource
from dsr.services.studio.experiments import node_output
from dsr.services.studio.graphs import used_by
from dsr.services.studio.location import endpoint_url, resource_url
from dsr.services.studio.promotions import PROMOTED
from dsr.services.studio.web_services import all_endpoints
from dsr.services.studio.workspace import StudioKind, StudioList, StudioWorkspace
from dsr.usecases.connector import Content, Document, File, Missing

_Fallback = Callable[[StudioWorkspace, Any], LocatedSource | None]


def _promoted(
    kind: Kind, path: str, extension: str, where: str, field: str, fallback: _Fallback | None
) -> StudioKind:
    """Give a kind that is promoted from run outputs and listed at `path`."""
    called = kind.name.replace("_", " ")
    listing = StudioList(path, f"list {called}s", "Id")

    def assets(workspace: StudioWorkspace) -> Iterator[Asset]:
        for item in listing.items(workspace):
            asset_id = text(item, listing.id_field)
            name = text(item, "Name") or asset_id
            yield Asset(
                kind.name,
                asset_id,
                name,
                name + extension,
                owners=named(item, "Owner"),
                texts=named(item, "Name", "Description"),
                size=number(item, "Size") or None,
                builtin=workspace.is_builtin(asset_id),
                listed=item,
            )

    def read(
        workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
    ) -> Iterator[File]:
        payload = listed or listing.entry(workspace, asset_id)
        yield Document("", payload)
        if not include_data:
            return
        source = (
            _by_location(workspace, listing, asset_id, payload)
            or _by_node(workspace, payload)
            or (fallback(workspace, payload) if fallback else None)
        )
        if source is not None:
            yield Content("", source)
            return
        yield Missing(
            "",
            f"no API leads to the bytes of this {called}: the run that made it"
            " is gone" + (", and no web service uses it" if fallback else ""),
            (
                f"Open the workspace in Studio (classic) and go to {where}.",
                "Open it in an experiment that uses it, run that experiment, and download the"
                " output of the module that it feeds; or note that it can't be exported.",
            ),
        )

    return listed_whole(kind, assets, read, uses=used_by(field))


def _by_location(
    workspace: StudioWorkspace, listing: StudioList, asset_id: str, payload: Any
) -> LocatedSource | None:
    if endpoint_url(get(payload, "DownloadLocation")) is None:
        return None

    def locate() -> str | None:
        # what the plan kept has no credential
        return endpoint_url(get(listing.entry(workspace, asset_id), "DownloadLocation"))

    return workspace.source(locate, "download model")


def _by_node(workspace: StudioWorkspace, payload: Any) -> LocatedSource | None:
    found = PROMOTED.fullmatch(text(payload, "PromotedFrom"))
    if found is None or not workspace.is_own(found["experiment"]):
        return None
    try:
        return node_output(workspace, found["experiment"], found["node"], found["port"])
    except Absent:
        return None


def _by_endpoint(workspace: StudioWorkspace, payload: Any) -> LocatedSource | None:
    """Find the model among the resources of all endpoints; two that differ are no answer."""
    wanted = f"{text(payload, 'Name')} [trained model]"

    def urls() -> list[str]:
        resources = (
            resource
            for _, endpoint in all_endpoints(workspace)
            for resource in get(endpoint, "Resources") or ()
            if text(resource, "Kind") == "TrainedModel" and text(resource, "Name") == wanted
        )
        by_place = {
            text(get(r, "Location"), "BaseLocation")
            + text(get(r, "Location"), "RelativeLocation"): r
            for r in resources
        }
        found = (resource_url(r) for r in by_place.values())
        return [url for url in found if url is not None]

    found = urls()
    if len(found) != 1:
        return None
    return workspace.source(lambda: next(iter(urls()), None), "download model", found[0])


TRAINED_MODELS: Final = _promoted(
    Kind("trained_model", batch=32),
    "trainedmodels",
    ".ilearner",
    "Trained Models",
    "TrainedModelId",
    _by_endpoint,
)
TRANSFORMS: Final = _promoted(
    Kind("transform", batch=32), "transformmodules", "", "Transforms", "TransformModuleId", None
)
