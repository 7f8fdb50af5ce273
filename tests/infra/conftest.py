"""A small project with the scripts in it, and stand-ins for the programs that they call."""

import json
import shutil
from pathlib import Path

import pytest

from tests.infra.stand_in import ROOT, StandIn

OUTPUTS = {
    "functionAppName": "func-dsr-x1",
    "functionAppUrl": "https://func-dsr-x1.azurewebsites.net",
    "resourceGroupName": "rg-dsr-prod",
    "keyVaultName": "kv-dsr-x1",
    "dataStorageAccountName": "stdsrx1",
    "runIdentityClientId": "11111111-0000-0000-0000-000000000000",
    "deleteIdentityClientId": "22222222-0000-0000-0000-000000000000",
}
SUBSCRIPTION = "33333333-0000-0000-0000-000000000000"


def outputs() -> str:
    """Give a deployment's outputs in the form in which Azure Resource Manager gives them."""
    return json.dumps({name: {"type": "String", "value": v} for name, v in OUTPUTS.items()})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of four files; its template is deployed to a subscription."""
    root = tmp_path / "project"
    (root / "infra").mkdir(parents=True)
    for name in ("deploy.sh", "teardown.sh", "smoke.sh", "lib.sh", "package.py"):
        shutil.copy(ROOT / "infra" / name, root / "infra" / name)
    (root / "infra" / "main.bicep").write_text("targetScope = 'subscription'\n", "utf-8")
    shutil.copy(ROOT / ".funcignore", root)
    for name in ("function_app.py", "host.json", "requirements.txt"):
        (root / name).write_text(f"# {name}\n", "utf-8")
    (root / "workspaces.json").write_text("[]", "utf-8")
    return root


@pytest.fixture
def azure(tmp_path: Path, project: Path) -> StandIn:
    """An Azure in which everything works, and in which nothing has been deployed yet."""
    place = tmp_path / "stand-in"
    place.mkdir()
    made = StandIn(place, project / "infra")
    account = {"id": SUBSCRIPTION, "name": "Privacy", "user": {"name": "someone"}}
    made.answer("az account show", {"out": json.dumps(account)})
    made.answer("az deployment sub what-if", {"out": "+ everything\n"})
    for verb in ("create", "show"):
        made.answer(f"az deployment sub {verb}", {"out": outputs()})
    made.answer("az keyvault secret list", {"out": ""})
    made.answer("az keyvault secret set")
    made.answer("az rest --method post")
    made.answer("az functionapp deployment source config-zip")
    made.answer("az functionapp config appsettings list", {"out": "keys\n"})
    made.answer("az functionapp keys list", {"out": "the-function-key==\n"})
    made.answer("curl", {"out": "200"})
    return made
