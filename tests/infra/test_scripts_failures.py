"""deploy.sh where a step fails: it says which, calls nothing more, and goes on when run again."""

import json

import pytest

from tests.infra.stand_in import StandIn
from tests.infra.test_scripts_deploy import ALL, OPTIONS, SECRETS, verbs

WRONG = {"rc": 1, "err": "(InternalError) Something is wrong."}


@pytest.mark.parametrize(
    ("step", "begins", "says"),
    [
        (0, "az account show", "not signed in to Azure"),
        (1, "az ad signed-in-user show", "asking who is signed in"),
        (2, "az deployment sub what-if", "what-if failed"),
        (3, "az deployment sub create", "deploying the resources failed"),
        (4, "az keyvault secret list", "listing the secrets"),
        (5, "az keyvault secret set", "storing dsr-hash-key failed"),
        (7, "az rest", "having the app read its keys failed"),
        (8, "az functionapp deployment source config-zip", "publishing failed"),
        (10, "az functionapp config appsettings list", "asking for the access mode failed"),
        (11, "az functionapp keys list", "asking for the default key failed"),
    ],
)
def test_a_step_that_fails_ends_it(azure: StandIn, step: int, begins: str, says: str):
    azure.answer(begins, WRONG, {"rc": 98})  # a second try would end otherwise
    failed = azure.run("deploy.sh", *OPTIONS, "--yes", wait=30)
    assert failed.code == 1
    assert f"error: {says}" in failed.err
    assert "Something is wrong." in failed.err
    assert verbs(azure.calls()) == ALL[: step + 1]


@pytest.mark.parametrize("begins", [verb for verb in dict.fromkeys(ALL) if verb.startswith("az ")])
def test_running_it_again_after_a_failure_continues(azure: StandIn, begins: str):
    rules = json.loads((azure.place / "answers").read_text("utf-8"))
    (right,) = (r["replies"][0] for r in rules if r["begins"].startswith(begins))
    azure.answer(begins, WRONG, right)
    assert azure.run("deploy.sh", *OPTIONS, "--yes").code == 1
    made = [c["line"] for c in azure.calls() if c["file"]]
    if begins == "az keyvault secret set":
        made = []
    elif made:  # what was stored before the failure is there now
        azure.answer("az keyvault secret list", {"out": SECRETS})
    done = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert done.code == 0, done.text
    left = [v for v in ALL if v != "az keyvault secret set"] if made else ALL
    assert verbs(azure.calls()) == left


def test_a_refusal_that_no_role_explains_is_not_tried_again(azure: StandIn):
    azure.answer("az keyvault secret list", {"rc": 1, "err": "ForbiddenByConnection"})
    failed = azure.run("deploy.sh", *OPTIONS, "--yes", wait=30)
    assert failed.code == 1
    assert verbs(azure.calls())[-1] == "az keyvault secret list"


def test_a_role_that_never_comes_ends_in_a_message(azure: StandIn):
    azure.answer("az functionapp deployment source config-zip", {"rc": 1, "err": "403 Forbidden"})
    failed = azure.run("deploy.sh", *OPTIONS, "--yes", wait=1)
    assert failed.code == 1
    assert "publishing was still refused after 1 s" in failed.err
    assert verbs(azure.calls())[-1] == "az functionapp deployment source config-zip"


@pytest.mark.parametrize("path", ["/api/health", "/api/ready"])
def test_an_app_that_never_answers_ends_in_a_message(azure: StandIn, path: str):
    azure.answer("curl", {"out": "503", "body": '{"checks": "dsr-plan"}'}, holds=path)
    failed = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert failed.code == 1
    assert f"{path} answered 503 and not 200" in failed.err
    assert "dsr-plan" in failed.err
    assert verbs(azure.calls())[-1] == f"GET {path}"


@pytest.mark.parametrize("tool", ["az", "python3", "curl", "openssl"])
def test_a_missing_tool_is_named_before_anything_is_called(azure: StandIn, tool: str):
    azure.without(tool)
    failed = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert failed.code == 1
    assert f"error: not found: {tool}." in failed.err
    assert azure.calls() == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (OPTIONS[2:], "--environment is missing"),
        (OPTIONS[:2], "--location is missing"),
        (OPTIONS[:4], "--workspaces is missing"),
        (OPTIONS[:6], "--alert-emails is missing"),
        ((*OPTIONS, "--workspaces", "nowhere.json"), "no such file: nowhere.json"),
        ((*OPTIONS, "--workspaces", __file__), "the workspaces are not a JSON array"),
        ((*OPTIONS, "--parameters", "nowhere.bicepparam"), "no such file: nowhere.bicepparam"),
        ((*OPTIONS, "--forse"), "unknown option: --forse"),
        ((*OPTIONS, "--alert-emails"), "--alert-emails needs a value"),
    ],
)
def test_wrong_options_are_said_before_anything_is_called(
    azure: StandIn, arguments: tuple[str, ...], says: str
):
    failed = azure.run("deploy.sh", *arguments)
    assert failed.code == 1
    assert says in failed.err
    assert azure.calls() == []


def test_outputs_of_another_template_are_not_guessed_at(azure: StandIn):
    azure.answer("az deployment sub create", {"out": '{"functionAppName": {"value": "x"}}'})
    failed = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert failed.code == 1
    assert "there is no functionAppUrl" in failed.err
    assert verbs(azure.calls()) == ALL[:4]


def test_a_package_that_can_not_be_built_is_not_published(azure: StandIn):
    (azure.infra.parent / "host.json").unlink()
    failed = azure.run("deploy.sh", *OPTIONS, "--yes")
    assert failed.code == 1
    assert "the package would lack host.json" in failed.err
    assert verbs(azure.calls()) == ALL[:8]
