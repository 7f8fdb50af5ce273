"""The read calls of the Studio (classic) API, one workspace, by its authorization token.

Source: the service's public clients (azuremlps, AzureML for R, PyPI azureml, the adoption
framework's inventory tool), which are the only documentation of these calls.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from dsr.errors import Refused, Unavailable, Unusable
from dsr.services.http import Http, HttpStream
from dsr.services.studio.fields import get, text


class StudioClient:
    """Studio API calls; `endpoint` is the host without `/api`."""

    def __init__(self, http: Http, endpoint: str, workspace_id: str, token: str) -> None:
        self._http = http
        base = endpoint.rstrip("/").removesuffix("/api")
        self._base = f"{base}/api/workspaces/{workspace_id}"
        self._headers = {
            "x-ms-metaanalytics-authorizationtoken": token,
            "Content-Type": "application/json;charset=UTF8",
            "x-ms-client-session-id": "DefaultSession",
        }

    def one(self, path: str, what: str) -> dict[str, Any]:
        """GET one object."""
        value = self._http.json(self._url(path), what, self._headers)
        if not isinstance(value, dict):
            raise Unavailable(f"{what} answered with something else than an object")
        return value

    def many(self, path: str, what: str) -> Iterator[Any]:
        """GET a bare array, member by member; no paging of these lists is known."""
        return self._http.items(self._url(path), what, self._headers)

    def _url(self, path: str) -> str:
        tail = "/".join(quote(part, safe="") for part in path.split("/")) if path else ""
        return f"{self._base}/{tail}" if tail else self._base

    def source(self, locate: Callable[[], Any], what: str) -> "LocatedSource":
        """Give the bytes behind an endpoint object; `locate` asks for a fresh one."""
        return LocatedSource(self._http, locate, what)


class LocatedSource:
    """Bytes by SAS: a plain concatenation of the endpoint object's three parts, no header.

    The SAS lives about a day; one that has expired (401, 403) is asked for anew, once.
    """

    def __init__(self, http: Http, locate: Callable[[], Any], what: str) -> None:
        self._http = http
        self._locate = locate
        self._what = what
        self._url: str | None = None

    def open(self, offset: int = 0, etag: str | None = None) -> HttpStream:
        """Start reading at `offset`, of the version `etag` if given."""
        headers = {}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        if etag:
            headers["If-Match"] = etag
        if self._url is None:
            self._url = endpoint_url(self._locate(), self._what)
        try:
            status, stream = self._http.open(self._url, self._what, headers)
        except Refused:
            self._url = endpoint_url(self._locate(), self._what)
            status, stream = self._http.open(self._url, self._what, headers)
        if offset and status != 206:
            stream.close()
            raise Unavailable(f"{self._what} can't be read on from where it broke")
        return stream


def has_location(endpoint: Any) -> bool:
    """Tell whether an endpoint object leads anywhere."""
    return bool(text(endpoint, "BaseUri") and get(endpoint, "Location"))


def endpoint_url(endpoint: Any, what: str) -> str:
    """Give the URL of an endpoint object: base, location and credential, as they are."""
    if not has_location(endpoint):
        raise Unusable(f"{what} has no location any more")
    return (
        text(endpoint, "BaseUri") + text(endpoint, "Location") + text(endpoint, "AccessCredential")
    )
