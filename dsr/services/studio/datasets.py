"""Datasets of Studio (classic): every version is an asset, with its bytes.

A delete takes a family with all its versions (public clients azuremlps and AzureML for R).
"""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.asset_kind import Eraser, listed_whole
from dsr.services.fields import get, named, number, state_of, text
from dsr.services.studio.client import not_own
from dsr.services.studio.experiments import output_blobs
from dsr.services.studio.graphs import used_by
from dsr.services.studio.location import endpoint_url
from dsr.services.studio.promotions import PROMOTED, linked, locations
from dsr.services.studio.workspace import StudioWorkspace
from dsr.usecases.connector import Asked, Content, Document, File, Leftover, Missing

_KIND: Final = Kind("dataset", batch=128)
_STATE: Final = (
    "Id",
    "Name",
    "Description",
    "Owner",
    "FamilyId",
    "Size",
    "CreatedDate",
    "CreatedDateTicks",
    "DataTypeId",
    "SourceOrigin",
    "UploadedFromFilename",
    "ResourceUploadId",
    "ExperimentId",
    "PromotedFrom",
    "Category",
    "Batch",
)
"""What stays as it is unless somebody changes this version: no link, nothing of its family."""

_EXTENSIONS: Final = {
    "genericcsv": ".csv",
    "genericcsvnoheader": ".csv",
    "generictsv": ".tsv",
    "generictsvnoheader": ".tsv",
    "arff": ".arff",
    "zip": ".zip",
    "rdata": ".rdata",
    "plaintext": ".txt",
    "svmlight": ".svmlight",
    "dataset": ".dataset",
}


def assets(workspace: StudioWorkspace) -> Iterator[Asset]:
    """List every version of every dataset, Microsoft's samples included."""
    for item in workspace.studio.many("datasources", "list datasets"):
        asset = _to_asset(item, workspace)
        url = None if asset.builtin else endpoint_url(get(item, "DownloadLocation"))
        if url is not None:
            workspace.locations.put(asset.id, url)
        yield asset


def _to_asset(item: Any, workspace: StudioWorkspace) -> Asset:
    """Read one entry of the list; an entry that can't be read has the id ""."""
    asset_id = text(item, "Id")
    name = text(item, "Name") or text(item, "UploadedFromFilename") or asset_id
    stem, dot, ending = name.rpartition(".")
    if dot and ending.isalnum() and len(ending) <= 10:
        extension = dot + ending
    else:
        stem, extension = name, _EXTENSIONS.get(text(item, "DataTypeId").lower(), "")
    if get(item, "IsLatest") is False:
        extension = f" (version {_version(asset_id)}){extension}"
    unit, disputed = _family(asset_id, item)
    if not workspace.is_own(asset_id):  # an odd id, yet perhaps a version of one of our families
        unit, disputed = "", (unit, *disputed) if unit else disputed
    return Asset(
        kind=_KIND.name,
        id=asset_id,
        name=name,
        file_name=stem + extension,
        owners=named(item, "Owner"),
        texts=named(item, "Name", "Description", "UploadedFromFilename"),
        size=number(get(item, "DownloadLocation"), "Size") or number(item, "Size"),
        builtin=workspace.is_builtin(asset_id),
        listed=item,
        unit=unit,
        state=state_of(item, *_STATE),
        disputed=disputed,
    )


def _family(asset_id: str, item: Any) -> tuple[str, tuple[str, ...]]:
    """Give the family that a version goes with; or "" and those that it may be of.

    Its id and its entry may disagree. Without a family a delete is refused, since no version's
    id is a family's. Capitals do not count.
    """
    told = text(item, "FamilyId").lower()
    parts = asset_id.split(".")
    within = parts[1].lower() if len(parts) > 2 else ""
    if told in (within, ""):
        return within, ()
    return "", tuple(family for family in (within, told) if family)


def _version(asset_id: str) -> str:
    """Give the batch number at the end of `{workspace}.{family}.v1-default-{batch}`."""
    return asset_id.rsplit("-", 1)[-1]


def read(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the metadata of one version, then its bytes."""

    def fetch() -> dict[str, Any]:
        return workspace.studio.one(f"datasources/{asset_id}", "read dataset")

    payload = fetch() if listed is None else listed
    yield Document("", payload)
    if not include_data:
        return
    # what the plan kept has no credential
    recent = workspace.locations.take(asset_id)
    if recent is None:
        fresh = payload if listed is None else fetch()
        recent = endpoint_url(get(fresh, "DownloadLocation"))
    if recent is None:
        yield Missing(
            "",
            "the service names no place to download it from",
            (
                "Open the workspace in Studio (classic) and go to Datasets.",
                "Open the dataset's menu and choose Download; for an internal type, add a"
                " Convert to CSV module to an experiment first and download its output.",
            ),
        )
        return

    def locate() -> str | None:
        return endpoint_url(get(fetch(), "DownloadLocation"))

    yield Content("", workspace.source(locate, "download dataset", recent))


def delete(workspace: StudioWorkspace, family_id: str) -> Asked:
    """Delete a family with all its versions."""
    what = "delete dataset family"
    if not workspace.may_be_own(family_id):
        raise not_own(what)
    return Asked(workspace.studio.delete(("datasources", "family", family_id), what))


def is_there(workspace: StudioWorkspace, asset_id: str) -> bool:
    """Tell whether one version is there."""
    return workspace.studio.is_there(("datasources", asset_id), "read dataset")


def left_behind(workspace: StudioWorkspace, asset_id: str) -> tuple[Leftover, ...]:
    """Give the blobs that one version's own locations name, and nothing else leads to.

    The output that it was promoted from is its experiment's, for as long as that is there.
    """
    if workspace.storage is None:
        return ()
    payload = workspace.studio.named(("datasources", asset_id), "read dataset")
    kept = set(linked(workspace, besides=text(payload, "FamilyId")).blobs)
    found = PROMOTED.fullmatch(text(payload, "PromotedFrom"))
    if found is not None and workspace.is_own(found["experiment"]):
        kept.update(output_blobs(workspace, found["experiment"]))
    named_here = workspace.storage.named_by(*locations(payload))
    return tuple(blob for blob in named_here if blob not in kept)


KIND: Final = listed_whole(
    _KIND, assets, read, Eraser(4, delete, is_there, left_behind), used_by("DataSourceId")
)
