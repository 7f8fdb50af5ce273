"""The app, its vault and its network."""

import json

import pytest

from dsr.model.caller import Role
from tests.infra.compiler import INFRA, ROOT
from tests.infra.deployment import EVERY_SET, Deployment, deployment

PUBLIC = ["default", "entra", "smallest"]
ACCOUNTS = ("Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults")


@EVERY_SET
def test_the_app_is_flex_consumption_on_a_python_that_it_supports(made: Deployment):
    plan = made.one("Microsoft.Web/serverfarms")
    assert plan["sku"] == {"tier": "FlexConsumption", "name": "FC1"}
    assert plan["properties"]["reserved"] is True
    site = made.one("Microsoft.Web/sites")
    assert site["kind"] == "functionapp,linux"
    assert site["properties"]["serverFarmId"] == plan["id"]
    runtime = site["properties"]["functionAppConfig"]["runtime"]
    assert runtime == {"name": "python", "version": "3.12"}
    scale = site["properties"]["functionAppConfig"]["scaleAndConcurrency"]
    assert scale == {
        "instanceMemoryMB": 512 if made.name == "smallest" else 2048,
        "maximumInstanceCount": 40,
        "alwaysReady": [],
        "triggers": {"http": {"perInstanceConcurrency": 4}},
    }


@EVERY_SET
def test_messages_and_calls_at_once_have_a_thread_each(made: Deployment):
    queues = json.loads((ROOT / "host.json").read_text("utf-8"))["extensions"]["queues"]
    site = made.one("Microsoft.Web/sites")["properties"]["functionAppConfig"]
    http = site["scaleAndConcurrency"]["triggers"]["http"]["perInstanceConcurrency"]
    threads = int(made.settings["PYTHON_THREADPOOL_THREAD_COUNT"])
    assert queues["batchSize"] + queues["newBatchThreshold"] + http <= threads


@EVERY_SET
def test_the_app_is_reached_by_https_and_published_to_without_a_password(made: Deployment):
    properties = made.one("Microsoft.Web/sites")["properties"]
    assert properties["httpsOnly"] is True
    assert properties["siteConfig"]["minTlsVersion"] == "1.2"
    assert properties["siteConfig"]["scmMinTlsVersion"] == "1.2"
    assert properties["siteConfig"]["ftpsState"] == "Disabled"
    policies = made.of("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    assert {p["name"].rpartition("/")[2]: p["properties"]["allow"] for p in policies} == {
        "ftp": False,
        "scm": False,
    }


@EVERY_SET
def test_azd_finds_the_app_by_its_tag(made: Deployment):
    tagged = [r for r in made.resources if "azd-service-name" in r.get("tags", {})]
    assert [r["type"] for r in tagged] == ["Microsoft.Web/sites"]
    service = tagged[0]["tags"]["azd-service-name"]
    assert f"\n  {service}:\n" in (ROOT / "azure.yaml").read_text("utf-8")


@EVERY_SET
def test_the_vault_is_by_roles_logged_and_can_not_be_purged(made: Deployment):
    properties = made.one("Microsoft.KeyVault/vaults")["properties"]
    assert properties["enableRbacAuthorization"] is True
    assert properties["enablePurgeProtection"] is True
    assert properties["enableSoftDelete"] is True
    assert "accessPolicies" not in properties
    (logs,) = (s for s in made.of("Microsoft.Insights/diagnosticSettings") if "vaults" in s["id"])
    assert logs["properties"]["logs"] == [{"category": "AuditEvent", "enabled": True}]


def test_in_a_private_network_nothing_answers_on_the_internet():
    made = deployment("private")
    closed = [r for type_ in ACCOUNTS for r in made.of(type_)] + made.of("Microsoft.Web/sites")
    assert len(closed) == 4
    assert {r["properties"]["publicNetworkAccess"] for r in closed} == {"Disabled"}
    for resource in closed[:-1]:
        assert resource["properties"]["networkAcls"]["defaultAction"] == "Deny"
        assert resource["properties"]["networkAcls"]["ipRules"] == []


def test_in_a_private_network_the_app_reaches_each_service_by_an_endpoint_and_its_name():
    made = deployment("private")
    led = set()
    for endpoint in made.of("Microsoft.Network/privateEndpoints"):
        (connection,) = endpoint["properties"]["privateLinkServiceConnections"]
        (group,) = connection["properties"]["groupIds"]
        led.add((made.plain(connection["properties"]["privateLinkServiceId"]), group))
        assert endpoint["properties"]["subnet"]["id"].endswith("/subnets/endpoints")
    assert {(target.partition("func-")[0], group) for target, group in led} == {
        ("Microsoft.Storage/storageAccounts/stdsrhost", "blob"),
        ("Microsoft.Storage/storageAccounts/stdsrdata", "blob"),
        ("Microsoft.Storage/storageAccounts/stdsrdata", "queue"),
        ("Microsoft.KeyVault/vaults/kv-dsr-", "vault"),
        ("Microsoft.Web/sites/", "sites"),
    }
    groups = made.of("Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
    assert len(groups) == len(led)
    zones = str([z["name"] for z in made.of("Microsoft.Network/privateDnsZones")])
    links = made.of("Microsoft.Network/privateDnsZones/virtualNetworkLinks")
    assert len(links) == len(made.of("Microsoft.Network/privateDnsZones")) == 4
    for zone in ("blob", "queue", "vaultcore", "azurewebsites"):
        assert f"privatelink.{zone}." in zones


def test_in_a_private_network_the_app_goes_out_through_its_own_subnet():
    made = deployment("private")
    network = made.one("Microsoft.Network/virtualNetworks")
    subnets = {s["name"]: s["properties"] for s in network["properties"]["subnets"]}
    assert set(subnets) == {"app", "endpoints"}
    (delegation,) = subnets["app"]["delegations"]
    assert delegation["properties"]["serviceName"] == "Microsoft.App/environments"
    assert all(s["networkSecurityGroup"]["id"] for s in subnets.values())
    assert {s["addressPrefix"] for s in subnets.values()} == {"10.60.0.0/26", "10.60.0.64/26"}
    subnet = made.one("Microsoft.Web/sites")["properties"]["virtualNetworkSubnetId"]
    assert subnet == f"{network['id']}/subnets/app"


@pytest.mark.parametrize("name", PUBLIC)
def test_without_a_private_network_there_is_none(name: str):
    made = deployment(name)
    assert not [r for r in made.resources if r["type"].startswith("Microsoft.Network/")]
    assert made.one("Microsoft.Web/sites")["properties"]["virtualNetworkSubnetId"] is None


def test_the_app_roles_to_register_are_those_that_the_code_asks_for():
    roles = json.loads((INFRA / "app-roles.json").read_text("utf-8"))
    assert {role["value"] for role in roles} == set(Role)
    assert len({role["id"] for role in roles}) == len(roles)
    for role in roles:
        assert role["isEnabled"] is True
        assert role["allowedMemberTypes"] == ["User", "Application"]
