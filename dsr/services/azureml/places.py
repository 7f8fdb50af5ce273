"""Where an asset's bytes lie, if that is the workspace's own storage account.

Source: recorded addresses (Azure/azure-powershell): `azureml://…/datastores/{name}/paths/{path}`
of models, `https://{account}.blob.core.windows.net/{container}/{path}` of code; and recorded
datastores, which name their account and container.
"""

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from dsr.errors import Absent, Unusable
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.fields import get, text
from dsr.services.hosts import OneOrigin

_STORES_LIVE: Final = 300.0
"""Seconds that what a datastore leads to is believed."""
_DATASTORE: Final = re.compile(
    r"azureml://(?:subscriptions/(?P<subscription>[^/]+)/resourcegroups/(?P<group>[^/]+)"
    r"/(?:providers/Microsoft\.MachineLearningServices/)?workspaces/(?P<workspace>[^/]+)/)?"
    r"datastores/(?P<store>[^/]+)/paths/(?P<path>.*)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Place:
    """One blob, or all blobs of a folder, in the workspace's own storage account.

    `path` has no slash at its ends; whether it is a blob or a folder only the account tells.
    """

    container: str
    path: str

    def holds(self, name: str) -> bool:
        """Tell whether a blob is the one, or is in the folder; a longer name beside it is not."""
        return name == self.path or name.startswith(f"{self.path}/")


def place_of(workspace: AzureMlWorkspace, address: str) -> Place | None:
    """Give the place that an address names; None for one that is not the workspace's own.

    A datastore is asked for, once in a while; nothing behind the address itself is.
    """
    found = _DATASTORE.fullmatch(address)
    if found is not None:
        is_own = found["workspace"] is None or _is_own(workspace, found)
        container = _container(workspace, found["store"]) if is_own else ""
        return _place(container, found["path"].partition("?")[0])
    return _by_url(workspace, address)


def _is_own(workspace: AzureMlWorkspace, found: re.Match[str]) -> bool:
    own = workspace.resource
    name = own.id.rpartition("/")[2]
    told = (found["subscription"], found["group"], found["workspace"])
    return [t.lower() for t in told] == [o.lower() for o in (own.subscription, own.group, name)]


def _container(workspace: AzureMlWorkspace, store: str) -> str:
    """Give the container of a datastore; "" where it is none of the workspace's own account."""

    def read() -> Any:
        try:
            return workspace.arm.get(("datastores", store), "read datastore")
        except (Absent, Unusable):  # none of that name
            return {}

    entry = workspace.kept.get(f"datastore {store}", _STORES_LIVE, read)
    properties = get(entry, "properties")
    is_blob = text(properties, "datastoreType").lower() == "azureblob"
    is_own = text(properties, "accountName").lower() == (workspace.storage or "").lower()
    return text(properties, "containerName") if is_blob and is_own else ""


def _by_url(workspace: AzureMlWorkspace, address: str) -> Place | None:
    """Give the place behind a blob's own URL; its query, which may be a SAS, is not used."""
    try:
        path = unquote(urlsplit(address).path)
    except ValueError:
        return None
    for endpoint in _endpoints(workspace):
        front = urlsplit(endpoint).path.rstrip("/") + "/"
        if address in OneOrigin(endpoint) and path.startswith(front):
            container, _, name = path.removeprefix(front).partition("/")
            return _place(container, name)
    return None


def _endpoints(workspace: AzureMlWorkspace) -> tuple[str, ...]:
    if not workspace.storage:
        return ()
    account = workspace.account()
    named = f"https://{workspace.storage}.blob.core.windows.net"
    return (named,) if account is None else (named, account.files.endpoint)


def _place(container: str, path: str) -> Place | None:
    """Give a place within a container; the whole of one is nobody's alone, so it is none."""
    path = path.strip("/")
    if not container or not path or not {"", ".", ".."}.isdisjoint(path.split("/")):
        return None
    return Place(container, path)
