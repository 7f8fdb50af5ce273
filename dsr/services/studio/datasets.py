"""Datasets of Studio (classic): every version is an asset, with its bytes."""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.studio.client import StudioClient, has_location
from dsr.services.studio.fields import get, named, number, text
from dsr.usecases.connector import Content, Document, File, Missing

KIND: Final = Kind("dataset", batch=64)

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


def assets(client: StudioClient, workspace_id: str) -> Iterator[Asset]:
    """List every version of every dataset, Microsoft's samples included."""
    for item in client.many("datasources", "list datasets"):
        yield to_asset(item, workspace_id)


def to_asset(item: Any, workspace_id: str) -> Asset:
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
        kind=KIND.name,
        id=asset_id,
        name=name,
        file_name=stem + extension,
        owners=named(item, "Owner"),
        texts=named(item, "Name", "Description", "UploadedFromFilename"),
        size=number(get(item, "DownloadLocation"), "Size") or number(item, "Size"),
        builtin=not asset_id.startswith(workspace_id + ".") and bool(asset_id),
    )


def _version(asset_id: str) -> str:
    """Give the batch number at the end of `{workspace}.{family}.v1-default-{batch}`."""
    return asset_id.rsplit("-", 1)[-1]


def read(client: StudioClient, asset_id: str, include_data: bool) -> Iterator[File]:
    """Give the metadata of one version, then its bytes."""

    def fetch() -> dict[str, Any]:
        return client.one(f"datasources/{asset_id}", "read dataset")

    payload = fetch()
    yield Document("", payload)
    if not include_data:
        return
    location = get(payload, "DownloadLocation")
    if not has_location(location):
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
    known = [location]

    def locate() -> Any:
        # the location just read is good for the first try; later ones need a fresh SAS
        return known.pop() if known else get(fetch(), "DownloadLocation")

    yield Content("", client.source(locate, "download dataset"))
