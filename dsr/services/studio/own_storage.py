"""Which blobs of the customer's own storage account an asset's locations name.

Source: captured payloads. A location is an endpoint object: a blob itself, or the portal's proxy
`api/sharedaccess`, whose parameter `sharedAccessUri` is the blob's own URL.
"""

from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from dsr.services.fields import text
from dsr.services.hosts import OneOrigin
from dsr.usecases.connector import Leftover

DIAGNOSTICS: Final = "ml-diagnostics"
"""The container of web services' logs, one for all workspaces of an account (facts: D-logging)."""

ASSETS: Final = frozenset({"experimentoutput", "uploadedresources"})
"""The containers that assets' locations were seen to name; what is elsewhere is not Studio's."""

_PROXY: Final = "api/sharedaccess"


def is_own(workspace_id: str, leftover: Leftover) -> bool:
    """Tell whether a place is this workspace's: logs with its prefix, single blobs of assets."""
    if leftover.container == DIAGNOSTICS:
        return leftover.name.startswith(f"{workspace_id}-")
    return leftover.container in ASSETS and bool(leftover.name) and not leftover.prefix


class OwnStorage:
    """One storage account by its blob endpoint; blobs anywhere else are nobody's to delete."""

    def __init__(self, blob_endpoint: str) -> None:
        self._origin = OneOrigin(blob_endpoint)
        self._path = urlsplit(blob_endpoint).path.rstrip("/") + "/"

    def named_by(self, *endpoints: Any) -> tuple[Leftover, ...]:
        """Give the blobs that endpoint objects name in this account, each once."""
        found = (self._blob(endpoint) for endpoint in endpoints)
        return tuple(dict.fromkeys(blob for blob in found if blob is not None))

    def _blob(self, endpoint: Any) -> Leftover | None:
        location = text(endpoint, "Location")
        if location.strip("/").lower() == _PROXY:
            inner = parse_qs(text(endpoint, "AccessCredential").lstrip("?")).get("sharedAccessUri")
            return self._at(inner[0]) if inner else None
        return self._at(text(endpoint, "BaseUri") + location) if location else None

    def _at(self, url: str) -> Leftover | None:
        if url not in self._origin:
            return None
        path = urlsplit(url).path
        if not path.startswith(self._path):
            return None
        container, _, name = unquote(path.removeprefix(self._path)).partition("/")
        # dots would be taken out on the way, and lead to another container
        if container not in ASSETS or not name or not {".", ".."}.isdisjoint(name.split("/")):
            return None
        return Leftover(container, name)
