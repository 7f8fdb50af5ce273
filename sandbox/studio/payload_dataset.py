"""How the service writes a dataset, and the blobs behind it."""

import json
from typing import Any

from sandbox.studio.content import Content, text
from sandbox.studio.identifiers import date, hex_id, ticks
from sandbox.studio.model import DatasetFamily, DatasetVersion
from sandbox.studio.payload_endpoint import blob_endpoint, foreign_endpoint, shared_endpoint

SUFFIXES = {
    "GenericCSV": ".csv",
    "GenericCSVNoHeader": ".nh.csv",
    "GenericTSV": ".tsv",
    "GenericTSVNoHeader": ".nh.tsv",
    "PlainText": ".txt",
    "Zip": ".zip",
    "ARFF": ".arff",
    "SvmLight": ".svmlight",
    "RData": ".rdata",
    "Dataset": ".dataset",
}
_DESCRIBED = {"GenericCSV": ",", "GenericTSV": "\t"}


def dataset_payload(
    url: str, account: str, family: DatasetFamily, version: DatasetVersion
) -> dict[str, Any]:
    """Give a dataset as the list and GET `datasources/{id}` do, with holes for its links.

    The schema and the visualization exist for the types that Studio described on upload; the
    other types say `NotSupported` and have neither.
    """
    dataset_id = family.id_of(version)
    stem = _stem(dataset_id)
    visualize = schema = None
    if version.data_type in _DESCRIBED:
        path = f"/{account}/{stem}_visualization.json"
        visualize = shared_endpoint(url, family.workspace_id, path, -1)
        size = _schema(version).size
        schema = blob_endpoint(url, account, f"{stem}_schema.json", size)
    location, size = stem + SUFFIXES[version.data_type], version.content.size
    download = blob_endpoint(url, account, location, size)
    if version.download_location is not None:
        download = foreign_endpoint(*version.download_location, size)
    return {
        "VisualizeEndPoint": visualize,
        "SchemaEndPoint": schema,
        "SchemaStatus": "Complete" if schema else "NotSupported",
        "Id": dataset_id,
        "DataTypeId": version.data_type,
        "Name": version.name,
        "Description": version.description,
        "FamilyId": family.family_id,
        "ResourceUploadId": _upload_id(dataset_id, version),
        "SourceOrigin": version.source_origin,
        "Size": version.content.size,
        "CreatedDate": date(version.created),
        "CreatedDateTicks": ticks(version.created),
        "Owner": version.owner,
        "ExperimentId": version.experiment_id,
        "ClientVersion": None,
        "PromotedFrom": version.promoted_from,
        "UploadedFromFilename": version.uploaded_from,
        "ServiceVersion": 0,
        "IsLatest": version is family.versions[-1],
        "Category": version.category,
        "DownloadLocation": download,
        "IsDeprecated": False,
        "Culture": "default",
        "Batch": version.batch,
    }


def dataset_blobs(
    account: str, family: DatasetFamily, version: DatasetVersion
) -> dict[str, Content]:
    """Give the blobs that the payload links to, by path."""
    stem = f"/{account}/{_stem(family.id_of(version))}"
    blobs: dict[str, Content] = {}
    if version.download_location is None:
        blobs[stem + SUFFIXES[version.data_type]] = version.content
    if version.data_type in _DESCRIBED:
        blobs[f"{stem}_schema.json"] = blobs[f"{stem}_visualization.json"] = _schema(version)
    return blobs


def _stem(dataset_id: str) -> str:
    return f"uploadedresources/{hex_id(dataset_id, 'blob')}"


def _upload_id(dataset_id: str, version: DatasetVersion) -> str | None:
    if version.source_origin == "FromOutputPromotion":
        return None
    return hex_id(dataset_id, "upload")


def _schema(version: DatasetVersion) -> Content:
    first = next(version.content.read(0, 4096), b"").split(b"\n", 1)[0]
    columns = first.decode(errors="replace").strip().split(_DESCRIBED[version.data_type])
    return text(json.dumps({"columns": [c for c in columns if c]}, ensure_ascii=False))
