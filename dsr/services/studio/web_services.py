"""Classic web services of Studio (classic) and their endpoints, by the management API.

Source of deletes: public clients azuremlps and AzureML for R, and the article on endpoints: the
default endpoint can't be deleted while there are others.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from dsr.errors import Absent, Blocked, Unavailable, Unusable
from dsr.model.asset import Asset, Kind
from dsr.services.asset_kind import Eraser, listed_whole
from dsr.services.fields import get, named, state_of, text
from dsr.services.studio.client import not_own
from dsr.services.studio.location import resource_url
from dsr.services.studio.own_storage import DIAGNOSTICS
from dsr.services.studio.workspace import StudioWorkspace
from dsr.usecases.connector import Asked, Content, Document, File, Leftover, Missing

_SERVICE: Final = Kind("web_service", batch=128, takes_users=True)
_ENDPOINT: Final = Kind("endpoint", batch=32, folder=True)
_ENDPOINT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LIST: Final = "list endpoints"
_HELP: Final = re.compile(r"/endpoints/([0-9a-f]{32})/?$")
_SERVICE_STATE: Final = ("Id", "Name", "Description", "CreationTime", "WorkspaceId")
_ENDPOINT_STATE: Final = (
    "Name",
    "Description",
    "CreationTime",
    "WebServiceId",
    "WorkspaceId",
    "Version",
    "PreventUpdate",
    "SampleDataEnabled",
    "MaxConcurrentCalls",
    "DiagnosticsTraceLevel",
    "ThrottleLevel",
)
"""No key, no link, and nothing that deleting another endpoint changes."""


def services(workspace: StudioWorkspace) -> Iterator[Asset]:
    """List classic web services; none of their fields names an owner."""
    for item in workspace.management.many("webservices", "list web services"):
        asset_id = text(item, "Id")
        name = text(item, "Name") or asset_id
        texts = named(item, "Name", "Description")
        state = state_of(item, *_SERVICE_STATE)
        yield Asset(_SERVICE.name, asset_id, name, name, texts=texts, listed=item, state=state)


def read_service(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the service's entry; its endpoints are assets of their own."""
    payload = listed or workspace.management.one(f"webservices/{asset_id}", "read web service")
    yield Document("", payload)


def all_endpoints(workspace: StudioWorkspace) -> Iterator[tuple[Any, Any]]:
    """Give every endpoint of every classic web service, each with its service's entry.

    A service that was deleted just now may still be in the list; it has no endpoints.
    """
    for service in workspace.management.many("webservices", "list web services"):
        names = "webservices", text(service, "Id")
        try:
            for endpoint in workspace.management.many("/".join((*names, "endpoints")), _LIST):
                yield service, endpoint
        except Absent:
            if workspace.management.is_there(names, "read web service"):
                raise Unavailable(f"{_LIST} says 404, though the service is there") from None


def endpoints(workspace: StudioWorkspace) -> Iterator[Asset]:
    """List endpoints; an id is the service's and the endpoint's name with a slash between."""
    for service, endpoint in all_endpoints(workspace):
        name = f"{text(service, 'Name') or text(service, 'Id')} {text(endpoint, 'Name')}"
        yield Asset(
            _ENDPOINT.name,
            f"{text(service, 'Id')}/{text(endpoint, 'Name')}",
            name,
            name,
            texts=named(endpoint, "Name", "Description"),
            listed=endpoint,
            state=state_of(endpoint, *_ENDPOINT_STATE, more=_resources(endpoint)),
        )


def _resources(endpoint: Any) -> list[tuple[str, ...]]:
    """Give what an endpoint scores with, without the links."""
    found = get(endpoint, "Resources")
    return [
        (text(r, "Name"), text(r, "Kind"), text(get(r, "Location"), "RelativeLocation"))
        for r in (found if isinstance(found, list) else ())
    ]


def read_endpoint(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the endpoint's entry, without its keys, and the bytes of its resources."""
    service, _, name = asset_id.partition("/")
    path = f"webservices/{service}/endpoints/{name}"

    def fetch() -> dict[str, Any]:
        return workspace.management.one(path, "read endpoint")

    payload = fetch() if listed is None else listed
    yield Document("endpoint.json", payload)
    if not include_data or not get(payload, "Resources"):
        return
    fresh = payload if listed is None else fetch()  # what the plan kept has no credential
    for place, resource in enumerate(get(fresh, "Resources") or ()):
        url = resource_url(resource)
        label = text(resource, "Name") or f"resource {place + 1}"
        if url is None:
            yield Missing(label, "a resource of the endpoint has no location", _STEPS)
            continue

        def locate(place: int = place) -> str | None:
            fresh = get(fetch(), "Resources") or ()
            return resource_url(fresh[place]) if place < len(fresh) else None

        ending = ".ilearner" if text(resource, "Kind") == "TrainedModel" else ""
        yield Content(label + ending, workspace.source(locate, "download resource", url))


_STEPS: Final = (
    "Open the web services portal of Studio (classic) and the endpoint's page.",
    "Download the model of its predictive experiment from Studio (classic), where it is kept.",
)


def endpoints_by_service(workspace: StudioWorkspace) -> dict[str, tuple[str, ...]]:
    """Give the endpoints of each service, which go with it."""
    found: dict[str, list[str]] = {}
    for service, endpoint in all_endpoints(workspace):
        service_id = text(service, "Id")
        user = f"{_ENDPOINT.name}:{service_id}/{text(endpoint, 'Name')}"
        found.setdefault(service_id, []).append(user)
    return {service_id: tuple(users) for service_id, users in found.items()}


def delete_service(workspace: StudioWorkspace, service_id: str) -> Asked:
    """Delete a service with what endpoints it has left."""
    what = "delete web service"
    if not workspace.may_be_own(service_id):
        raise not_own(what)
    return Asked(workspace.management.delete(("webservices", service_id), what))


def service_is_there(workspace: StudioWorkspace, service_id: str) -> bool:
    """Tell whether a service is there."""
    return workspace.management.is_there(("webservices", service_id), "read web service")


def service_leftovers(workspace: StudioWorkspace, service_id: str) -> tuple[Leftover, ...]:
    """Give the logs of all endpoints: their names begin with workspace and service."""
    if not workspace.may_be_own(service_id):
        raise not_own("read web service")
    return (Leftover(DIAGNOSTICS, f"{workspace.id}-{service_id}-", prefix=True),)


def _place(workspace: StudioWorkspace, asset_id: str, what: str) -> tuple[str, str, str, str]:
    service_id, _, name = asset_id.partition("/")
    if not workspace.may_be_own(service_id) or not _ENDPOINT_NAME.fullmatch(name):
        raise not_own(what)
    return "webservices", service_id, "endpoints", name


def delete_endpoint(workspace: StudioWorkspace, asset_id: str) -> Asked:
    """Delete an endpoint; Blocked where it is the default one and others are there."""
    what = "delete endpoint"
    place = _place(workspace, asset_id, what)
    service = workspace.management.named(place[:2], "read web service")
    if text(service, "DefaultEndpointName") not in ("", place[3]):
        return Asked(workspace.management.delete(place, what))
    _block_default(workspace, place)
    try:
        return Asked(workspace.management.delete(place, what))
    except Unusable:
        _block_default(workspace, place)
        raise


def _block_default(workspace: StudioWorkspace, place: tuple[str, str, str, str]) -> None:
    """Raise Blocked where a service has other endpoints; a list may show some that are gone."""
    path = "/".join(place[:3])
    listed = [text(e, "Name") for e in workspace.management.many(path, "list endpoints")]
    for name in listed:
        if name != place[3] and endpoint_is_there(workspace, f"{place[1]}/{name}"):
            raise Blocked("the default endpoint can't be deleted while its service has others")


def endpoint_is_there(workspace: StudioWorkspace, asset_id: str) -> bool:
    """Tell whether an endpoint is there."""
    what = "read endpoint"
    return workspace.management.is_there(_place(workspace, asset_id, what), what)


def endpoint_leftovers(workspace: StudioWorkspace, asset_id: str) -> tuple[Leftover, ...]:
    """Give the logs of one endpoint, whose id only its help page's address tells.

    Where that tells none, nothing: the other endpoints of the service have logs beside.
    """
    what = "read endpoint"
    place = _place(workspace, asset_id, what)
    endpoint = workspace.management.named(place, what)
    found = _HELP.search(text(endpoint, "HelpLocation"))
    if found is None:
        return ()
    return (Leftover(DIAGNOSTICS, f"{workspace.id}-{place[1]}-{found[1]}/", prefix=True),)


SERVICES: Final = listed_whole(
    _SERVICE,
    services,
    read_service,
    Eraser(1, delete_service, service_is_there, service_leftovers),
    endpoints_by_service,
)
ENDPOINTS: Final = listed_whole(
    _ENDPOINT,
    endpoints,
    read_endpoint,
    Eraser(0, delete_endpoint, endpoint_is_there, endpoint_leftovers),
)
