"""deploy.sh: its calls and their order, what it asks, and that no key shows anywhere."""

import base64
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.infra.conftest import OUTPUTS, SUBSCRIPTION, outputs
from tests.infra.stand_in import StandIn

ROOT = Path(__file__).parents[2]
OPTIONS = (
    *("--environment", "prod", "--location", "westeurope"),
    *("--workspaces", str(ROOT / "tests" / "infra" / "workspaces.json")),
    *("--alert-emails", "privacy@example.org"),
)
REFUSED = {"rc": 1, "err": "(Forbidden) Caller is not authorized. Code: ForbiddenByRbac"}
SECRETS = "dsr-hash-key\ndsr-signing-key\nchurn-lab-token\n"


def verbs(calls: list[dict[str, object]]) -> list[str]:
    """Give the calls without their options, and of curl the path of the URL."""
    return [
        "GET /" + str(c["line"]).partition(".net/")[2]
        if str(c["line"]).startswith("curl")
        else re.split(r" --", str(c["line"]))[0]
        for c in calls
    ]


ALL = [
    "az account show",
    "az ad signed-in-user show",
    "az deployment sub what-if",
    "az deployment sub create",
    "az keyvault secret list",
    "az keyvault secret set",
    "az keyvault secret set",
    "az rest",
    "az functionapp deployment source config-zip",
    "GET /api/health",
    "az functionapp config appsettings list",
    "az functionapp keys list",
    "GET /api/ready",
]


def test_a_first_deployment_does_everything_in_order(azure: StandIn):
    done = azure.run("deploy.sh", *OPTIONS, says="yes\n")
    assert done.code == 0, done.text
    assert done.err == ""
    assert verbs(azure.calls()) == ALL
    assert "+ everything" in done.out
    assert f"{OUTPUTS['functionAppUrl']}/api" in done.out
    assert "az functionapp function keys list" in done.out


def test_the_same_arguments_are_shown_and_deployed(azure: StandIn, project: Path):
    azure.run("deploy.sh", *OPTIONS, "--yes")
    shown, made = (c["arguments"] for c in azure.calls()[2:4])
    assert shown[3:] == made[3 : len(shown)]
    assert made[3:] == [
        *("--name", "dsr-prod", "--location", "westeurope"),
        *("--template-file", str(project / "infra" / "main.bicep")),
        *("--parameters", str(project / "infra" / "main.bicepparam")),
        *("--query", "properties.outputs", "--output", "json"),
    ]


def test_the_parameters_file_is_told_what_the_options_said(azure: StandIn, project: Path):
    azure.answer("az functionapp config appsettings list", {"out": "entra\n"})
    azure.answer("curl", {"out": "401"}, holds="/api/ready")
    file = str(project / "workspaces.json")
    options = ("--workspaces", file, "--alert-emails", "a@example.org,b@example.org")
    entra = ("--entra-client-id", "client-1")
    done = azure.run("deploy.sh", *OPTIONS[:4], *options, *entra, "--yes")
    assert done.code == 0, done.text
    told = azure.calls()[3]["told"]
    assert {k: v for k, v in told.items() if not k.endswith("_SECONDS")} == {
        "AZURE_ENV_NAME": "prod",
        "AZURE_LOCATION": "westeurope",
        "AZURE_PRINCIPAL_ID": "my-object-id",
        "DSR_WORKSPACES": "[]",
        "DSR_ALERT_EMAILS": "a@example.org,b@example.org",
        "DSR_ENTRA_CLIENT_ID": "client-1",
    }


def test_variables_say_the_same_as_options(azure: StandIn):
    done = azure.run(
        "deploy.sh",
        "--yes",
        AZURE_ENV_NAME="prod",
        AZURE_LOCATION="westeurope",
        AZURE_PRINCIPAL_ID="a-service-principal",
        DSR_WORKSPACES="[]",
        DSR_ALERT_EMAILS="a@example.org",
    )
    assert done.code == 0, done.text
    called = azure.calls()
    assert verbs(called) == [v for v in ALL if v != "az ad signed-in-user show"]
    assert called[2]["told"]["AZURE_PRINCIPAL_ID"] == "a-service-principal"


def test_a_parameters_file_of_ones_own_need_not_be_told_anything(azure: StandIn, project: Path):
    file = project / "mine.bicepparam"
    file.write_text("using 'infra/main.bicep'\n", "utf-8")
    done = azure.run("deploy.sh", *OPTIONS[:4], "--parameters", str(file), "--yes")
    assert done.code == 0, done.text
    arguments = azure.calls()[3]["arguments"]
    assert arguments[arguments.index("--parameters") + 1] == str(file)


# What is asked


def test_nothing_is_deployed_without_a_yes(azure: StandIn):
    for answer in ("", "no\n", "y\n"):
        done = azure.run("deploy.sh", *OPTIONS, says=answer)
        assert done.code == 1
        assert "not confirmed" in done.err
        assert verbs(azure.calls()) == ALL[:3]


def test_what_if_shows_and_ends(azure: StandIn):
    done = azure.run("deploy.sh", *OPTIONS, "--what-if")
    assert done.code == 0
    assert verbs(azure.calls()) == ALL[:3]


# Keys


def test_keys_are_made_that_the_app_takes_and_are_shown_to_nobody(azure: StandIn):
    done = azure.run("deploy.sh", *OPTIONS, "--yes")
    calls = azure.calls()
    made = {c["arguments"][c["arguments"].index("--name") + 1]: c for c in calls if c["file"]}
    assert set(made) == {"dsr-hash-key", "dsr-signing-key"}
    hash_key, pem = (str(made[name]["file"]) for name in ("dsr-hash-key", "dsr-signing-key"))
    assert len(base64.b64decode(hash_key, validate=True)) == 32
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"
    for call in made.values():
        assert call["mode"] == "0o600"
        assert call["line"].endswith("--output none")
    for secret in (hash_key, pem.splitlines()[1], "the-function-key"):
        assert secret not in done.text
        assert not [c for c in calls if secret in c["line"]]
    assert list(azure.place.glob("tmp.*")) == []


def test_every_deployment_makes_keys_of_its_own(azure: StandIn):
    found = set()
    for _ in range(2):
        azure.run("deploy.sh", *OPTIONS, "--yes")
        found |= {c["file"] for c in azure.calls() if c["file"]}
    assert len(found) == 4


def test_keys_that_are_there_are_left_alone(azure: StandIn):
    azure.answer("az keyvault secret list", {"out": SECRETS})
    done = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert done.code == 0, done.text
    assert "az keyvault secret set" not in verbs(azure.calls())
    azure.answer("az keyvault secret list", {"out": f"x-{SECRETS}"})
    azure.run("deploy.sh", *OPTIONS, "--yes")
    made = [c["line"] for c in azure.calls() if c["file"]]
    assert len(made) == 1
    assert "--name dsr-hash-key --file" in made[0]


def test_the_function_key_reaches_curl_by_its_standard_input_only(azure: StandIn):
    azure.run("deploy.sh", *OPTIONS, "--yes")
    health, ready = (c for c in azure.calls() if c["line"].startswith("curl"))
    assert health["stdin"] == ""
    assert ready["stdin"].strip() == 'header = "x-functions-key: the-function-key=="'


def test_a_role_on_the_vault_is_waited_for(azure: StandIn):
    azure.answer("az keyvault secret list", REFUSED, REFUSED, {"out": SECRETS})
    done = azure.run("deploy.sh", *OPTIONS, "--yes", wait=30)
    assert done.code == 0, done.text
    assert verbs(azure.calls()).count("az keyvault secret list") == 3
    azure.answer("az keyvault secret list", REFUSED)
    failed = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert failed.code == 1
    assert "(needs 'Key Vault Secrets Officer') was still refused after 0 s" in failed.err


def test_a_token_that_is_missing_is_named_and_nothing_is_published(azure: StandIn):
    azure.answer("az keyvault secret list", {"out": ""})
    failed = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert failed.code == 1
    assert "--vault-name kv-dsr-x1 --name churn-lab-token --file FILE" in failed.out
    assert "secrets are missing" in failed.err
    assert verbs(azure.calls()) == ALL[:7]


def test_secrets_have_the_names_that_the_template_gives_them(azure: StandIn):
    named = {"DSR_HASH_KEY": "our-hash", "DSR_SIGNING_KEY": "our-signature"}
    azure.answer("az deployment sub create", {"out": outputs(secretNameBySetting=named)})
    azure.run("deploy.sh", *OPTIONS, "--yes")
    stored = [c["line"].split("--name ")[1].split()[0] for c in azure.calls() if c["file"]]
    assert stored == ["our-hash", "our-signature"]


# Waiting


def test_publishing_is_tried_again_while_a_role_is_on_its_way(azure: StandIn):
    late = {"rc": 1, "err": "BlobUploadFailedException: 403 (This request is not authorized)"}
    azure.answer("az functionapp deployment source config-zip", late, late, {})
    done = azure.run("deploy.sh", *OPTIONS, "--yes", wait=30)
    assert done.code == 0, done.text
    published = [c["line"] for c in azure.calls() if "config-zip" in c["line"]]
    assert len(published) == 3
    assert published[0].endswith("app.zip --build-remote true --output none")
    assert "--resource-group rg-dsr-prod --name func-dsr-x1" in published[0]


def test_an_app_that_is_not_ready_yet_is_told_to_read_its_keys_and_asked_again(azure: StandIn):
    azure.answer(
        "curl", {"out": "503"}, {"out": "000", "rc": 28}, {"out": "200"}, holds="/api/ready"
    )
    done = azure.run("deploy.sh", *OPTIONS, "--yes", wait=30)
    assert done.code == 0, done.text
    called = azure.calls()
    end = ["GET /api/ready", "az rest", "GET /api/ready", "az rest", "GET /api/ready"]
    assert verbs(called)[-5:] == end
    assert (
        f"--url /subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dsr-prod/providers/Microsoft.Web"
        "/sites/func-dsr-x1/config/configreferences/appsettings/refresh?api-version=2022-03-01"
    ) in called[-2]["line"]


def test_with_entra_ready_has_to_refuse_a_caller_without_a_token(azure: StandIn):
    azure.answer("az functionapp config appsettings list", {"out": "entra\n"})
    azure.answer("curl", {"out": "401"}, holds="/api/ready")
    done = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert done.code == 0, done.text
    assert "401 is right" in done.out
    azure.answer("curl", {"out": "503", "body": "authentication is off"}, holds="/api/ready")
    failed = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert failed.code == 1
    assert "answered 503 and not 401" in failed.err
    assert "authentication is off" in failed.err
