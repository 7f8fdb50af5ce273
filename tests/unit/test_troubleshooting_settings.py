"""Messages of docs/troubleshooting.md that wrong settings give, as every route answers them."""

import azure.functions as func
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key

from dsr.settings import parse
from tests.fakes.functions import functions, give_ports
from tests.fakes.signing_keys import pem
from tests.unit.test_settings import target, values
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World, answered

SAYS = Provokers()


def refused(**changes: str | None) -> Provoker:
    """Parse settings with changes, as the composition root does, behind a route."""

    def provoke(world: World) -> list[Said]:
        give_ports(world.monkeypatch, lambda: parse(values(**changes)))
        request = func.HttpRequest(method="GET", url="/", params={}, route_params={}, body=b"")
        (whole,) = answered(functions()["ready"].get_user_function()(request))
        return [Said(whole.where, text) for text in whole.text.split("; ")]

    return provoke


WORKSPACE = "DSR_WORKSPACES[{n}]"
CASES: dict[str, dict[str, str | None]] = {
    "DsrStorage: is not a connection string that names its account and endpoints": {
        "DsrStorage": "UseDevelopmentStorage=true"
    },
    "DsrStorage__{service}: is missing (or set DsrStorage)": {"DsrStorage": None},
    "DsrStorage__{service}: is not an https address": {
        "DsrStorage": None,
        "DsrStorage__blobServiceUri": "http://data.blob.core.windows.net",
    },
    "DSR_HASH_KEY: is not the base64 of 32 bytes or more": {"DSR_HASH_KEY": "c2hvcnQ="},
    "DSR_ACCESS: has to be keys or entra": {"DSR_ACCESS": "key"},
    "{setting}: has to be true or false": {"DSR_ALLOW_AUTOMATIC_APPROVAL": "yes"},
    "DSR_SIGNING_KEY: is not a private key in PEM without a password": {
        "DSR_SIGNING_KEY": "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/k)"
    },
    "DSR_SIGNING_KEY: has to be an Ed25519 or P-256 key, or an RSA key of 2048 bits or more": {
        "DSR_SIGNING_KEY": pem(generate_private_key(SECP384R1()))
    },
    "DSR_ARM_ENDPOINT: has to be an https address (http on loopback only)": {
        "DSR_ARM_ENDPOINT": "http://management.azure.com"
    },
    "{setting}: is not a whole number from {low} to {high}": {"DSR_RETRY_SECONDS": "2 s"},
    "DSR_WORKSPACES: is missing": {"DSR_WORKSPACES": " "},
    "DSR_WORKSPACES: is neither a JSON array nor a file that can be read": {
        "DSR_WORKSPACES": "no/such/file.json"
    },
    "DSR_WORKSPACES: is not a JSON array of workspace targets": {"DSR_WORKSPACES": "[{]"},
    f"{WORKSPACE}: is not an object whose members are strings": {
        "DSR_WORKSPACES": target(workspace_id=7)
    },
    "DSR_AZUREML_API_VERSION: has to be a version such as 2025-12-01": {
        "DSR_AZUREML_API_VERSION": "latest"
    },
    "DSR_AZUREML_SCOPE: has to be an https address that ends in /.default, of Azure's": {
        "DSR_AZUREML_SCOPE": "https://ml.azure.com"
    },
    "DSR_AZUREML_MAX_MEGABYTES: has to be kind=MB,… or a JSON object of kinds and whole"
    " megabytes from 1 to {n}": {"DSR_AZUREML_MAX_MEGABYTES": "job=1.5"},
    f"{WORKSPACE}.arm_id: has to be the resource id of the workspace, /subscriptions/…"
    "/resourceGroups/…/providers/Microsoft.MachineLearningServices/workspaces/…": {
        "DSR_WORKSPACES": target(service="azureml")
    },
    f"{WORKSPACE}.artifacts: has to be links or storage": {
        "DSR_WORKSPACES": target(service="azureml", artifacts="blobs")
    },
    f"{WORKSPACE}.{{field}}: is not a field of a target of {{choices}}": {
        "DSR_WORKSPACES": target(regoin="West Europe")
    },
    f"{WORKSPACE}.name: has to be 1 to 64 of A-Z a-z 0-9 . _ - and usable as a folder": {
        "DSR_WORKSPACES": target(name="CON")
    },
    f"{WORKSPACE}.name: stands twice": {
        "DSR_WORKSPACES": target()[:-1] + ", " + target(name="CHURN-lab")[1:]
    },
    f"{WORKSPACE}.{{field}}: is that of the target {{id}} as well, and a workspace has one name": {
        "DSR_WORKSPACES": target()[:-1] + ", " + target(name="other")[1:]
    },
    f"{WORKSPACE}.service: has to be studio-classic or azureml": {
        "DSR_WORKSPACES": target(service="designer")
    },
    f"{WORKSPACE}.account_kind: has to be guest, free or standard": {
        "DSR_WORKSPACES": target(account_kind="paid")
    },
    f"{WORKSPACE}.workspace_id: has to be 32 lower-case hex digits": {
        "DSR_WORKSPACES": target(workspace_id="churn-lab")
    },
    f"{WORKSPACE}.storage_account: has to be 3 to 24 of a-z 0-9": {
        "DSR_WORKSPACES": target(storage_account="https://churnlabstore.blob.core.windows.net")
    },
    f"{WORKSPACE}.arm_id: has to be the resource id of a standard workspace, /subscriptions/…"
    "/resourceGroups/…/providers/Microsoft.MachineLearning/workspaces/…": {
        "DSR_WORKSPACES": target(arm_id="churn-lab")
    },
    f"{WORKSPACE}.storage_setting: names no setting with a connection string of loopback": {
        "DSR_WORKSPACES": target(storage_setting="NOT_THERE")
    },
    f"{WORKSPACE}.token_setting: is missing (a standard workspace may have an arm_id instead)": {
        "DSR_WORKSPACES": target(token_setting=None)
    },
    f"{WORKSPACE}.token_setting: names a setting that is missing or empty": {
        "CHURN_LAB_TOKEN": None
    },
    f"{WORKSPACE}.{{field}}: is missing, and no known region says it": {
        "DSR_WORKSPACES": target(region="Atlantis")
    },
    f"{WORKSPACE}.{{field}}: has to be an https address (http on loopback only)": {
        "DSR_WORKSPACES": target(studio_endpoint="http://studio.example.org")
    },
}
for template, changes in CASES.items():
    SAYS(template)(refused(**changes))


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
