"""A workspace of Azure Machine Learning over scripted answers and blobs in memory."""

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from dsr.model.target import WorkspaceTarget
from dsr.services.arm import Arm
from dsr.services.azureml.connector import AzureMlConnector
from dsr.services.azureml.workspace import Account
from dsr.services.blob_files import BlobFile, BlobFiles
from dsr.services.entra import EntraToken
from dsr.services.hosts import OneOrigin
from dsr.services.http import Http
from dsr.services.workspace_storage import WorkspaceStorage
from tests.fakes.studio import told
from tests.fakes.wire import Answer, Routed

ARM = "https://management.azure.com"
PLANE = "https://westeurope.api.azureml.ms"
WORKSPACE = (
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-mlprod"
    "/providers/Microsoft.MachineLearningServices/workspaces/ws-forecast"
)
GUID = "abababab-1111-4222-8333-cdcdcdcdcdcd"
BLOBSTORE = f"azureml-blobstore-{GUID}"
NORA = "c0ffee00-1111-4222-8333-444455556666"
OMAR = "c0ffee00-1111-4222-8333-777788889999"
TARGET = WorkspaceTarget(
    "forecast", "azureml", "azureml", "ws-forecast", "", "", "", "", arm_id=WORKSPACE
)
_PAYLOADS = Path(__file__).parents[1] / "unit" / "azureml_payloads"


def payload(name: str) -> Any:
    """One of the hand-made answers that have the shape of recorded ones."""
    return json.loads((_PAYLOADS / f"{name}.json").read_text("utf-8"))


def page(*items: Any, following: str = "") -> dict[str, Any]:
    """A page of an ARM list."""
    return {"value": list(items)} | ({"nextLink": following} if following else {})


def arm(path: str, query: str = "") -> str:
    """The URL of a resource of the workspace; `path` "" is the workspace itself."""
    below = f"{WORKSPACE}/{path}" if path else WORKSPACE
    return f"{ARM}{quote(below)}?api-version=2025-12-01" + (f"&{query}" if query else "")


def every(path: str) -> str:
    """The URL of a list that shows what is archived as well."""
    return arm(path, "listViewType=All")


def plane(service: str, path: str, query: str = "") -> str:
    """The URL of an object of the data plane."""
    return f"{PLANE}/{service}{WORKSPACE}/{path}" + (f"?{query}" if query else "")


def user(object_id: str, name: str = "") -> dict[str, Any]:
    """A person as the data plane tells one; `upn` is null in all recorded answers."""
    return {"userObjectId": object_id, "userName": name, "upn": None}


class Files:
    """Blobs in memory, by container and name."""

    def __init__(self, blobs: Mapping[str, Mapping[str, bytes]], fails: Any = None) -> None:
        self.endpoint = "https://stforecast01.blob.core.windows.net"
        self.asked: list[tuple[str, str]] = []
        self._blobs = blobs
        self._fails = fails

    def list(self, container: str, prefix: str, what: str) -> Iterator[BlobFile]:
        self.asked.append((container, prefix))
        if self._fails is not None:
            raise self._fails
        for name, data in sorted(self._blobs.get(container, {}).items()):
            if name.startswith(prefix):
                yield BlobFile(name, len(data))

    def held(self, container: str) -> Mapping[str, bytes]:
        """The blobs of a container."""
        return self._blobs.get(container, {})

    def names(self, container: str, prefix: str, what: str) -> Iterator[str]:
        return (blob.name for blob in self.list(container, prefix, what))

    def url(self, container: str, name: str, what: str) -> str:
        return f"{self.endpoint}/{container}/{name}?sig=own"

    def source(self, container: str, name: str, what: str) -> "_Source":
        return _Source(self._blobs[container][name])


class _Source:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self, offset: int = 0, etag: str | None = None) -> Any:
        stream = io.BytesIO(self._data[offset:])
        stream.length = len(self._data) - offset  # type: ignore[attr-defined]
        stream.etag = "1"  # type: ignore[attr-defined]
        return stream


class _Credential:
    def get_token(self, scope: str) -> Any:
        return type("Token", (), {"token": "a-token"})()


def forecast(
    routes: dict[str, list[Answer]],
    files: Files | None = None,
    limits: dict[str, int] | None = None,
    storage: Any = None,
) -> tuple[AzureMlConnector, Routed]:
    """The workspace `forecast`, and the wire that notes its calls. Routes are added to its own."""
    wire = Routed(
        {
            arm(""): [told(payload("workspace"))],
            f"{PLANE}/discovery": [told({"api": PLANE})],
            **{
                arm(f"datastores/{store['name']}"): [told(store)]
                for store in payload("datastores")["value"]
            },
            **routes,
        }
    )
    token = EntraToken(ARM, cast(Any, _Credential))
    azure = Arm(ARM, token, Http(OneOrigin(ARM), lambda: wire, lambda _: None))
    account = (
        None if files is None else Account(cast(WorkspaceStorage, storage), cast(BlobFiles, files))
    )
    connector = AzureMlConnector(
        TARGET,
        azure,
        "2025-12-01",
        token,
        lambda name: account,
        limits,
        lambda allowed: Http(allowed, lambda: wire, lambda _: None),
    )
    return connector, wire
