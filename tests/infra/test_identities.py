"""Two identities, and every role that they or anybody else are given, with its scope."""

import inspect
import re

from dsr.storage import probes
from tests.infra.deployment import EVERY_SET, Deployment, Grant, deployment
from tests.unit.test_docs import rows, text

MINE = "subscriptions/11111111-2222-3333-4444-555555555555"
GROUP = f"{MINE}/resourceGroups/rg-ml"
WORKSPACES = f"{GROUP}/Microsoft.MachineLearning/workspaces"
ML_GROUP = f"{MINE}/resourceGroups/rg-mlprod"
FORECAST = f"{ML_GROUP}/Microsoft.MachineLearningServices/workspaces/ws-forecast"
FORECAST_STORE = f"{ML_GROUP}/Microsoft.Storage/storageAccounts/stforecast01"
DATA = "Microsoft.Storage/storageAccounts/stdsrdata"
QUEUES = ("requests", "plan", "export", "delete", "finish")
SENDER = "22222222-3333-4444-5555-666666666666"

ALWAYS = {
    Grant("run", "Storage Blob Data Owner", "Microsoft.Storage/storageAccounts/stdsrhost"),
    Grant("run", "Storage Blob Delegator", DATA),
    *(
        Grant("run", "Storage Blob Data Contributor", f"{DATA}/blobServices/default/containers/{c}")
        for c in ("dsr-ledger", "dsr-exports", "dsr-evidence")
    ),
    *(
        Grant("run", "Storage Queue Data Contributor", f"{DATA}/queueServices/default/queues/{q}")
        for name in QUEUES
        for q in (f"dsr-{name}", f"dsr-{name}-poison")
    ),
    Grant("run", "Key Vault Secrets User", "Microsoft.KeyVault/vaults/kv-dsr-"),
    Grant("run", "Monitoring Metrics Publisher", "Microsoft.Insights/components/appi-dsr"),
    # the sample has two classic workspaces of one group, and the token of one of them
    Grant("run", "services reader", MINE),
    Grant("run", "workspace reader", GROUP),
    Grant("run", "workspace token reader", f"{WORKSPACES}/churn-lab"),
    Grant("delete", "services eraser", GROUP),
    Grant("delete", "workspace eraser", f"{WORKSPACES}/churn-lab"),
    Grant("delete", "workspace eraser", f"{WORKSPACES}/pricing-lab"),
    # and one of Azure Machine Learning
    Grant("run", "azureml workspace reader", ML_GROUP),
    Grant("run", "azureml reader", FORECAST),
    Grant("delete", "azureml eraser", FORECAST),
    Grant("delete", "operations reader", MINE),
}
ASKED_FOR = {
    Grant("run", "workspace finder", MINE),
    Grant("run", "Storage Blob Data Reader", FORECAST_STORE),
    Grant("run", "Storage File Data Privileged Reader", FORECAST_STORE),
    Grant("delete", "leftover eraser", FORECAST_STORE),
    Grant("delete", "folder eraser", FORECAST_STORE),
    Grant(
        "delete",
        "leftover eraser",
        f"{MINE}/resourceGroups/rg-ml-data/Microsoft.Storage/storageAccounts/churnlabstore",
    ),
    Grant(
        SENDER,
        "Storage Queue Data Message Sender",
        f"{DATA}/queueServices/default/queues/dsr-requests",
    ),
}
READING = {"Storage Blob Data Reader", "Storage File Data Privileged Reader"}
"""Microsoft's own roles that a workspace's account may give; neither has an action that writes."""
ML = "Microsoft.MachineLearningServices"
ACTIONS = {
    "services reader": {
        "Microsoft.MachineLearning/webServices/read",
        "Microsoft.MachineLearning/commitmentPlans/read",
        "Microsoft.MachineLearning/commitmentPlans/commitmentAssociations/read",
    },
    "workspace reader": {"Microsoft.MachineLearning/Workspaces/read"},
    "workspace token reader": {"Microsoft.MachineLearning/Workspaces/listworkspacekeys/action"},
    "services eraser": {
        "Microsoft.MachineLearning/webServices/read",
        "Microsoft.MachineLearning/webServices/delete",
        "Microsoft.MachineLearning/commitmentPlans/delete",
    },
    "workspace eraser": {"Microsoft.MachineLearning/Workspaces/delete"},
    "leftover eraser": {
        "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
        "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
    },
    "folder eraser": {
        "Microsoft.Storage/storageAccounts/fileServices/fileshares/files/delete",
        "Microsoft.Storage/storageAccounts/fileServices/fileshares/files/write",
        "Microsoft.Storage/storageAccounts/fileServices/writeFileBackupSemantics/action",
    },
    "operations reader": {
        "Microsoft.MachineLearning/locations/operationsstatus/read",
        f"{ML}/locations/mfeOperationsStatus/read",
        f"{ML}/locations/workspaceOperationsStatus/read",
    },
    "workspace finder": {"Microsoft.MachineLearning/Workspaces/read", f"{ML}/workspaces/read"},
    "azureml workspace reader": {f"{ML}/workspaces/read"},
    "azureml reader": {f"{ML}/workspaces/*/read"},
    "azureml eraser": {
        f"{ML}/workspaces/codes/versions/delete",
        f"{ML}/workspaces/components/versions/delete",
        f"{ML}/workspaces/data/versions/delete",
        f"{ML}/workspaces/environments/versions/delete",
        f"{ML}/workspaces/jobs/cancel/action",
        f"{ML}/workspaces/jobs/delete",
        f"{ML}/workspaces/models/versions/delete",
        f"{ML}/workspaces/schedules/delete",
    },
    "azureml workspace eraser": {f"{ML}/workspaces/delete"},
}
EXCEPT = {
    f"{ML}/workspaces/*/action",
    f"{ML}/workspaces/connections/listsecrets/action",
    f"{ML}/workspaces/datastores/listSecrets/action",
    f"{ML}/workspaces/listKeys/action",
    f"{ML}/workspaces/listNotebookAccessToken/read",
    f"{ML}/workspaces/listNotebookKeys/read",
    f"{ML}/workspaces/metadata/secrets/read",
}
"""What the one role with a wildcard leaves out of it: secrets, and all that changes something."""


@EVERY_SET
def test_every_role_assignment_is_one_of_these_with_this_scope(made: Deployment):
    expected = ALWAYS | (ASKED_FOR if made.name == "entra" else set())
    given = list(made.grants())
    assert set(given) == expected
    assert len(given) == len(expected)


@EVERY_SET
def test_a_custom_role_has_these_actions_and_one_alone_a_wildcard(made: Deployment):
    assert set(made.custom_roles) == set(ACTIONS)
    for name, role in made.custom_roles.items():
        (permissions,) = role["properties"]["permissions"]
        assert {*permissions["actions"], *permissions["dataActions"]} == ACTIONS[name]
        assert all(
            "/blobs/" in action or "/fileServices/" in action
            for action in permissions["dataActions"]
        )
        assert not any("/storageAccounts/" in action for action in permissions["actions"])
        assert set(permissions["notActions"]) == (EXCEPT if name == "azureml reader" else set())
        assert permissions["notDataActions"] == []
        assert role["properties"]["assignableScopes"] == [f"/{MINE}"]
        assert ("*" in str(permissions)) == (name == "azureml reader")
        assert len(role["properties"]["roleName"]) <= 512


@EVERY_SET
def test_what_runs_all_day_can_delete_nothing_of_a_workspace(made: Deployment):
    deleting = ("/delete", "/write", "/cancel/action", "writeFileBackupSemantics/action")
    for grant in made.grants():
        if grant.who == "run" and grant.role in ACTIONS:
            assert not [a for a in ACTIONS[grant.role] if a.endswith(deleting)], grant
        if grant.who == "run" and grant.scope.startswith(MINE):
            assert grant.role in {*ACTIONS, *READING}, grant
            assert "rg-ml-data" not in grant.scope


@EVERY_SET
def test_what_deletes_reads_no_request_no_secret_and_no_token(made: Deployment):
    for grant in made.grants():
        if grant.who == "delete":
            assert grant.scope.startswith(MINE), grant
            assert "listworkspacekeys" not in str(ACTIONS[grant.role])


@EVERY_SET
def test_each_assignment_says_what_kind_of_principal_it_is_for(made: Deployment):
    found = made.of("Microsoft.Authorization/roleAssignments")
    assert {a["properties"]["principalType"] for a in found} == {"ServicePrincipal"}
    assert len({a["id"] for a in found}) == len(found)


@EVERY_SET
def test_the_app_has_both_identities_and_names_one_wherever_one_is_named(made: Deployment):
    site = made.one("Microsoft.Web/sites")
    assert site["identity"]["type"] == "UserAssigned"
    assigned = site["identity"]["userAssignedIdentities"]
    kinds = {re.sub(r".*-(run|delete)-.*", r"\1", i) for i in assigned}
    assert kinds == {"run", "delete"}
    assert "-run-" in site["properties"]["keyVaultReferenceIdentity"]
    for setting in ("AzureWebJobsStorage__clientId", "DsrStorage__clientId"):
        assert "-run-" in made.settings[setting]
        assert made.settings[setting].endswith(").clientId]")
    assert "-delete-" in made.settings["DSR_DELETE_CLIENT_ID"]
    assert made.settings["DSR_DELETE_CLIENT_ID"].endswith(").clientId]")


@EVERY_SET
def test_every_connection_is_by_identity_with_its_client_id(made: Deployment):
    prefixes = {name.partition("__")[0] for name in made.settings if "__" in name}
    assert prefixes == {"AzureWebJobsStorage", "DsrStorage"}
    for prefix in prefixes:
        assert prefix not in made.settings
        assert made.settings[f"{prefix}__credential"] == "managedidentity"
        for service in ("blob", "queue"):
            uri = made.settings[f"{prefix}__{service}ServiceUri"]
            account = "stdsrhost" if prefix == "AzureWebJobsStorage" else "stdsrdata"
            assert re.match(rf"\[format\('https://\{{0}}\.{service}\.\{{1}}', '{account}", uri)


def test_a_workspaces_token_is_asked_for_only_where_no_setting_has_it():
    grants = [g for g in deployment("default").grants() if g.role == "workspace token reader"]
    assert [g.scope.rpartition("/")[2] for g in grants] == ["churn-lab"]
    assert "PRICING_LAB_TOKEN" in deployment("default").settings


def test_ready_asks_for_nothing_that_a_role_on_one_container_or_queue_does_not_give():
    """A call for the whole account would be refused."""
    asked = set(re.findall(r"\.((?:get|list|find)_\w+)\(", inspect.getsource(probes)))
    assert asked == {
        "get_blob_client",
        "get_blob_properties",
        "get_queue_client",
        "get_queue_properties",
    }


def test_the_page_on_security_shows_the_custom_roles_as_they_are():
    shown, left_out = {}, {}
    for row in rows("docs/security.md", "Two identities"):
        actions, _, but = row[1].partition(", but not ")
        shown[row[0]] = set(re.findall(r"`(Microsoft\.[^`]+)`", actions))
        left_out[row[0]] = set(re.findall(r"`(Microsoft\.[^`]+)`", but))
    assert shown == ACTIONS
    assert left_out == {name: EXCEPT if name == "azureml reader" else set() for name in ACTIONS}


def test_the_page_on_security_names_every_role_of_microsoft_that_is_given():
    section = " ".join(text("docs/security.md").partition("## Two identities")[2].split())
    given = {g.role for g in ALWAYS | ASKED_FOR} - set(ACTIONS)
    assert {"Storage Blob Data Reader", "Key Vault Secrets User"} <= given
    assert [role for role in given if f"*{role}*" not in section] == []
