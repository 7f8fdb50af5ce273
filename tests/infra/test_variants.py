"""Parameters that no kept set uses: what they make, and what is refused before anything is made."""

import re

import pytest

from tests.infra.compiler import Refused, predict
from tests.infra.deployment import Deployment, Grant, deployment

pytestmark = pytest.mark.usefixtures("compiler")

HEAD = """
using 'main.bicep'

param environmentName = 'test'
param location = 'westeurope'
param alertEmails = ['privacy@example.org', 'admin@example.org']
"""
LAB = """
param workspaces = [
  {
    name: 'lab'
    service: 'studio-classic'
    account_kind: 'free'
    workspace_id: '0f3c9a7e5b1d4c2a8e6f70112233aabb'
    token_setting: 'LAB_TOKEN'
  }
]
"""
FIRST = "11111111-2222-3333-4444-555555555555"
SECOND = "99999999-2222-3333-4444-555555555555"
PROVIDER = "providers/Microsoft.MachineLearning/workspaces"


def standard(name: str, subscription: str, group: str) -> str:
    return f"""
  {{
    name: '{name}'
    service: 'studio-classic'
    account_kind: 'standard'
    workspace_id: '0f3c9a7e5b1d4c2a8e6f70112233aabb'
    arm_id: '/subscriptions/{subscription}/resourceGroups/{group}/{PROVIDER}/{name}'
  }}"""


TWO = f"""
param workspaces = [{standard("one", FIRST, "RG-One")}{standard("two", SECOND, "rg-two")}
]
"""


def made(*parameters: str) -> Deployment:
    return Deployment("test", predict("test", HEAD + "".join(parameters)))


def test_an_address_range_opens_a_private_deployment_for_itself_alone():
    one = made(
        LAB,
        "param network = 'private'\nparam allowedIpRanges = ['203.0.113.0/28']\n",
        "param vaultOfficerPrincipalId = '44444444-5555-6666-7777-888888888888'\n",
        "param pythonVersion = '3.13'\nparam zoneRedundant = true\n",
        "param alwaysReady = [{ name: 'http', instanceCount: 2 }]\n",
        "param secretNames = { LAB_TOKEN: 'studio-lab', DSR_HASH_KEY: 'hash' }\n",
    )
    for type_ in ("Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults"):
        for resource in one.of(type_):
            assert resource["properties"]["publicNetworkAccess"] == "Enabled"
            rules = resource["properties"]["networkAcls"]
            assert rules["defaultAction"] == "Deny"
            assert [r["value"] for r in rules["ipRules"]] == ["203.0.113.0/28"]
    site = one.one("Microsoft.Web/sites")["properties"]
    assert site["publicNetworkAccess"] == "Enabled", "inbound is public"
    assert site["functionAppConfig"]["runtime"]["version"] == "3.13"
    always = site["functionAppConfig"]["scaleAndConcurrency"]["alwaysReady"]
    assert always == [{"name": "http", "instanceCount": 2}]
    assert one.one("Microsoft.Web/serverfarms")["properties"]["zoneRedundant"] is True
    officer = "44444444-5555-6666-7777-888888888888"
    vault = "Microsoft.KeyVault/vaults/kv-dsr-"
    assert Grant(officer, "Key Vault Secrets Officer", vault) in set(one.grants())
    assert one.outputs["secretNameBySetting"] == {
        "DSR_HASH_KEY": "hash",
        "DSR_SIGNING_KEY": "dsr-signing-key",
        "LAB_TOKEN": "studio-lab",
    }
    assert one.settings["LAB_TOKEN"].endswith(";SecretName=studio-lab)")
    mails = one.one("Microsoft.Insights/actionGroups")["properties"]["emailReceivers"]
    assert len(mails) == 2


def test_a_workspace_without_a_resource_needs_no_role_outside():
    one = made(LAB)
    assert one.custom_roles == {}
    assert {g.scope.partition("/")[0] for g in one.grants()} == {
        "Microsoft.Insights",
        "Microsoft.KeyVault",
        "Microsoft.Storage",
    }


def test_workspaces_of_two_subscriptions_get_roles_in_each():
    one = made(TWO)
    assert one.outputs["roleSubscriptionIds"] == [FIRST, SECOND]
    scopes = {g.scope for g in one.grants() if g.role == "services reader"}
    assert scopes == {f"subscriptions/{FIRST}", f"subscriptions/{SECOND}"}
    erased = {g.scope for g in one.grants() if g.role == "services eraser"}
    assert {scope.rpartition("/")[2].lower() for scope in erased} == {"rg-one", "rg-two"}
    for assignment in one.of("Microsoft.Authorization/roleAssignments"):
        role = assignment["properties"]["roleDefinitionId"]
        there = re.match("/subscriptions/[^/]+", assignment["id"])
        assert there is not None
        assert role.startswith(there[0]), "a role of another subscription can't be assigned"


def test_roles_are_left_to_somebody_else_where_that_is_said():
    account = (
        f"/subscriptions/{FIRST}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st"
    )
    one = made(
        TWO,
        "param assignWorkspaceRoles = false\nparam allowWorkspacePurge = true\n",
        f"param azuremlStorageIds = ['{account}']\nparam discoverSubscriptions = ['{SECOND}']\n",
    )
    assert one.settings["DSR_DISCOVER_SUBSCRIPTIONS"] == SECOND
    assert one.custom_roles == {}
    assert one.outputs["roleSubscriptionIds"] == []
    assert not [r for r in one.resources if FIRST in r["id"] or SECOND in r["id"]]


def test_a_vault_that_was_deleted_is_brought_back_where_that_is_said():
    vault = made(LAB, "param recoverKeyVault = true\n").one("Microsoft.KeyVault/vaults")
    assert vault["properties"]["createMode"] == "recover"
    made_anew = deployment("default").one("Microsoft.KeyVault/vaults")
    assert made_anew["properties"]["createMode"] == "default"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("param workspaces = json('[]')", "workspaces is empty, and so is discoverSubscriptions"),
        (LAB.replace("token_setting", "tokensetting"), '"tokensetting"'),
        (LAB.replace("'free'", "'gratis'"), "gratis"),
        (LAB + "param inbound = 'private'", "inbound private needs network private"),
        (LAB + "param allowedIpRanges = ['203.0.113.0/28']", "allowedIpRanges needs network"),
    ],
    ids=["no workspace", "misspelt field", "unknown kind", "inbound", "ranges"],
)
def test_what_can_not_work_is_refused(parameters: str, said: str):
    with pytest.raises(Refused) as refused:
        made(parameters)
    assert said in str(refused.value)
