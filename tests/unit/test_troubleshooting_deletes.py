"""Messages of docs/troubleshooting.md about deletes: the connector over scripted answers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError

from dsr.errors import ServiceError
from dsr.services.connections import Broken
from dsr.usecases.connector import Leftover
from tests.fakes.blob_account import Account
from tests.fakes.studio import told
from tests.fakes.studio_connector import STANDARD, connector
from tests.fakes.wire import Answer, answer
from tests.unit.studio_payloads import WORKSPACE_ID
from tests.unit.test_studio_deletes import (
    ARM,
    ASSOCIATIONS,
    FAMILY,
    FAMILY_URL,
    LONE,
    MANAGEMENT,
    NEW,
    NEW_URL,
    OPERATION,
    PLAN,
    RESOURCE,
    SERVICE,
)
from tests.unit.test_workspace_storage import BLOB, storage
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World

SAYS = Provokers()
Routes = dict[str, list[Answer]]


def errors(routes: Routes, call: Callable[[Any], object], target: Any = STANDARD) -> Provoker:
    """Give what a call of the connector raises, as a result's `error` would hold it."""

    def provoke(world: World) -> list[Said]:
        made, _ = connector(routes, target)
        with pytest.raises(ServiceError) as caught:
            call(made)
        return [Said("`error`", str(caught.value))]

    return provoke


SAYS("the connection broke, and nobody knows whether {what} counted")(
    errors({f"DELETE {FAMILY_URL}": [Broken("SECRET")]}, lambda c: c.delete("dataset", FAMILY))
)
SAYS("{what} says 404, though the service is there")(
    errors(
        {
            f"GET {MANAGEMENT}/webservices": [told([{"Id": LONE}])],
            f"GET {SERVICE}/endpoints": [answer(404)],
            f"GET {SERVICE}": [told({"Id": LONE})],
        },
        lambda c: c.uses("web_service"),
    )
)
SAYS("{what} is refused: the id is not one of this workspace's own")(
    errors({}, lambda c: c.delete("dataset", f"{WORKSPACE_ID}.{FAMILY}"))
)
SAYS("{what} is refused: the resource of arm_id is not the target's workspace")(
    errors(
        {f"GET {RESOURCE}": [told({"properties": {"workspaceId": "f" * 32}})]},
        lambda c: c.delete("workspace", WORKSPACE_ID),
    )
)
SAYS("{what} found nothing to delete")(
    errors(
        {
            f"GET {RESOURCE}": [told({"properties": {"workspaceId": WORKSPACE_ID}})],
            f"DELETE {RESOURCE}": [answer(204)],
        },
        lambda c: c.delete("workspace", WORKSPACE_ID),
    )
)
SAYS("{what} ended in failure ({code})")(
    errors(
        {
            f"GET {OPERATION}": [
                told({"provisioningState": "Failed", "errorInfo": {"code": "Conflict"}})
            ]
        },
        lambda c: c.is_done(OPERATION),
    )
)
SAYS("nobody can tell how {what} ended")(errors({}, lambda c: c.is_done(OPERATION)))
SAYS("the default endpoint can't be deleted while its service has others")(
    errors(
        {
            f"GET {SERVICE}": [told({"DefaultEndpointName": "default"})],
            f"GET {SERVICE}/endpoints": [told([{"Name": "default"}, {"Name": "nightly"}])],
            f"GET {SERVICE}/endpoints/nightly": [told({"Name": "nightly"})],
        },
        lambda c: c.delete("endpoint", f"{LONE}/default"),
    )
)
SAYS("the commitment plan can't be deleted while it pays for web services")(
    errors(
        {f"GET {ASSOCIATIONS}": [told({"value": [{"name": "assoc-1"}]})]},
        lambda c: c.delete("commitment_plan", PLAN),
    )
)
SAYS("no API deletes assets of this kind here; a person has to")(
    errors(
        {},
        lambda c: c.delete("dataset", FAMILY),
        replace(STANDARD, account_kind="guest", arm_id=""),
    )
)
SAYS("no API gives one asset of this kind alone")(errors({}, lambda c: c.is_there("project", "2")))

SAYS("delete blobs is refused: the place is not one of this workspace's own")(
    errors({}, lambda _: storage(Account({})).clear(Leftover("ml-diagnostics", "", True)))
)
SAYS("the workspace's storage account does not answer")(
    errors({}, lambda _: storage(Account({}, ServiceRequestError("SECRET"))).clear(BLOB))
)


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))


def test_what_is_scripted_here_is_on_one_endpoint():
    assert all(url.startswith(ARM) for url in (NEW_URL, RESOURCE, ASSOCIATIONS, OPERATION))
    assert NEW.startswith("/subscriptions/")
