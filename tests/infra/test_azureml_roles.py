"""Roles on workspaces of Azure Machine Learning: what each gives, and when nobody gets it."""

import fnmatch
import json
from pathlib import Path

import pytest

from dsr.azureml_settings import API_VERSION, SCOPE, AzureMlSettings
from dsr.services.azureml.kinds import KINDS
from dsr.settings import parse
from tests.fakes.signing_keys import key, pem
from tests.infra.compiler import Refused, predict
from tests.infra.deployment import Deployment, Grant, deployment
from tests.unit.test_docs import SAMPLE

COMPILED = pytest.mark.usefixtures("compiler")
ML = "Microsoft.MachineLearningServices"
SUBSCRIPTION = "99999999-2222-3333-4444-555555555555"
GROUP = f"subscriptions/{SUBSCRIPTION}/resourceGroups/rg-lab"
WORKSPACE = f"{GROUP}/{ML}/workspaces/ws-lab"
ACCOUNT = f"/{GROUP}/providers/Microsoft.Storage/storageAccounts/stlab"
STORE = (
    f"subscriptions/{SUBSCRIPTION}/resourceGroups/rg-lab/Microsoft.Storage/storageAccounts/stlab"
)
HEAD = """
using 'main.bicep'

param environmentName = 'test'
param location = 'westeurope'
param alertEmails = ['privacy@example.org']
"""
SECRETS = (
    "workspaces/listKeys/action",
    "workspaces/listStorageAccountKeys/action",
    "workspaces/listNotebookAccessToken/read",
    "workspaces/listNotebookKeys/read",
    "workspaces/metadata/secrets/read",
    "workspaces/connections/listsecrets/action",
    "workspaces/datastores/listsecrets/action",
    "workspaces/computes/listKeys/action",
    "workspaces/environments/readSecrets/action",
    "workspaces/batchEndpoints/listKeys/action",
    "workspaces/onlineendpoints/listkeys/action",
    "workspaces/onlineendpoints/token/action",
    "workspaces/serverlessEndpoints/listKeys/action",
    "workspaces/services/aci/listkeys/action",
    "workspaces/services/aks/listkeys/action",
)
"""The operations of Microsoft's list that give a key, a token or a secret; three end in read."""
READS = (
    *("workspaces/jobs/read", "workspaces/models/versions/read", "workspaces/data/versions/read"),
    *("workspaces/environments/versions/read", "workspaces/components/versions/read"),
    *("workspaces/codes/versions/read", "workspaces/schedules/read", "workspaces/computes/read"),
    *("workspaces/onlineEndpoints/deployments/read", "workspaces/batchEndpoints/read"),
    *("workspaces/datastores/read", "workspaces/connections/read", "workspaces/featuresets/read"),
    *("workspaces/experiments/runs/read", "workspaces/metadata/artifacts/read"),
)
ON_ARM = {
    "job": {"jobs/delete", "jobs/cancel/action"},
    "model": {"models/versions/delete"},
    "data": {"data/versions/delete"},
    "environment": {"environments/versions/delete"},
    "component": {"components/versions/delete"},
    "code": {"codes/versions/delete"},
    "schedule": {"schedules/delete"},
}
"""What the connector calls to delete a kind, as actions; Azure names them by path and verb."""
IN_SHARES = {"user_folder"}
"""Kinds that lie in a file share: their deletes are no calls to Azure Resource Manager."""


def lab(storage_account: str = "") -> str:
    account = f"storage_account: '{storage_account}'" if storage_account else ""
    return f"""
param workspaces = [
  {{
    name: 'lab'
    service: 'azureml'
    arm_id: '/{GROUP}/providers/{ML}/workspaces/ws-lab'
    {account}
  }}
]
"""


def made(*parameters: str) -> Deployment:
    return Deployment("test", predict("test", HEAD + "".join(parameters)))


def outside(one: Deployment) -> set[Grant]:
    """Give what is granted in the workspaces' subscriptions."""
    return {g for g in one.grants() if g.scope.startswith("subscriptions/")}


def allows(role: str, action: str) -> bool:
    """Tell whether a custom role gives an action: as Azure does, by pattern and without case."""
    (permissions,) = deployment("default").custom_roles[role]["properties"]["permissions"]

    def among(patterns: list[str]) -> bool:
        return any(fnmatch.fnmatchcase(action.lower(), p.lower()) for p in patterns)

    return among(permissions["actions"]) and not among(permissions["notActions"])


@pytest.mark.parametrize("action", SECRETS)
def test_no_role_on_a_workspace_gives_a_secret(action: str):
    for role in deployment("default").custom_roles:
        assert not allows(role, f"{ML}/{action}"), role


@pytest.mark.parametrize("action", READS)
def test_the_reader_reads_what_the_connector_reads(action: str):
    assert allows("azureml reader", f"{ML}/{action}")


@pytest.mark.parametrize("verb", ["write", "delete", "start/action", "updateDataMounts/action"])
def test_the_reader_changes_nothing(verb: str):
    assert not allows("azureml reader", f"{ML}/workspaces/computes/{verb}")


def test_what_deletes_may_do_exactly_what_the_connector_deletes():
    kinds = {k.kind.name for k in KINDS if k.eraser is not None} - IN_SHARES
    role = deployment("default").custom_roles["azureml eraser"]
    (permissions,) = role["properties"]["permissions"]
    called = {f"{ML}/workspaces/{action}" for kind in kinds for action in ON_ARM[kind]}
    assert set(permissions["actions"]) == called


def test_by_default_nobody_may_delete_a_workspace_of_azure_machine_learning():
    for name in ("default", "entra", "private", "smallest"):
        one = deployment(name)
        assert not [g for g in one.grants() if g.role == "azureml workspace eraser"]
        for grant in one.grants():
            if grant.role in one.custom_roles:
                purges = allows(grant.role, f"{ML}/workspaces/delete")
                assert not purges, grant


@pytest.fixture(scope="module")
def asked(compiler: Path) -> Deployment:
    """A workspace that names another account than the one given, with all that can be asked for."""
    return made(
        lab("stother"),
        "param allowWorkspacePurge = true\n",
        f"param azuremlStorageIds = ['{ACCOUNT}']\n",
        f"param workspaceStorageIds = ['{ACCOUNT.replace('rg-lab', 'RG-Lab')}']\n",
        "param azuremlMaxMegabytes = { job: 500, model: 2000 }\n",
        "param azuremlApiVersion = '2026-03-01'\n",
        "param azuremlScope = 'https://ml.example.cn/.default'\n",
    )


def test_a_purge_that_is_asked_for_is_of_the_identity_that_deletes_alone(asked: Deployment):
    assert {g for g in outside(asked) if g.scope != STORE} == {
        Grant("run", "azureml workspace reader", GROUP),
        Grant("run", "azureml reader", WORKSPACE),
        Grant("delete", "azureml eraser", WORKSPACE),
        Grant("delete", "azureml workspace eraser", WORKSPACE),
        Grant("delete", "operations reader", f"subscriptions/{SUBSCRIPTION}"),
    }


def test_an_account_that_no_target_names_opens_no_share_and_of_both_services_is_one(
    asked: Deployment,
):
    """The set `entra` has an account that its target names, and a classic one."""
    given = [(g.who, g.role) for g in asked.grants() if g.scope.lower().endswith("stlab")]
    assert sorted(given) == [("delete", "leftover eraser"), ("run", "Storage Blob Data Reader")]
    entra = [g for g in deployment("entra").grants() if g.scope.endswith("/stforecast01")]
    assert sorted((g.who, g.role) for g in entra) == [
        ("delete", "folder eraser"),
        ("delete", "leftover eraser"),
        ("run", "Storage Blob Data Reader"),
        ("run", "Storage File Data Privileged Reader"),
    ]


@COMPILED
def test_with_discovery_alone_the_app_may_list_and_no_more():
    one = made(
        f"param workspaces = []\nparam discoverSubscriptions = ['{SUBSCRIPTION.upper()}']\n",
    )
    there = f"subscriptions/{SUBSCRIPTION}"
    assert outside(one) == {
        Grant("run", "workspace finder", there),
        Grant("delete", "operations reader", there),
    }
    assert one.outputs["roleSubscriptionIds"] == [SUBSCRIPTION]
    assert one.settings["DSR_WORKSPACES"] == ""
    told = {n: v for n, v in one.settings.items() if not v.startswith("[")}
    told |= {"DsrStorage": SAMPLE["DsrStorage"], "DSR_HASH_KEY": SAMPLE["DSR_HASH_KEY"]}
    settings = parse(told | {"DSR_SIGNING_KEY": pem(key("ed25519")), "DSR_ARM_ENDPOINT": ""})
    assert settings.discover_subscriptions == (SUBSCRIPTION,)
    assert settings.targets == {}


def test_limits_version_and_scope_reach_the_app(asked: Deployment):
    assert json.loads(asked.settings["DSR_AZUREML_MAX_MEGABYTES"]) == {"job": 500, "model": 2000}
    told = {n: v for n, v in asked.settings.items() if n.startswith("DSR_AZUREML_")}
    told |= {n: SAMPLE[n] for n in ("DsrStorage", "DSR_HASH_KEY")}
    told["DSR_DISCOVER_SUBSCRIPTIONS"] = SUBSCRIPTION
    assert parse(told).azureml == AzureMlSettings(
        "2026-03-01",
        "https://ml.example.cn/.default",
        {"job": 500 * 1024 * 1024, "model": 2000 * 1024 * 1024},
    )


def test_the_parameters_begin_with_the_codes_own_defaults():
    settings = deployment("default").settings
    assert settings["DSR_AZUREML_API_VERSION"] == API_VERSION
    assert settings["DSR_AZUREML_SCOPE"] == SCOPE
    assert settings["DSR_AZUREML_MAX_MEGABYTES"] == settings["DSR_DISCOVER_SUBSCRIPTIONS"] == ""


@COMPILED
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("arm_id", "armid"), '"armid"'),
        (("service: 'azureml'", "service: 'azureml'\n    token_setting: 'X'"), '"token_setting"'),
    ],
    ids=["misspelt field", "a token"],
)
def test_a_target_of_azure_machine_learning_has_its_own_fields(change: tuple[str, str], said: str):
    with pytest.raises(Refused) as refused:
        made(lab().replace(*change))
    assert said in str(refused.value)
