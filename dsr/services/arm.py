"""Azure Resource Manager, as far as the connectors read it and delete by it.

Source: the REST specifications of `Microsoft.MachineLearning` and of its successor,
`Microsoft.MachineLearningServices`, in Azure/azure-rest-api-specs.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dsr.errors import Unavailable, Unusable
from dsr.services.entra import EntraToken
from dsr.services.hosts import OneOrigin, is_loopback
from dsr.services.http import Http

_SEGMENT = r"[A-Za-z0-9_()-](?:[A-Za-z0-9_.()-]{0,258}[A-Za-z0-9_()-])?"
"""One name of a resource id that a delete may go to: no slash, no query, no dots alone."""
_MAX_OPERATION = 4096
_WORKSPACE = re.compile(
    r"^/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/(?P<provider>[^/]+)/workspaces/(?P<name>[^/]+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ArmWorkspace:
    """The resource id of a workspace, in its parts."""

    id: str
    subscription: str
    group: str
    provider: str

    @classmethod
    def parse(cls, arm_id: str) -> "ArmWorkspace | None":
        """Read `/subscriptions/…/resourceGroups/…/providers/…/workspaces/…`; None for others."""
        found = _WORKSPACE.match(arm_id)
        if found is None:
            return None
        return cls(arm_id, found["subscription"], found["group"], found["provider"])

    @property
    def subscription_provider(self) -> str:
        """Give the path under which the provider lists a whole subscription."""
        return f"/subscriptions/{self.subscription}/providers/{self.provider}"

    @property
    def group_provider(self) -> str:
        """Give the path under which the provider lists the workspace's resource group."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/{self.provider}"
        )

    def holds(self, resource_id: str, kind: str) -> bool:
        """Tell whether an id is well formed, of a kind, and of the workspace's subscription."""
        subscription, provider = re.escape(self.subscription), re.escape(self.provider)
        pattern = (
            rf"/subscriptions/{subscription}/resourceGroups/{_SEGMENT}"
            rf"/providers/{provider}/{kind}/{_SEGMENT}"
        )
        return re.fullmatch(pattern, resource_id, re.IGNORECASE | re.ASCII) is not None

    def shares_group(self, resource_id: str) -> bool:
        """Tell whether a resource is in the workspace's resource group."""
        prefix = f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/"
        return resource_id.lower().startswith(prefix.lower())


class Arm:
    """GET, POST and DELETE of resources by their ids, with the app's Entra tokens.

    `deleting` is the token of the identity that deletes and follows deletes; without one `token`
    is. Either is asked for at its first use.
    """

    def __init__(
        self,
        endpoint: str,
        token: EntraToken,
        http: Http | None = None,
        deleting: EntraToken | None = None,
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._token = token
        self._deleting = deleting or token
        self._origin = OneOrigin(self._endpoint)
        self._http = http or Http(self._origin)

    @property
    def is_local(self) -> bool:
        """Tell whether this is no Azure but a sandbox on this machine."""
        return is_loopback(self._endpoint)

    def get(self, resource_id: str, api_version: str, what: str) -> dict[str, Any]:
        """GET one resource; raises ServiceError."""
        return _object(
            self._http.json(self._url(resource_id, api_version), what, _auth(self._token))
        )

    def post(self, action_id: str, api_version: str, what: str) -> dict[str, Any]:
        """POST an action that only reads, such as `listWorkspaceKeys`; raises ServiceError."""
        url = self._url(action_id, api_version)
        return _object(self._http.json(url, what, _auth(self._token), method="POST"))

    def act(self, action_id: str, api_version: str, what: str) -> int:
        """POST an action that changes something by one call, as who deletes; give the status."""
        url = self._url(action_id, api_version)
        return self._http.act(url, what, _auth(self._deleting))[0]

    def delete(
        self,
        resource_id: str,
        api_version: str,
        what: str,
        query: Mapping[str, str] | None = None,
    ) -> tuple[int, str]:
        """DELETE one resource by one call; give the status and the operation that follows it.

        The operation is the header `Azure-AsyncOperation`, "" where there is none, or none of
        this endpoint: it is a place that a token will be sent to.
        """
        url = self._url(resource_id, api_version, query)
        status, headers = self._http.delete(url, what, _auth(self._deleting))
        return status, self._operation(headers)

    def operation(self, operation: str, what: str) -> dict[str, Any]:
        """GET the status of what a delete set going; raises ServiceError."""
        return _object(self._http.json(operation, what, _auth(self._deleting)))

    def _operation(self, headers: Mapping[str, str]) -> str:
        link = headers.get("azure-asyncoperation", "")
        return link if len(link) <= _MAX_OPERATION and link in self._origin else ""

    def page(
        self,
        path: str,
        api_version: str,
        cursor: str | None,
        what: str,
        query: Mapping[str, str] | None = None,
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Give one page of a list and the next page's cursor, which is `nextLink` as it came.

        Links spell their skip token in different ways, so none is ever made here; one that leads
        away from this endpoint is refused before the token would be sent there.
        """
        url = cursor or self._url(path, api_version, query)
        body = _object(self._http.json(url, what, _auth(self._token)))
        value, following = body.get("value"), body.get("nextLink")
        if not isinstance(value, list):
            raise Unavailable(f"{what} answered with something else than a list")
        if following and not isinstance(following, str):
            raise Unusable(f"{what} answered with a next page that is no link")
        return [item for item in value if isinstance(item, dict)], following or None

    def all(
        self, path: str, api_version: str, what: str, query: Mapping[str, str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Give all pages of a list, member by member."""
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            items, cursor = self.page(path, api_version, cursor, what, query)
            yield from items
            if cursor is None:
                return
            if cursor in seen:
                raise Unusable(f"{what} gives the same page again and again")
            seen.add(cursor)

    def _url(self, path: str, api_version: str, query: Mapping[str, str] | None = None) -> str:
        # a slash in any case: without one a path would become a part of the host
        url = f"{self._endpoint}/{quote(path.lstrip('/'))}?api-version={api_version}"
        return url + "".join(f"&{name}={quote(value)}" for name, value in (query or {}).items())


def _auth(token: EntraToken) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.value()}"}


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unavailable("Azure Resource Manager answered with something else than an object")
    return value
