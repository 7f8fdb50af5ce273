"""The kinds that are little more than their list's entry, and which account kind has which."""

from dataclasses import replace
from typing import Any

import pytest

from dsr.errors import Absent
from dsr.services.studio import (
    custom_modules,
    gateways,
    kinds,
    notebooks,
    projects,
    web_services,
)
from dsr.usecases.connector import Content, Document, Missing
from tests.fakes.studio import ARM_ID, TARGET, studio, told
from tests.fakes.wire import answer
from tests.unit.studio_payloads import API, BLOB, WORKSPACE_ID

MODULE = {
    "Id": f"{WORKSPACE_ID}.9c8b7a6f5e4d43c2b1a0998877665544.v1-default-2",
    "Name": "Mask names",
    "Description": "Replaces names by hashes",
    "ReleaseState": "Custom",
    "Owner": "Mira Owner",
    "EscalationEmail": "tomas.user@example.org",
}
NOTEBOOK = {"FamilyId": "1a2b", "Name": "explore", "Author": "Tomas User", "Tags": ["churn"]}
PROJECT = {"ContainerId": "2233", "Name": "Churn 2018", "Creator": "t-user", "Contents": {}}
GATEWAY = {"GatewayName": "gw-paris", "Description": "SQL in Paris", "Host": "PARSQL01"}
SERVICE = {"Id": "8f1e", "Name": "Churn scoring", "Description": "scores"}
ENDPOINT: dict[str, Any] = {
    "Name": "default",
    "Description": "",
    "WebServiceId": "8f1e",
    "PrimaryKey": "K",
    "Resources": [
        {
            "Name": "churn model [trained model]",
            "Kind": "TrainedModel",
            "Location": {
                "BaseLocation": BLOB,
                "RelativeLocation": "m.ilearner",
                "SasBlobToken": "?sig=1",
            },
        },
        {"Name": "lost", "Kind": "TrainedModel", "Location": None},
    ],
}
SERVICES = f"{TARGET.management_endpoint}/workspaces/{WORKSPACE_ID}/webservices"

SIMPLE = [
    (custom_modules.KIND, f"{API}/modules", MODULE, MODULE["Id"]),
    (notebooks.KIND, f"{API}/notebooks", NOTEBOOK, "1a2b"),
    (projects.KIND, f"{API}/projectcontainers", PROJECT, "2233"),
    (gateways.KIND, f"{API}/gateways", GATEWAY, "gw-paris"),
    (web_services.SERVICES, SERVICES, SERVICE, "8f1e"),
]


@pytest.mark.parametrize(("kind", "url", "entry", "asset_id"), SIMPLE)
def test_a_list_entry_is_kept_and_given_without_another_call(kind, url, entry, asset_id):
    workspace, wire = studio({url: [told([entry])]})
    (found,) = kind.page(workspace, None)
    assert (found.kind, found.id, found.listed) == (kind.kind.name, asset_id, entry)
    assert not found.builtin
    document = next(kind.read(workspace, asset_id, entry, False))
    assert document.value == entry
    assert wire.urls() == [url]


@pytest.mark.parametrize(("kind", "url", "entry", "asset_id"), SIMPLE)
def test_an_entry_that_the_plan_did_not_keep_is_looked_for(kind, url, entry, asset_id):
    one = {f"{SERVICES}/8f1e": [told(SERVICE)]}
    workspace, _ = studio({url: [told([{"Id": "other"}, entry])]} | one)
    assert next(kind.read(workspace, asset_id, None, False)).value == entry
    with pytest.raises(Absent):
        next(kind.read(workspace, "unknown", None, False))


@pytest.mark.parametrize(
    ("kind", "url", "entry", "owners"),
    [
        (custom_modules.KIND, "modules", MODULE, (("Owner", "Mira Owner"),)),
        (notebooks.KIND, "notebooks", NOTEBOOK, (("Author", "Tomas User"),)),
        (projects.KIND, "projectcontainers", PROJECT, (("Creator", "t-user"),)),
        (gateways.KIND, "gateways", GATEWAY, ()),
    ],
)
def test_who_owns_it_is_the_field_that_the_kind_has(kind, url, entry, owners):
    workspace, _ = studio({f"{API}/{url}": [told([entry])]})
    (found,) = kind.page(workspace, None)
    assert found.owners == owners


def test_the_escalation_address_of_a_module_identifies_a_person():
    workspace, _ = studio({f"{API}/modules": [told([MODULE, MODULE | {"Id": "5061.a.v1"}])]})
    own, builtin = custom_modules.KIND.page(workspace, None)
    assert own.identifiers == (("EscalationEmail", "tomas.user@example.org"),)
    assert builtin.builtin


def test_what_no_api_gives_is_left_to_a_person_with_steps():
    workspace, _ = studio({f"{API}/notebooks/family/1a2b/attachments": [told(["a.csv"])]})
    _, code = custom_modules.KIND.read(workspace, MODULE["Id"], MODULE, True)
    entry, attachments, cells = notebooks.KIND.read(workspace, "1a2b", NOTEBOOK, True)
    assert attachments == Document("attachments.json", ["a.csv"])
    for missing in (code, cells):
        assert isinstance(missing, Missing)
        assert missing.reason
        assert missing.steps
    assert entry == Document("notebook.json", NOTEBOOK)


def test_a_service_that_has_no_notebooks_any_more_lists_none():
    workspace, _ = studio({})
    assert list(notebooks.KIND.page(workspace, None)) == []


def test_no_content_is_an_empty_list_of_services():
    workspace, _ = studio({SERVICES: [answer(204)]})
    assert list(web_services.SERVICES.page(workspace, None)) == []
    assert list(web_services.ENDPOINTS.page(workspace, None)) == []


def test_endpoints_are_listed_service_by_service():
    workspace, wire = studio(
        {SERVICES: [told([SERVICE])], f"{SERVICES}/8f1e/endpoints": [told([ENDPOINT])]}
    )
    (found,) = web_services.ENDPOINTS.page(workspace, None)
    assert (found.id, found.name) == ("8f1e/default", "Churn scoring default")
    assert wire.calls[0].headers["Authorization"] == "Bearer the-token"


def test_an_endpoints_resources_are_read_by_fresh_links():
    one = f"{SERVICES}/8f1e/endpoints/default"
    routes = {one: [told(ENDPOINT)], f"{BLOB}m.ilearner?sig=1": [answer(200, b"model")]}
    workspace, wire = studio(routes)
    kept = ENDPOINT | {"PrimaryKey": "[redacted: secret]"}
    document, model, lost = web_services.ENDPOINTS.read(workspace, "8f1e/default", kept, True)
    assert document == Document("endpoint.json", kept)
    assert isinstance(model, Content)
    assert model.name == "churn model [trained model].ilearner"
    assert model.source.open().read(10) == b"model"
    assert isinstance(lost, Missing)
    assert "Authorization" not in wire.calls[-1].headers


def test_an_endpoint_without_resources_or_without_data_is_its_entry():
    plain = ENDPOINT | {"Resources": []}
    workspace, wire = studio({})
    read = web_services.ENDPOINTS.read
    assert list(read(workspace, "8f1e/default", plain, True)) == [Document("endpoint.json", plain)]
    assert len(list(read(workspace, "8f1e/default", ENDPOINT, False))) == 1
    assert wire.urls() == []


def test_each_account_kind_has_its_kinds_and_places_are_fixed():
    def names(account: Any, arm_id: str = "") -> list[str]:
        target = replace(TARGET, account_kind=account, arm_id=arm_id)
        return [kind.kind.name for kind in kinds.kinds_of(target)]

    everything = names("standard", ARM_ID)
    assert len(set(everything)) == len(everything) == 12
    for fewer in (names("guest"), names("free"), names("standard")):
        assert everything[: len(fewer)] == fewer
    assert "web_service" not in names("guest")
    assert names("free")[-2:] == ["web_service", "endpoint"]
    assert names("standard")[-1] == "gateway"
    assert everything[-2:] == ["new_web_service", "commitment_plan"]
