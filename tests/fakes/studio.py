"""A Studio (classic) workspace over scripted answers, without a network."""

import json
from typing import Any

from dsr.services.arm import Arm, ArmWorkspace
from dsr.services.entra import EntraToken
from dsr.services.hosts import AllowedHosts, OneOrigin
from dsr.services.http import Http
from dsr.services.located import RecentLocations
from dsr.services.studio.client import management_client, studio_client
from dsr.services.studio.tokens import FixedToken
from dsr.services.studio.workspace import StudioWorkspace
from tests.fakes.rig import target
from tests.fakes.wire import Answer, Routed, answer

TARGET = target("churn-lab")
ARM_ENDPOINT = "http://127.0.0.1:8572"
"""On loopback, so that the development token is sent and nobody is asked for another."""
ARM_ID = (
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-ml"
    "/providers/Microsoft.MachineLearning/workspaces/churn-lab"
)


def told(payload: Any) -> Answer:
    """An answer of JSON."""
    return answer(200, json.dumps(payload).encode())


def arm_of(wire: Any) -> Arm:
    """ARM over the same wire."""
    http = Http(OneOrigin(ARM_ENDPOINT), lambda: wire, lambda _: None)
    return Arm(ARM_ENDPOINT, EntraToken(ARM_ENDPOINT, no_credential), http)


def no_credential() -> Any:
    """Nobody's identity."""
    raise AssertionError("a credential was asked for")


def studio(routes: dict[str, list[Answer]]) -> tuple[StudioWorkspace, Routed]:
    """The workspace `churn-lab`, and the wire that notes its calls."""
    wire = Routed(routes)
    http = Http(AllowedHosts(TARGET), lambda: wire, lambda _: None)
    token = FixedToken("the-token")
    workspace_id = TARGET.workspace_id
    workspace = StudioWorkspace(
        workspace_id,
        studio_client(http, TARGET.studio_endpoint + "/api/", workspace_id, token),
        management_client(http, TARGET.management_endpoint, workspace_id, token),
        arm_of(wire),
        ArmWorkspace.parse(ARM_ID),
        http,
        RecentLocations(),
    )
    return workspace, wire
