"""Listing subscriptions through Azure Resource Manager, and making targets of what they list."""

import json
from typing import Any

import pytest

from dsr.errors import ServiceError, Unusable
from dsr.model.found_workspace import FoundWorkspace
from dsr.services.arm import Arm
from dsr.services.discovery import ArmDiscovery
from dsr.services.entra import EntraToken
from dsr.services.hosts import OneOrigin
from dsr.services.http import Http
from tests.fakes.wire import Answer, Routed, answer

LOCAL = "http://127.0.0.1:8572"
SUB = "11111111-2222-3333-4444-555555555555"
AZUREML = f"{LOCAL}/subscriptions/{SUB}/providers/Microsoft.MachineLearningServices/workspaces"
CLASSIC = f"{LOCAL}/subscriptions/{SUB}/providers/Microsoft.MachineLearning/workspaces"
VERSIONS = {AZUREML: "2025-12-01", CLASSIC: "2019-10-01"}
OWN_ID = "0f3c9a7e5b1d4c2a8e6f70112233aabb"


def arm_id(name: str, provider: str = "Microsoft.MachineLearningServices", sub: str = SUB) -> str:
    return f"/subscriptions/{sub}/resourceGroups/rg/providers/{provider}/workspaces/{name}"


def azureml(name: str = "forecast", **changes: Any) -> dict[str, Any]:
    properties = {"workspaceId": "abababab-1111-4222-8333-cdcdcdcdcdcd"}
    item = {"id": arm_id(name), "name": name, "location": "westeurope", "properties": properties}
    return item | changes


def classic(name: str = "churn", **properties: Any) -> dict[str, Any]:
    known = {"workspaceId": OWN_ID, "studioEndpoint": "http://127.0.0.1:8571"} | properties
    own = arm_id(name, "Microsoft.MachineLearning")
    return {"id": own, "name": name, "location": "West Europe", "properties": known}


def told(*items: dict[str, Any], following: str | None = None) -> Answer:
    body = {"value": list(items)} | ({"nextLink": following} if following else {})
    return answer(200, json.dumps(body).encode())


def refused(status: int, code: str) -> Answer:
    return answer(status, json.dumps({"error": {"code": code, "message": "SECRET"}}).encode())


def discovery(routes: dict[str, list[Answer]]) -> tuple[ArmDiscovery, Routed]:
    urls = {
        f"{url}?api-version={VERSIONS[url]}" if url in VERSIONS else url: answers
        for url, answers in ({AZUREML: [told()], CLASSIC: [told()]} | routes).items()
    }
    wire = Routed(urls)
    http = Http(OneOrigin(LOCAL), lambda: wire, lambda seconds: None)
    arm = Arm(LOCAL, EntraToken(LOCAL, lambda: pytest.fail("a credential was asked for")), http)
    return ArmDiscovery(arm, (SUB,), "2025-12-01"), wire


def test_both_services_are_listed_page_by_page_as_the_links_came():
    link = f"{AZUREML}?api-version=2025-12-01&$skipToken=abc"
    found, wire = discovery(
        {
            AZUREML: [told(azureml("one"), following=link)],
            link: [told(azureml("two"))],
            CLASSIC: [told(classic("three"))],
        }
    )
    listed = list(found.workspaces(SUB))
    assert [(f.service, f.name) for f in listed] == [
        ("azureml", "one"),
        ("azureml", "two"),
        ("studio-classic", "three"),
    ]
    assert {c.method for c in wire.calls} == {"GET"}
    assert wire.calls[1].url == link


def test_a_target_of_azure_machine_learning_is_known_by_its_resource_id():
    found, _ = discovery({AZUREML: [told(azureml())]})
    (listed,) = found.workspaces(SUB)
    target = found.target("forecast-1", listed)
    assert target.to_json() == {
        "name": "forecast-1",
        "service": "azureml",
        "workspace_id": "forecast",
        "arm_id": arm_id("forecast"),
    }
    assert target.account_kind == "azureml"


def test_a_classic_target_is_standard_and_gets_its_token_from_azure_resource_manager():
    found, _ = discovery({CLASSIC: [told(classic())]})
    (listed,) = found.workspaces(SUB)
    target = found.target("churn", listed)
    assert (target.service, target.account_kind) == ("studio-classic", "standard")
    assert (target.workspace_id, target.token_setting) == (OWN_ID, "")
    assert target.studio_endpoint == target.management_endpoint == "http://127.0.0.1:8571"


def in_azure() -> ArmDiscovery:
    endpoint = "https://management.azure.com"
    arm = Arm(endpoint, EntraToken(endpoint, lambda: pytest.fail("nothing is called")))
    return ArmDiscovery(arm, (SUB,), "2025-12-01")


def found_classic(location: str, workspace_id: str = OWN_ID, endpoint: str = "") -> FoundWorkspace:
    own = arm_id("churn", "Microsoft.MachineLearning")
    return FoundWorkspace("studio-classic", own, "churn", workspace_id, location, endpoint)


def test_in_azure_the_endpoints_are_those_of_the_region_whatever_the_record_says():
    target = in_azure().target(
        "churn", found_classic("West Europe", endpoint="https://evil.example")
    )
    assert target.studio_endpoint == "https://europewest.studioapi.azureml.net"
    assert target.management_endpoint == "https://europewest.management.azureml.net"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (found_classic("Mars"), "region"),
        (found_classic("", endpoint="https://evil.example"), "region"),
        (found_classic("West Europe", ""), "workspaceId"),
        (found_classic("West Europe", OWN_ID.upper()), "workspaceId"),
        (FoundWorkspace("azureml", arm_id("x", "Microsoft.Compute"), "x", "", ""), "resource id"),
        (FoundWorkspace("azureml", "/subscriptions/a/b/c/d/e/f/g/h", "x", "", ""), "resource id"),
        (FoundWorkspace("other", arm_id("x"), "x", "", ""), "resource id"),
    ],
)
def test_what_does_not_say_where_it_is_becomes_no_target(found: FoundWorkspace, why: str):
    with pytest.raises(Unusable, match=why):
        in_azure().target("churn", found)


def test_a_sandbox_never_leads_to_a_host_beyond_this_machine():
    local, _ = discovery({})
    with pytest.raises(Unusable):
        local.target("churn", found_classic("West Europe", endpoint="https://evil.example"))
    with pytest.raises(Unusable):
        local.target("churn", found_classic("West Europe"))


@pytest.mark.parametrize("url", [AZUREML, CLASSIC])
def test_a_list_that_is_refused_is_an_error_and_never_an_empty_one(url: str):
    found, _ = discovery({url: [refused(403, "AuthorizationFailed")]})
    with pytest.raises(ServiceError, match="403") as caught:
        list(found.workspaces(SUB))
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code"),
    [(409, "MissingSubscriptionRegistration"), (404, "InvalidResourceNamespace")],
)
def test_a_subscription_without_a_provider_has_nothing_of_it(status: int, code: str):
    found, _ = discovery({CLASSIC: [refused(status, code)], AZUREML: [told(azureml())]})
    assert [f.name for f in found.workspaces(SUB)] == ["forecast"]


@pytest.mark.parametrize("code", ["SubscriptionNotFound", "NoRegisteredProviderFound", ""])
def test_other_errors_of_a_provider_are_errors(code: str):
    found, _ = discovery({CLASSIC: [refused(404, code)]})
    with pytest.raises(ServiceError):
        list(found.workspaces(SUB))


@pytest.mark.parametrize(
    "item",
    [
        azureml(id=arm_id("x", sub="99999999-2222-3333-4444-555555555555")),
        azureml(id=arm_id("x", "Microsoft.MachineLearning")),
        azureml(id=arm_id("x/../y")),
        azureml(id=None),
        {},
    ],
)
def test_an_entry_that_is_not_the_subscriptions_own_spoils_the_list(item: dict[str, Any]):
    found, _ = discovery({AZUREML: [told(azureml(), item)]})
    with pytest.raises(Unusable, match="without a usable id"):
        list(found.workspaces(SUB))
