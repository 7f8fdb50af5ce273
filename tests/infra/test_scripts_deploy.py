"""deploy.sh: its calls and their order, what it asks, and that no key shows anywhere."""

import base64
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.infra.conftest import OUTPUTS, SUBSCRIPTION, outputs
from tests.infra.stand_in import StandIn

OPTIONS = ("--environment", "prod", "--location", "westeurope")
REFUSED = {"rc": 1, "err": "(Forbidden) Caller is not authorized. Code: ForbiddenByRbac"}
SECRETS = "dsr-hash-key\ndsr-signing-key\n"


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
    told = ("--alert-email", "dpo@example.org", "--access-mode", "entra")
    workspaces = str(project / "workspaces.json")
    azure.answer("az functionapp config appsettings list", {"out": "entra\n"})
    azure.answer("curl", {"out": "401"}, holds="/api/ready")
    done = azure.run("deploy.sh", *OPTIONS, *told, "--workspaces", workspaces, "--yes")
    assert done.code == 0, done.text
    shown, made = (c["arguments"] for c in azure.calls()[1:3])
    assert shown[3:] == made[3 : len(shown)]
    assert made[3:] == [
        *("--name", "dsr-prod", "--location", "westeurope"),
        *("--template-file", str(project / "infra" / "main.bicep")),
        *("--parameters", "environmentName=prod", "location=westeurope"),
        *(f"workspaces=@{workspaces}", "alertEmail=dpo@example.org", "accessMode=entra"),
        *("--query", "properties.outputs", "--output", "json"),
    ]


def test_a_parameters_file_says_everything(azure: StandIn, project: Path):
    file = project / "mine.bicepparam"
    file.write_text("using 'infra/main.bicep'\n", "utf-8")
    done = azure.run("deploy.sh", *OPTIONS, "--parameters", str(file), "--yes")
    assert done.code == 0, done.text
    arguments = azure.calls()[2]["arguments"]
    assert arguments[arguments.index("--parameters") + 1 :][0] == str(file)
    assert not [a for a in arguments if a.startswith("environmentName=")]
    refused = azure.run(
        "deploy.sh", *OPTIONS, "--parameters", str(file), "--access-mode", "keys", "--yes"
    )
    assert refused.code == 1
    assert "--parameters says everything" in refused.err
    assert azure.calls() == []


def test_a_template_for_a_resource_group_is_deployed_to_one(azure: StandIn, project: Path):
    (project / "infra" / "main.bicep").write_text("param location string\n", "utf-8")
    refused = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert (refused.code, azure.calls()) == (1, [])
    assert "--resource-group is missing" in refused.err
    azure.answer("az group create")
    azure.answer("az deployment group what-if")
    azure.answer(
        "az deployment group create", {"out": outputs()})
    done = azure.run("deploy.sh", *OPTIONS, "--resource-group", "rg-dsr-prod", "--yes")
    assert done.code == 0, done.text
    called = azure.calls()
    assert verbs(called)[1:4] == [
        "az group create",
        "az deployment group what-if",
        "az deployment group create",
    ]
    assert "--resource-group rg-dsr-prod" in called[3]["line"]


# What is asked


def test_nothing_is_deployed_without_a_yes(azure: StandIn):
    for answer in ("", "no\n", "y\n"):
        done = azure.run("deploy.sh", *OPTIONS, says=answer)
        assert done.code == 1
        assert "not confirmed" in done.err
        assert verbs(azure.calls()) == ALL[:2]


def test_what_if_shows_and_ends(azure: StandIn):
    done = azure.run("deploy.sh", *OPTIONS, "--what-if")
    assert done.code == 0
    assert verbs(azure.calls()) == ALL[:2]


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
    azure.answer("az keyvault secret list", {"out": "dsr-hash-key-old\ndsr-signing-key\n"})
    azure.run("deploy.sh", *OPTIONS, "--yes")
    made = [c["line"] for c in azure.calls() if c["file"]]
    assert len(made) == 1
    assert "--name dsr-hash-key --file" in made[0]


def test_the_function_key_reaches_curl_by_its_standard_input_only(azure: StandIn):
    azure.run("deploy.sh", *OPTIONS, "--yes")
    health, ready = (c for c in azure.calls() if c["line"].startswith("curl"))
    assert health["stdin"] == ""
    assert ready["stdin"].strip() == 'header = "x-functions-key: the-function-key=="'


def test_who_may_not_list_secrets_is_asked_before_a_role_is_given(azure: StandIn):
    azure.answer("az keyvault secret list", REFUSED, REFUSED, {"out": ""})
    azure.answer("az ad signed-in-user show", {"out": "my-object-id\n"})
    azure.answer("az keyvault show", {"out": "/subscriptions/s/vaults/kv-dsr-x1\n"})
    azure.answer("az role assignment create")
    refused = azure.run("deploy.sh", *OPTIONS, says="yes\nno\n")
    assert refused.code == 1
    assert "az role assignment create" not in verbs(azure.calls())
    azure.answer("az keyvault secret list", REFUSED, REFUSED, {"out": ""})
    done = azure.run("deploy.sh", *OPTIONS, says="yes\nyes\n", wait=30)
    assert done.code == 0, done.text
    called = azure.calls()
    assert verbs(called)[3:9] == [
        "az keyvault secret list",
        "az ad signed-in-user show",
        "az keyvault show",
        "az role assignment create",
        "az keyvault secret list",
        "az keyvault secret list",
    ]
    (given,) = (c["line"] for c in called if c["line"].startswith("az role"))
    assert "--assignee-object-id my-object-id" in given
    assert given.endswith("--scope /subscriptions/s/vaults/kv-dsr-x1 --output none")


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
    azure.answer("curl", {"out": "503"}, {"out": "000", "rc": 28}, {"out": "200"}, holds="/api/ready")
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
