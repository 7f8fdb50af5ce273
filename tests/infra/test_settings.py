"""App settings: what the template sets, what code and host read, and what the sample shows."""

import json
import re
from typing import Any

import pytest

from dsr.settings import parse
from handlers._access import POLICY
from tests.fakes.signing_keys import key, pem
from tests.infra.compiler import INFRA
from tests.infra.deployment import EVERY_SET, Deployment, deployment
from tests.unit.test_docs import BY_THE_HOST, SAMPLE, read_by_the_code, token_settings

BY_THE_HOST_IN_AZURE = {
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__queueServiceUri",
}
"""What the host reads beside the settings that a local run has."""
ELSEWHERE_IN_AZURE = {
    "AzureWebJobsStorage": "a connection string; in Azure the host signs in by identity",
    "DsrStorage": "a connection string; in Azure the app signs in by identity",
    "FUNCTIONS_WORKER_RUNTIME": "Flex Consumption takes it from functionAppConfig.runtime",
}
REFUSED_BY_FLEX = {
    "ENABLE_ORYX_BUILD",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_WORKER_RUNTIME",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "WEBSITE_RUN_FROM_PACKAGE",
}
REFERENCE = re.compile(r"@Microsoft\.KeyVault\(VaultName=(kv-dsr-\w+);SecretName=([a-z0-9-]+)\)")
SECRET = re.compile(
    r"AccountKey=|SharedAccess|sig=|PRIVATE KEY|listKeys\(|listKeyValue|InstrumentationKey"
    r"|(?<![\w/+])[A-Za-z0-9+/]{43,88}={1,2}(?![\w=])|eyJ[\w-]+\.",
    re.IGNORECASE,
)


def targets() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(
        (INFRA / "parameters" / "workspaces.sample.json").read_text("utf-8")
    )
    return found


TOKENS = {t["token_setting"] for t in targets() if "token_setting" in t}


@EVERY_SET
def test_the_template_sets_what_the_code_and_the_host_read_and_nothing_else(made: Deployment):
    read = read_by_the_code() | BY_THE_HOST | BY_THE_HOST_IN_AZURE
    assert set(made.settings) == (read - set(ELSEWHERE_IN_AZURE)) | TOKENS
    assert not set(made.settings) & REFUSED_BY_FLEX


@EVERY_SET
def test_the_sample_shows_each_setting_that_a_local_run_can_have(made: Deployment):
    local = set(made.settings) - BY_THE_HOST_IN_AZURE - TOKENS
    assert local <= set(SAMPLE)
    assert set(SAMPLE) - local - token_settings() == set(ELSEWHERE_IN_AZURE)


@EVERY_SET
def test_the_app_understands_what_it_is_told(made: Deployment):
    """Expressions of Azure stand for what only Azure knows; here something of their kind does."""
    told = {
        name: value
        if not value.startswith("[") or name == "DSR_WORKSPACES"
        else "https://x.example"
        for name, value in made.settings.items()
    }
    keys = {"DSR_HASH_KEY": SAMPLE["DSR_HASH_KEY"], "DSR_SIGNING_KEY": pem(key("ed25519"))}
    assert REFERENCE.fullmatch(made.settings["DSR_SIGNING_KEY"]) is not None
    settings = parse(told | keys)
    assert list(settings.targets) == [t["name"] for t in targets()]
    assert set(settings.tokens) == {t["name"] for t in targets() if "token_setting" in t}
    assert settings.access == ("entra" if made.name == "entra" else "keys")
    assert settings.allow_automatic_approval is False
    assert settings.storage.connection_string == ""
    assert settings.delete_client_id
    assert settings.storage.client_id


@EVERY_SET
def test_numbers_are_the_codes_own_defaults(made: Deployment):
    numbers = {n: v for n, v in made.settings.items() if v.isdigit()}
    assert len(numbers) == 6
    assert numbers == {name: SAMPLE[name] for name in numbers}


@EVERY_SET
def test_secrets_are_references_into_the_vault(made: Deployment):
    vault = made.one("Microsoft.KeyVault/vaults")["name"]
    referred = {}
    for name, value in made.settings.items():
        found = REFERENCE.fullmatch(value)
        if found is not None:
            assert found[1] == vault
            referred[name] = found[2]
    assert set(referred) == {"DSR_HASH_KEY", "DSR_SIGNING_KEY"} | TOKENS
    assert made.outputs["secretNameBySetting"] == referred


@EVERY_SET
def test_nothing_that_is_made_or_said_holds_a_secret(made: Deployment):
    assert [where for where, value in made.values() if SECRET.search(value)] == []
    assert not made.of("Microsoft.KeyVault/vaults/secrets")


@pytest.mark.parametrize(
    "value",
    [
        "DefaultEndpointsProtocol=https;AccountKey=abc",
        SAMPLE["DSR_HASH_KEY"],
        *(SAMPLE[name] for name in sorted(token_settings()) if len(SAMPLE[name]) > 32),
        "[listKeys('x', '2023-05-01').keys[0].value]",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_a_secret_would_be_seen(value: str):
    assert SECRET.search(value)


@EVERY_SET
def test_outputs_tell_a_script_what_it_needs(made: Deployment):
    outputs = made.outputs
    assert outputs["functionAppName"] == made.one("Microsoft.Web/sites")["name"]
    assert outputs["keyVaultName"] == made.one("Microsoft.KeyVault/vaults")["name"]
    group = made.one("Microsoft.Resources/resourceGroups")["name"]
    assert outputs["resourceGroupName"] == group
    assert outputs["dataStorageAccountName"].startswith("stdsrdata")
    assert outputs["functionAppUrl"].startswith("[format('https://{0}', ")
    for who in ("run", "delete"):
        for what in ("ClientId", "PrincipalId"):
            value = outputs[f"{who}Identity{what}"]
            assert f"-{who}-" in value
            assert value.endswith(f").{what[0].lower()}{what[1:]}]")
    assert outputs["roleSubscriptionIds"] == ["11111111-2222-3333-4444-555555555555"]


def sign_in(made: Deployment) -> dict[str, Any]:
    properties: dict[str, Any] = made.one("Microsoft.Web/sites/config", "/authsettingsV2")[
        "properties"
    ]
    return properties


def test_who_signs_in_is_checked_by_the_platform_before_the_app_believes_it():
    made = deployment("entra")
    asked = sign_in(made)
    open_to_all = [f"/api/{name}" for name, role in POLICY.items() if role is None]
    assert open_to_all == ["/api/health", "/api/keys"]
    client = "33333333-4444-5555-6666-777777777777"
    assert made.settings["DSR_ACCESS"] == "entra"
    assert asked["platform"] == {"enabled": True}
    assert asked["globalValidation"] == {
        "requireAuthentication": True,
        "unauthenticatedClientAction": "Return401",
        "excludedPaths": open_to_all,
    }
    assert asked["httpSettings"] == {"requireHttps": True}
    (provider,) = asked["identityProviders"].values()
    assert provider["registration"]["clientId"] == client
    assert "/v2.0" in provider["registration"]["openIdIssuer"]
    assert "tenantId" in provider["registration"]["openIdIssuer"]
    assert provider["validation"] == {"allowedAudiences": [client, f"api://{client}"]}
    assert "clientSecretSettingName" not in provider["registration"]


@pytest.mark.parametrize("name", ["default", "private", "smallest"])
def test_without_a_registration_keys_decide_and_the_platform_signs_nobody_in(name: str):
    made = deployment(name)
    assert made.settings["DSR_ACCESS"] == "keys"
    assert sign_in(made)["platform"] == {"enabled": False}
    assert sign_in(made)["identityProviders"] == {}
    assert "WEBSITE_AUTH_ENABLED" not in made.settings
