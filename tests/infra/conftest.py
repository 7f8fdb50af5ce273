"""What the tests of infra/ share: the compiler, each set's resources, and stand-ins for `az`."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.infra.compiler import command, predict_all, run
from tests.infra.deployment import Deployment, deployment
from tests.infra.stand_in import ROOT, StandIn

OUTPUTS: dict[str, Any] = {
    "functionAppName": "func-dsr-x1",
    "functionAppUrl": "https://func-dsr-x1.azurewebsites.net",
    "resourceGroupName": "rg-dsr-prod",
    "keyVaultName": "kv-dsr-x1",
    "dataStorageAccountName": "stdsrx1",
    "runIdentityClientId": "11111111-0000-0000-0000-000000000000",
    "deleteIdentityClientId": "22222222-0000-0000-0000-000000000000",
    "roleSubscriptionIds": ["sub-a", "sub-b"],
    "rolePrefix": "dsr-prod-x1",
    "secretNameBySetting": {
        "DSR_HASH_KEY": "dsr-hash-key",
        "DSR_SIGNING_KEY": "dsr-signing-key",
        "CHURN_LAB_TOKEN": "churn-lab-token",
    },
}
SUBSCRIPTION = "33333333-0000-0000-0000-000000000000"


def outputs(**other: Any) -> str:
    """Give a deployment's outputs in the form in which Azure Resource Manager gives them."""
    return json.dumps({n: {"type": "x", "value": v} for n, v in (OUTPUTS | other).items()})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of a few files, with the scripts as they are."""
    root = tmp_path / "project"
    (root / "infra").mkdir(parents=True)
    for name in ("deploy.sh", "teardown.sh", "smoke.sh", "lib.sh", "package.py"):
        shutil.copy(ROOT / "infra" / name, root / "infra" / name)
    for name in ("main.bicep", "main.bicepparam"):
        (root / "infra" / name).write_text("// only az reads it\n", "utf-8")
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
    made.answer("az ad signed-in-user show", {"out": "my-object-id\n"})
    made.answer("az deployment sub what-if", {"out": "+ everything\n"})
    for verb in ("create", "show"):
        made.answer(f"az deployment sub {verb}", {"out": outputs()})
    made.answer("az keyvault secret list", {"out": "churn-lab-token\n"})
    made.answer("az keyvault secret set")
    made.answer("az rest --method post")
    made.answer("az functionapp deployment source config-zip")
    made.answer("az functionapp config appsettings list", {"out": "keys\n"})
    made.answer("az functionapp keys list", {"out": "the-function-key==\n"})
    made.answer("curl", {"out": "200"})
    return made


@pytest.fixture(scope="session")
def compiler() -> Path:
    found = command()
    if found is None or run("snapshot", "--help").returncode != 0:
        said = "there is no Bicep compiler: put `bicep` on the PATH, or run `az bicep install`"
        if found is not None:
            said = "the Bicep compiler has no `bicep snapshot`: run `az bicep upgrade`"
        if os.environ.get("DSR_NEEDS_BICEP"):
            pytest.fail(said)
        pytest.skip(said)
    return found


@pytest.fixture(scope="session")
def predicted(compiler: Path) -> dict[str, str]:
    """What each parameter set makes by the files as they are now."""
    return predict_all()


@pytest.fixture
def made(request: pytest.FixtureRequest) -> Deployment:
    return deployment(request.param)
