"""The regional services of a workspace: run history, artifacts, metrics, models and data.

Source: the clients inside PyPI azure-ai-ml 1.35.2 (`_restclient`: runhistory, model_dataplane,
dataset_dataplane) and azureml-mlflow 1.62.0.post6 (`_restclient/artifact`). Microsoft promises no
compatibility for these routes.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from dsr.errors import Absent, Unavailable, Unusable
from dsr.services.arm import ArmWorkspace
from dsr.services.azureml.client import not_own
from dsr.services.entra import EntraToken
from dsr.services.fields import text
from dsr.services.hosts import data_plane_host
from dsr.services.http import Http

HISTORY: Final = "history/v1.0"
ARTIFACT: Final = "artifact/v2.0"
METRIC: Final = "metric/v2.0"
MODELS: Final = "modelregistry/v1.0"
DATA: Final = "data/v1.0"
_MOST_PAGES: Final = 10_000


class RegionalHosts:
    """The hosts that may get the data plane's token: `*.api.azureml.ms`, or loopback alone."""

    def __init__(self, *, local: bool) -> None:
        self._local = local

    def __contains__(self, url: object) -> bool:
        return isinstance(url, str) and data_plane_host(url, local=self._local)


class DataPlane:
    """Calls to the regional host that the workspace's `discoveryUrl` leads to.

    `discovery` gives that URL. The host is asked for at the first use and remembered.
    """

    def __init__(
        self, http: Http, resource: ArmWorkspace, token: EntraToken, discovery: Callable[[], str]
    ) -> None:
        self._http = http
        self._token = token
        self._discovery = discovery
        self._below = resource.id.strip("/")
        self._lock = threading.Lock()
        self._api = ""

    def get(
        self,
        service: str,
        names: tuple[str, ...],
        what: str,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """GET one object of a service below the workspace; raises ServiceError."""
        url = self._url(service, names, query or {}, what)
        return _object(self._http.json(url, what, self._auth()), what)

    def post(
        self,
        service: str,
        names: tuple[str, ...],
        body: Mapping[str, Any],
        what: str,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """POST a question, which changes nothing, so may be asked again; raises ServiceError."""
        url = self._url(service, names, query or {}, what)
        data = json.dumps(body).encode()
        return _object(self._http.json(url, what, self._auth(), "POST", data), what)

    def is_there(self, service: str, names: tuple[str, ...], what: str) -> bool:
        """GET one object; False where the service does not know it (404, 410)."""
        try:
            self.get(service, names, what)
        except Absent:
            return False
        return True

    def all(
        self,
        service: str,
        names: tuple[str, ...],
        what: str,
        query: Mapping[str, str] | None = None,
        called: str = "continuationToken",
    ) -> Iterator[dict[str, Any]]:
        """Give the members of a list of `{value, continuationToken}`, page after page.

        `called` is what the query calls the continuation token; the answer's `nextLink` is not
        followed, as the token alone says the same.
        """
        following = ""
        for _ in range(_MOST_PAGES):
            asked = {**(query or {}), **({called: following} if following else {})}
            body = self.get(service, names, what, asked)
            yield from _members(body, what)
            before, following = following, text(body, "continuationToken")
            if not following:
                return
            if following == before:
                break
        raise Unusable(f"{what} gives the same page again and again")

    def _auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.value()}"}

    def _url(
        self, service: str, names: tuple[str, ...], query: Mapping[str, str], what: str
    ) -> str:
        if any(n in ("", ".", "..") or "/" in n or not n.isprintable() for n in names):
            raise not_own(what)
        tail = "/".join(quote(name, safe=":") for name in names)
        asked = f"?{urlencode(query, quote_via=quote)}" if query else ""
        return f"{self._host()}/{service}/{quote(self._below)}/{tail}{asked}"

    def _host(self) -> str:
        """Give the regional host; no token is sent to ask for it."""
        with self._lock:
            if not self._api:
                what = "read region directory"
                answer = _object(self._http.json(self._discovery(), what), what)
                api = text(answer, "api").rstrip("/")
                if not api:
                    raise Unusable(f"{what} gives no address")
                self._api = api
            return self._api


def _members(body: dict[str, Any], what: str) -> list[dict[str, Any]]:
    value = body.get("value")
    if value is not None and not isinstance(value, list):
        raise Unavailable(f"{what} answered with something else than a list")
    return [item for item in value or () if isinstance(item, dict)]


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unavailable(f"{what} answered with something else than an object")
    return value
