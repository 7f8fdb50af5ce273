"""A workspace of Azure Machine Learning over scripted answers to calls, without a network."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from dsr.model.target import WorkspaceTarget
from dsr.services.arm import Arm
from dsr.services.azureml.connector import AzureMlConnector
from dsr.services.azureml.workspace import Account
from dsr.services.entra import EntraToken
from dsr.services.hosts import OneOrigin
from dsr.services.http import Http
from dsr.services.share_files import ShareFiles
from tests.fakes.studio import ARM_ENDPOINT, no_credential, told
from tests.fakes.wire import Answer, Call, Scripted, answer

ARM_ID = (
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-mlprod"
    "/providers/Microsoft.MachineLearningServices/workspaces/ws-forecast"
)
VERSION = "2025-12-01"
WS = f"{ARM_ENDPOINT}{ARM_ID}"
PLANE_HOST = "http://127.0.0.1:8573"
BLOBS = "http://127.0.0.1:8574/stforecast01"
HISTORY = f"{PLANE_HOST}/history/v1.0{ARM_ID}"
ARTIFACT = f"{PLANE_HOST}/artifact/v2.0{ARM_ID}"
METRIC = f"{PLANE_HOST}/metric/v2.0{ARM_ID}"
GUID = "abababab-1111-4222-8333-cdcdcdcdcdcd"
RESOURCE: dict[str, Any] = {
    "id": ARM_ID,
    "name": "ws-forecast",
    "location": "westeurope",
    "tags": {},
    "properties": {
        "friendlyName": "forecast",
        "workspaceId": GUID,
        "storageAccount": "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups"
        "/rg-mlprod/providers/Microsoft.Storage/storageAccounts/stforecast01",
        "discoveryUrl": f"{PLANE_HOST}/discovery",
    },
    "systemData": {"createdBy": "nora.beispiel@contoso.example", "createdByType": "User"},
}
TARGET = WorkspaceTarget(
    name="forecast",
    service="azureml",
    account_kind="azureml",
    workspace_id="ws-forecast",
    region="",
    studio_endpoint="",
    management_endpoint="",
    token_setting="",
    arm_id=ARM_ID,
)
Routes = dict[str, list[Answer]]


def arm(path: str, query: str = "") -> str:
    """Give the URL of what lies below the workspace on ARM."""
    return f"{WS}{path}?api-version={VERSION}{query}"


class MlWire:
    """Gives each `METHOD url` its answers, one after another, the last for ever; others 404."""

    def __init__(self, routes: Routes) -> None:
        known: Routes = {
            f"GET {arm('')}": [told(RESOURCE)],
            f"GET {PLANE_HOST}/discovery": [told({"api": PLANE_HOST})],
        }
        self._routes = {c: Scripted(list(a)) for c, a in (known | routes).items()}
        self.sent: list[Call] = []

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Any:
        self.sent.append(Call(method, url, headers, body))
        route = self._routes.get(f"{method} {url}") or Scripted([answer(404)])
        return route.request(method, url, headers, body)

    @property
    def calls(self) -> list[str]:
        """Give the calls, but those that find the workspace's own address."""
        found = [f"{call.method} {call.url}" for call in self.sent]
        return [c for c in found if c not in (f"GET {arm('')}", f"GET {PLANE_HOST}/discovery")]

    def bodies(self, url: str) -> list[Any]:
        """Give the JSON that was posted to a URL."""
        return [json.loads(c.body) for c in self.sent if c.url == url and c.body]


def connector(
    routes: Routes,
    limits: Mapping[str, int] | None = None,
    open_account: Callable[[str], Account | None] = lambda name: None,
    target: WorkspaceTarget = TARGET,
) -> tuple[AzureMlConnector, MlWire]:
    """Give the connector of a workspace, and the wire that notes its calls."""
    wire = MlWire(routes)
    return connector_on(wire, limits, open_account, target), wire


def connector_on(
    wire: Any,
    limits: Mapping[str, int] | None = None,
    open_account: Callable[[str], Account | None] = lambda name: None,
    target: WorkspaceTarget = TARGET,
    endpoint: str = ARM_ENDPOINT,
    token: EntraToken | None = None,
    shares: ShareFiles | None = None,
) -> AzureMlConnector:
    """Give the connector over any wire; `token` is for the data plane."""
    own = token or EntraToken(endpoint, no_credential)
    azure = Arm(endpoint, own, Http(OneOrigin(endpoint), lambda: wire, lambda _: None))
    return AzureMlConnector(
        target,
        azure,
        VERSION,
        own,
        open_account,
        limits,
        lambda allowed: Http(allowed, lambda: wire, lambda _: None),
        shares=shares,
    )
