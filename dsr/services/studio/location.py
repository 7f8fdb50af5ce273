"""Where the bytes of Studio (classic) assets are: endpoint objects and web-service resources."""

from typing import Any

from dsr.services.fields import get, text


def has_location(endpoint: Any) -> bool:
    """Tell whether an endpoint object leads anywhere."""
    return bool(text(endpoint, "BaseUri") and get(endpoint, "Location"))


def endpoint_url(endpoint: Any) -> str | None:
    """Give the URL of an endpoint object, None where it leads nowhere.

    It is a plain concatenation of its three parts, as every public client does it.
    """
    if not has_location(endpoint):
        return None
    return (
        text(endpoint, "BaseUri") + text(endpoint, "Location") + text(endpoint, "AccessCredential")
    )


def resource_url(resource: Any) -> str | None:
    """Give the URL of a web service's resource, None where it leads nowhere."""
    where = get(resource, "Location")
    if not (text(where, "BaseLocation") and text(where, "RelativeLocation")):
        return None
    return (
        text(where, "BaseLocation") + text(where, "RelativeLocation") + text(where, "SasBlobToken")
    )
