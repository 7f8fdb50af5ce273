"""New web services of a standard workspace, over ARM.

Source: ARM specification of `Microsoft.MachineLearning`, webServices 2017-01-01. A delete takes
time, is answered with 202 also where there is nothing, and is followed by `Azure-AsyncOperation`.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from dsr.errors import Absent
from dsr.model.asset import Asset, Kind
from dsr.services.arm import ArmWorkspace
from dsr.services.asset_kind import Eraser
from dsr.services.fields import get, named, state_of, tag_texts, text, texts_within
from dsr.services.studio.client import not_own
from dsr.services.studio.workspace import StudioKind, StudioWorkspace
from dsr.usecases.connector import Asked, Document, File, Missing

VERSION: Final = "2017-01-01"
_KIND: Final = Kind("new_web_service", batch=64)
_STATE: Final = (
    "title",
    "description",
    "createdOn",
    "modifiedOn",
    "exampleRequest",
    "machineLearningWorkspace",
    "packageType",
    "payloadsInBlobStorage",
)


class _Page:
    """One page of the subscription's list; entries are sparse, so each is read by itself."""

    def __init__(self, workspace: StudioWorkspace, cursor: str | None) -> None:
        self._workspace = workspace
        self._cursor = cursor
        self.next: str | None = None

    def __iter__(self) -> Iterator[Asset]:
        if self._workspace.resource is None:
            return
        path = f"{self._workspace.resource.subscription_provider}/webServices"
        items, self.next = self._workspace.arm.page(
            path, VERSION, self._cursor, "list New web services"
        )
        for full in _own(self._workspace, self._workspace.resource, items):
            yield _asset(full)


def all_services(workspace: StudioWorkspace) -> Iterator[dict[str, Any]]:
    """Give every New web service of the workspace, as ARM gives it alone."""
    if workspace.resource is None:
        return
    path = f"{workspace.resource.subscription_provider}/webServices"
    listed = workspace.arm.all(path, VERSION, "list New web services")
    yield from _own(workspace, workspace.resource, listed)


def _own(
    workspace: StudioWorkspace, resource: ArmWorkspace, listed: Iterable[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Read each of a list's services alone; give those of the workspace."""
    for item in listed:
        full = full_service(workspace, text(item, "id"))
        if full is not None and belongs(workspace, resource, full):
            yield full


def full_service(workspace: StudioWorkspace, resource_id: str) -> dict[str, Any] | None:
    """GET one service; None where it is gone."""
    try:
        return workspace.arm.get(resource_id, VERSION, "read New web service")
    except Absent:
        return None


def belongs(workspace: StudioWorkspace, resource: ArmWorkspace, service: dict[str, Any]) -> bool:
    """Tell whether a service is the workspace's, by `machineLearningWorkspace.id`.

    A service that names no workspace counts where it is in the workspace's resource group.
    """
    named_id = text(get(get(service, "properties"), "machineLearningWorkspace"), "id")
    if not named_id:
        return resource.shares_group(text(service, "id"))
    plain = named_id.replace("-", "").lower()
    return plain == workspace.id or named_id.lower() == resource.id.lower()


def _asset(service: dict[str, Any]) -> Asset:
    resource_id = text(service, "id")
    properties = get(service, "properties")
    name = text(properties, "title") or text(service, "name") or resource_id
    return Asset(
        _KIND.name,
        resource_id,
        name,
        text(service, "name") or name,
        texts=(
            *named(service, "name"),
            *named(properties, "title", "description"),
            *tag_texts(service),
            *texts_within(properties, "exampleRequest"),
        ),
        listed=service,
        state=state_of(properties, *_STATE, more=[resource_id, name, get(service, "tags")]),
    )


def read(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the service as ARM gives it, which is without the key of its storage account."""
    service = listed or workspace.arm.get(asset_id, VERSION, "read New web service")
    yield Document("", service)
    if include_data:
        yield from _unreachable(get(service, "properties"))


def _unreachable(properties: Any) -> Iterator[File]:
    """Tell what lies in blobs of the service's storage account, whose key no call gives."""
    account = text(get(properties, "storageAccount"), "name")
    where = (
        f"In the Azure portal, open the storage account {account or 'of the service'} as somebody"
        " who may read its blobs."
    )
    if get(properties, "payloadsInBlobStorage") is True:
        yield Missing(
            "",
            "the service's definition lies in a blob of its storage account, whose key its API"
            " does not give",
            (
                where,
                "Download the blob that the metadata name as payloadsLocation: it holds package,"
                " assets, inputs, outputs, parameters and the example request.",
            ),
        )
    if any(_is_blob(asset) for asset in (get(properties, "assets") or {}).values()):
        yield Missing(
            "",
            "the service's assets lie in blobs of its storage account, whose key its API does not"
            " give",
            (where, "Download the blobs that the metadata name as locationInfo of each asset."),
        )


def _is_blob(asset: Any) -> bool:
    """Tell whether an asset is bytes; one at `aml://…` is a module that the service refers to."""
    return text(get(asset, "locationInfo"), "uri").lower().startswith(("https:", "http:"))


def delete(workspace: StudioWorkspace, service_id: str) -> Asked:
    """Begin to delete a service of the workspace; Absent where it is gone already."""
    what = "delete New web service"
    resource = _resource(workspace, service_id, what)
    service = workspace.arm.get(service_id, VERSION, "read New web service")
    if not belongs(workspace, resource, service):
        raise not_own(what)
    return Asked(*workspace.arm.delete(service_id, VERSION, what))


def is_there(workspace: StudioWorkspace, service_id: str) -> bool:
    """Tell whether a service is there."""
    _resource(workspace, service_id, "read New web service")
    return full_service(workspace, service_id) is not None


def _resource(workspace: StudioWorkspace, service_id: str, what: str) -> ArmWorkspace:
    if workspace.resource is None or not workspace.resource.holds(service_id, "webServices"):
        raise not_own(what)
    return workspace.resource


KIND: Final = StudioKind(_KIND, _Page, read, Eraser(1, delete, is_there))
