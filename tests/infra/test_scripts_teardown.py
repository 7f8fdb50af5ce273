"""teardown.sh: what it says before it asks, what it deletes in which order, and what stays."""

import json
from typing import Any

import pytest

from tests.infra.conftest import OUTPUTS, outputs
from tests.infra.stand_in import StandIn
from tests.infra.test_scripts_deploy import verbs

ALL = [
    "az account show",
    "az deployment sub show",
    "az group exists",
    "az rest",
    "az resource list",
    *("az role assignment list", "az role assignment delete") * 2,
    *("az role definition list", "az role definition delete"),
    *("az role assignment list", "az role assignment delete") * 2,
    *("az role definition list", "az role definition delete"),
    "az group delete",
]
OURS = "/subscriptions/s/resourceGroups/RG-dsr-prod/providers/x"
"""A scope within the group, in the capitals that some answers of Azure have."""
ELSEWHERE = "/subscriptions/s/resourceGroups/rg-dsr-prod-ml/providers/y"
WRONG = {"rc": 1, "err": "(InternalError) Something is wrong."}


def container(state: str = "", days: int = 0, hold: bool = False) -> dict[str, str]:
    """Give what Azure Resource Manager says of the container with the evidence."""
    properties: dict[str, Any] = {"hasImmutabilityPolicy": bool(state), "hasLegalHold": hold}
    if state:
        properties["immutabilityPolicy"] = {
            "properties": {"state": state, "immutabilityPeriodSinceCreationInDays": days}
        }
    return {"out": json.dumps({"name": "dsr-evidence", "properties": properties})}


@pytest.fixture
def deployed(azure: StandIn) -> StandIn:
    """An Azure with a deployment, whose evidence no policy keeps."""
    azure.answer("az group exists", {"out": "true\n"})
    azure.answer("az rest --method get", container())
    azure.answer("az resource list", {"out": "the resources\n"})
    azure.answer("az role assignment list", {"out": f"id-1\t{OURS}\nid-2\t{ELSEWHERE}\n"})
    azure.answer("az role assignment delete")
    azure.answer("az role definition list", {"out": "role-1\n"})
    azure.answer("az role definition delete")
    azure.answer("az storage container-rm delete")
    azure.answer("az group delete")
    return azure


def teardown(azure: StandIn, *options: str, says: str = "rg-dsr-prod\n"):
    return azure.run("teardown.sh", "--environment", "prod", *options, says=says)


def test_a_deployment_is_deleted_once_its_group_was_typed(deployed: StandIn):
    done = teardown(deployed)
    assert done.code == 0, done.text
    called = deployed.calls()
    assert verbs(called) == ALL
    assert called[-1]["line"] == "az group delete --name rg-dsr-prod --yes --output none"
    assert "the resources" in done.out
    assert "IT IS DELETED" in done.out
    assert "Key Vault kv-dsr-x1, soft-deleted" in done.out
    assert "recoverKeyVault" in done.out


@pytest.mark.parametrize("says", ["", "yes\n", "rg-dsr\n", "rg-dsr-prod-2\n"])
def test_nothing_is_deleted_without_the_groups_name(deployed: StandIn, says: str):
    done = teardown(deployed, says=says)
    assert done.code == 1
    assert "not confirmed" in done.err
    assert verbs(deployed.calls()) == ALL[:5]


def test_roles_outside_the_group_are_deleted_and_then_the_environments_custom_roles(
    deployed: StandIn,
):
    teardown(deployed, "--yes")
    called = [c["line"] for c in deployed.calls() if c["line"].startswith("az role")]
    for part, subscription in ((called[:6], "sub-a"), (called[6:], "sub-b")):
        for number, name in ((0, "runIdentityClientId"), (2, "deleteIdentityClientId")):
            assert f"--assignee {OUTPUTS[name]} --all --subscription {subscription}" in part[number]
            deleted = f"delete --ids id-2 --subscription {subscription} --output none"
            assert part[number + 1] == f"az role assignment {deleted}"
        assert "starts_with(roleName, 'dsr-prod-x1 ')" in part[4]
        assert f"--name role-1 --scope /subscriptions/{subscription} --custom" in part[5]


def test_an_environment_without_roles_on_workspaces_has_none_to_delete(deployed: StandIn):
    deployed.answer("az deployment sub show", {"out": outputs(roleSubscriptionIds=[])})
    assert teardown(deployed).code == 0
    assert verbs(deployed.calls()) == [*ALL[:5], "az group delete"]


def test_a_policy_that_is_not_locked_does_not_keep_the_evidence_and_that_is_said(
    deployed: StandIn,
):
    deployed.answer("az rest --method get", container("Unlocked", 365))
    done = teardown(deployed)
    assert "immutability policy of 365 days that is not" in done.out
    assert "THE EVIDENCE IS DELETED" in done.out
    assert verbs(deployed.calls()) == ALL


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        (container("Locked", 365), "LOCKED immutability policy of 365 days"),
        (container("Unlocked", 9, hold=True), "LEGAL HOLD"),
    ],
)
def test_where_the_evidence_is_kept_the_personal_data_beside_it_goes_first(
    deployed: StandIn, kept: dict[str, str], says: str
):
    deployed.answer("az rest --method get", kept)
    deployed.answer("az group delete", {"rc": 1, "err": "AccountProtectedFromDeletion"})
    done = teardown(deployed)
    assert done.code == 0, done.text
    assert done.out.index(says) < done.out.index("Type the resource group's name")
    assert "storage account stdsrx1 with the evidence" in done.out.partition("What stays")[2]
    called = deployed.calls()
    assert verbs(called) == [
        *ALL[:-1],
        *("az storage container-rm delete",) * 2,
        *("az group delete", "az resource list"),
    ]
    gone = [c["line"] for c in called if "container-rm" in c["line"]]
    assert [line.split("--name ")[1].split()[0] for line in gone] == ["dsr-ledger", "dsr-exports"]


@pytest.mark.parametrize(
    ("step", "begins", "says"),
    [
        (0, "az account show", "not signed in to Azure"),
        (1, "az deployment sub show", "reading what was deployed failed"),
        (2, "az group exists", "looking for the resource group failed"),
        (3, "az rest --method get", "can't tell whether an immutability policy"),
        (4, "az resource list", "listing the resources failed"),
        (5, "az role assignment list", "listing the roles of runIdentityClientId failed"),
        (6, "az role assignment delete", "deleting the role assignments failed"),
        (9, "az role definition list", "listing the custom roles failed"),
        (10, "az role definition delete", "deleting custom role role-1 failed"),
        (17, "az group delete", "deleting the resource group failed"),
    ],
)
def test_a_step_that_fails_ends_it(deployed: StandIn, step: int, begins: str, says: str):
    deployed.answer(begins, WRONG, {"rc": 98})
    failed = teardown(deployed)
    assert failed.code == 1
    assert f"error: {says}" in failed.err
    assert "Something is wrong." in failed.err
    assert verbs(deployed.calls()) == ALL[: step + 1]


def test_personal_data_that_can_not_be_deleted_ends_it(deployed: StandIn):
    deployed.answer("az rest --method get", container("Locked", 365))
    deployed.answer("az storage container-rm delete", WRONG)
    failed = teardown(deployed)
    assert failed.code == 1
    assert "deleting container dsr-ledger failed" in failed.err
    assert verbs(deployed.calls())[-1] == "az storage container-rm delete"


def test_running_it_again_continues_and_ends_when_all_is_gone(deployed: StandIn):
    gone = {"rc": 1, "err": "Cannot find user or service principal in graph database"}
    deployed.answer("az role assignment list", gone)
    deployed.answer("az rest --method get", {"rc": 1, "err": "(ResourceNotFound) no account"})
    done = teardown(deployed)
    assert done.code == 0, done.text
    assert "is gone already; roles that it had" in done.out
    assert verbs(deployed.calls()) == [v for v in ALL if v != "az role assignment delete"]
    deployed.answer("az group exists", {"out": "false\n"})
    again = teardown(deployed)
    assert again.code == 0
    assert "rg-dsr-prod is gone already" in again.out
    assert "soft-deleted" in again.out
    assert verbs(deployed.calls()) == ALL[:3]
