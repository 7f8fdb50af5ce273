"""The calls of one Studio (classic) workspace on its two data-plane APIs.

Source: the service's public clients (azuremlps, AzureML for R, PyPI azureml, the adoption
framework's inventory tool), which are the only documentation of these calls.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from dsr.errors import Absent, Refused, Unavailable, Unusable
from dsr.services.http import Http
from dsr.services.studio.tokens import WorkspaceToken

Headers = Callable[[str], dict[str, str]]


class WorkspaceClient:
    """Calls below one workspace's URL; a token that was changed meanwhile is asked for anew."""

    def __init__(self, http: Http, base: str, token: WorkspaceToken, headers: Headers) -> None:
        self._http = http
        self._base = base
        self._token = token
        self._headers = headers

    def one(self, path: str, what: str) -> dict[str, Any]:
        """GET one object; raises ServiceError."""
        token = self._token.value()
        try:
            value = self._http.json(self._url(path), what, self._headers(token))
        except Refused:
            if not self._token.renew(token):
                raise
            value = self._http.json(self._url(path), what, self._headers(self._token.value()))
        if not isinstance(value, dict):
            raise Unavailable(f"{what} answered with something else than an object")
        return value

    def many(self, path: str, what: str) -> Iterator[Any]:
        """GET a bare array, member by member; no paging of these lists is known."""
        token = self._token.value()
        try:
            yield from self._http.items(self._url(path), what, self._headers(token))
        except Refused:
            # only the answer's head can be a refusal, so nothing was given yet
            if not self._token.renew(token):
                raise
            headers = self._headers(self._token.value())
            yield from self._http.items(self._url(path), what, headers)

    def named(self, names: tuple[str, ...], what: str) -> dict[str, Any]:
        """GET the object that these names lead to, which is below the workspace whatever they hold.

        Raises ServiceError.
        """
        return self.one(_path(names, what), what)

    def is_there(self, names: tuple[str, ...], what: str) -> bool:
        """GET one object; False where the service does not know it. Raises ServiceError."""
        try:
            self.named(names, what)
        except Absent:
            return False
        return True

    def delete(self, names: tuple[str, ...], what: str, query: str = "") -> int:
        """DELETE what these names lead to, by one call; give the status. Raises ServiceError.

        A refused token is asked for anew for the calls that follow, but nothing is sent again.
        """
        url = self._url(_path(names, what)) + (f"?{query}" if query else "")
        token = self._token.value()
        try:
            return self._http.delete(url, what, self._headers(token))[0]
        except Refused:
            self._token.renew(token)
            raise

    def _url(self, path: str) -> str:
        tail = "/".join(quote(part, safe="") for part in path.split("/")) if path else ""
        return f"{self._base}/{tail}" if tail else self._base


def _path(names: tuple[str, ...], what: str) -> str:
    """Join names to a path that stays below the workspace, whatever they hold."""
    if any(n in ("", ".", "..") or "/" in n or not n.isprintable() for n in names):
        raise not_own(what)
    return "/".join(names)


def not_own(what: str) -> Unusable:
    """Give the refusal to call for an id that is not one of the workspace's own."""
    return Unusable(f"{what} is refused: the id is not one of this workspace's own")


def studio_client(
    http: Http, endpoint: str, workspace_id: str, token: WorkspaceToken
) -> WorkspaceClient:
    """Give the client of the Studio API; `endpoint` is the host with or without `/api`."""
    base = endpoint.rstrip("/").removesuffix("/api")
    return WorkspaceClient(http, f"{base}/api/workspaces/{workspace_id}", token, _studio_headers)


def management_client(
    http: Http, endpoint: str, workspace_id: str, token: WorkspaceToken
) -> WorkspaceClient:
    """Give the client of the classic web-service management API."""
    base = endpoint.rstrip("/")
    return WorkspaceClient(http, f"{base}/workspaces/{workspace_id}", token, _management_headers)


def _studio_headers(token: str) -> dict[str, str]:
    return {
        "x-ms-metaanalytics-authorizationtoken": token,
        "Content-Type": "application/json;charset=UTF8",
        "x-ms-client-session-id": "DefaultSession",
    }


def _management_headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
