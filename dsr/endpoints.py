"""Whether an address in a setting is one that the app may call."""

from urllib.parse import urlsplit

from dsr.services.hosts import is_loopback


def is_endpoint(url: str) -> bool:
    """Tell whether a URL is https, or http on loopback, and nothing but scheme, host and path."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.query or parts.fragment or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))


def blob_endpoint(connection: str) -> str:
    """Give a connection string's blob endpoint, "" unless all its endpoints are on loopback."""
    return local_endpoint(connection, "blob")


def local_endpoint(connection: str, service: str) -> str:
    """Give a connection string's endpoint of `blob` or `file`, on the terms of `blob_endpoint`."""
    parts = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
    found = [value for name, value in parts.items() if name.endswith("Endpoint")]
    safe = all(is_endpoint(value) and is_loopback(value) for value in found)
    return parts.get(f"{service.capitalize()}Endpoint", "") if safe else ""
