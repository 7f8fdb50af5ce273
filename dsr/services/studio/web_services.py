"""Classic web services of Studio (classic) and their endpoints, by the management API."""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.studio.fields import get, named, text
from dsr.services.studio.location import resource_url
from dsr.services.studio.workspace import StudioWorkspace, listed_whole
from dsr.usecases.connector import Content, Document, File, Missing

_SERVICE: Final = Kind("web_service", batch=128)
_ENDPOINT: Final = Kind("endpoint", batch=32, folder=True)


def services(workspace: StudioWorkspace) -> Iterator[Asset]:
    """List classic web services; none of their fields names an owner."""
    for item in workspace.management.many("webservices", "list web services"):
        asset_id = text(item, "Id")
        name = text(item, "Name") or asset_id
        texts = named(item, "Name", "Description")
        yield Asset(_SERVICE.name, asset_id, name, name, texts=texts, listed=item)


def read_service(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the service's entry; its endpoints are assets of their own."""
    payload = listed or workspace.management.one(f"webservices/{asset_id}", "read web service")
    yield Document("", payload)


def all_endpoints(workspace: StudioWorkspace) -> Iterator[tuple[Any, Any]]:
    """Give every endpoint of every classic web service, each with its service's entry."""
    for service in workspace.management.many("webservices", "list web services"):
        path = f"webservices/{text(service, 'Id')}/endpoints"
        for endpoint in workspace.management.many(path, "list endpoints"):
            yield service, endpoint


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
        )


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

SERVICES: Final = listed_whole(_SERVICE, services, read_service)
ENDPOINTS: Final = listed_whole(_ENDPOINT, endpoints, read_endpoint)
