"""Datasets of Studio (classic): every version is an asset, with its bytes."""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.studio.fields import get, named, number, text
from dsr.services.studio.location import endpoint_url
from dsr.services.studio.workspace import StudioWorkspace, listed_whole
from dsr.usecases.connector import Content, Document, File, Missing

_KIND: Final = Kind("dataset", batch=128)

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
    )


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


KIND: Final = listed_whole(_KIND, assets, read)
