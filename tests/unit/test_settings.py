"""Settings: all that is missing or wrong is named at once, and no secret is in any text."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.errors import Misconfigured
from dsr.services.studio.regions import endpoints
from dsr.settings import parse

SECRET = "s3cr3t-of-the-workspace"
KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
LOCAL = f"AccountName=dev;AccountKey={SECRET};BlobEndpoint=http://127.0.0.1:10000/dev"
TARGET: dict[str, Any] = {
    "name": "churn-lab",
    "service": "studio-classic",
    "account_kind": "standard",
    "workspace_id": "0f3c9a7e5b1d4c2a8e6f70112233aabb",
    "region": "West Europe",
    "token_setting": "CHURN_LAB_TOKEN",
}


def values(**changes: Any) -> dict[str, str]:
    """Settings that are right, with changes; None takes one out."""
    base = {
        "DsrStorage": LOCAL,
        "DSR_WORKSPACES": json.dumps([TARGET]),
        "DSR_HASH_KEY": KEY,
        "CHURN_LAB_TOKEN": SECRET,
    } | changes
    return {k: v for k, v in base.items() if v is not None}


def target(**changes: Any) -> str:
    """DSR_WORKSPACES of one target, with changes; None takes a member out."""
    return json.dumps([{k: v for k, v in (TARGET | changes).items() if v is not None}])


def wrong(settings: dict[str, str]) -> list[str]:
    """Give what is named as wrong."""
    with pytest.raises(Misconfigured) as caught:
        parse(settings)
    assert SECRET not in str(caught.value)
    return [problem.partition(":")[0] for problem in str(caught.value).split("; ")]


def test_right_settings_are_read_with_their_defaults():
    settings = parse(values())
    found = settings.targets["churn-lab"]
    assert found.studio_endpoint == "https://europewest.studioapi.azureml.net"
    assert found.management_endpoint == "https://europewest.management.azureml.net"
    assert settings.tokens == {"churn-lab": SECRET}
    assert settings.hash_key == b"0123456789abcdef0123456789abcdef"
    assert (settings.export_retention_days, settings.subject_retention_days) == (30, 30)


def test_all_that_is_missing_is_named_at_once():
    assert wrong({}) == [
        "DsrStorage__blobServiceUri",
        "DsrStorage__queueServiceUri",
        "DSR_WORKSPACES",
        "DSR_HASH_KEY",
    ]


def test_all_that_is_wrong_is_named_at_once_by_setting_and_field():
    settings = values(
        DsrStorage=SECRET,
        DSR_WORKSPACES=json.dumps(
            [
                TARGET | {"name": "two words", "account_kind": "gold", "workspace_id": "ABC"},
                TARGET | {"surprise": "x", "region": "atlantis", "token_setting": "NOT_THERE"},
                TARGET | {"name": "other", "service": "designer"},
                7,
            ]
        ),
        DSR_HASH_KEY=base64.b64encode(b"short").decode(),
        DSR_ACCESS="open",
        DSR_EXPORT_RETENTION_DAYS="0",
        DSR_SUBJECT_RETENTION_DAYS="-1",
        DSR_STALLED_AFTER_SECONDS="soon",
    )
    assert wrong(settings) == [
        "DsrStorage",
        "DSR_WORKSPACES[0].name",
        "DSR_WORKSPACES[0].account_kind",
        "DSR_WORKSPACES[0].workspace_id",
        "DSR_WORKSPACES[1].surprise",
        "DSR_WORKSPACES[1].studio_endpoint",
        "DSR_WORKSPACES[1].management_endpoint",
        "DSR_WORKSPACES[1].token_setting",
        "DSR_WORKSPACES[2].service",
        "DSR_WORKSPACES[3]",
        "DSR_HASH_KEY",
        "DSR_ACCESS",
        "DSR_EXPORT_RETENTION_DAYS",
        "DSR_SUBJECT_RETENTION_DAYS",
        "DSR_STALLED_AFTER_SECONDS",
    ]


def test_no_repr_shows_a_secret():
    settings = parse(values())
    shown = repr(settings) + repr(settings.storage) + repr(settings.targets)
    assert SECRET not in shown
    assert "0123456789abcdef0123456789abcdef" not in shown
    assert "churn-lab" in shown


def test_what_a_target_shows_of_itself_has_no_token_and_no_empty_members():
    shown = parse(values()).targets["churn-lab"].to_json()
    assert shown["name"] == "churn-lab"
    assert "token_setting" not in shown
    assert all(shown.values())
    assert SECRET not in json.dumps(shown)


def test_identity_takes_the_place_of_a_connection_string():
    settings = parse(
        values(
            DsrStorage=None,
            DsrStorage__blobServiceUri="https://data.blob.core.windows.net",
            DsrStorage__queueServiceUri="https://data.queue.core.windows.net",
            DsrStorage__clientId="id-1",
        )
    )
    assert settings.storage.connection_string == ""
    assert settings.storage.blob_uri == "https://data.blob.core.windows.net"
    assert settings.storage.client_id == "id-1"


def test_storage_by_identity_has_to_be_https():
    settings = values(
        DsrStorage=None,
        DsrStorage__blobServiceUri="http://data.blob.core.windows.net",
        DsrStorage__queueServiceUri="https://data.queue.core.windows.net",
    )
    assert wrong(settings) == ["DsrStorage__blobServiceUri"]


def test_the_workspaces_may_stand_in_a_file(tmp_path: Path):
    file = tmp_path / "workspaces.json"
    file.write_text(json.dumps([TARGET]), "utf-8")
    assert list(parse(values(DSR_WORKSPACES=str(file))).targets) == ["churn-lab"]
    assert wrong(values(DSR_WORKSPACES=str(tmp_path / "none.json"))) == ["DSR_WORKSPACES"]
    file.write_bytes(b"\xff\xfe[")
    assert wrong(values(DSR_WORKSPACES=str(file))) == ["DSR_WORKSPACES"]


@pytest.mark.parametrize("text", ["[]", "[", " ", "{}", '"churn-lab"', "nowhere/\x00"])
def test_workspaces_have_to_be_an_array_with_something_in_it(text: str):
    assert wrong(values(DSR_WORKSPACES=text)) == ["DSR_WORKSPACES"]


def test_two_targets_of_one_name_are_refused():
    both = json.dumps([TARGET, TARGET])
    assert "DSR_WORKSPACES[1].name" in wrong(values(DSR_WORKSPACES=both))


ARM_ID = (
    "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/rg"
    "/providers/Microsoft.MachineLearning/workspaces/churn"
)


@pytest.mark.parametrize("same", ["workspace_id", "arm_id"])
def test_one_workspace_under_two_names_is_refused(same: str):
    """Holds and turns go by the name: those of one name would not hold for the other."""
    one = TARGET | {"arm_id": ARM_ID}
    other = one | {"name": "other", "workspace_id": "f" * 32, "arm_id": ARM_ID + "2"}
    told = {"workspace_id": TARGET["workspace_id"], "arm_id": ARM_ID.upper().replace("ARM_", "")}
    found = wrong(values(DSR_WORKSPACES=json.dumps([one, other | {same: told[same]}])))
    assert found == [f"DSR_WORKSPACES[1].{same}"]
    assert len(parse(values(DSR_WORKSPACES=json.dumps([one, other]))).targets) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8071",
        "http://localhost:8071/",
        "http://[::1]:8071",
        "https://studio.example",
    ],
)
def test_an_endpoint_is_https_or_http_on_loopback(url: str):
    settings = parse(values(DSR_WORKSPACES=target(studio_endpoint=url, region=None)))
    found = settings.targets["churn-lab"]
    assert found.studio_endpoint == found.management_endpoint == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://studio.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "ftp://127.0.0.1",
        "https://user@studio.example",
        "https://user:word@studio.example",
        "https://",
        "https://studio.example:port",
        "https://studio.example?x=1",
        "https://studio.example#x",
        "https://[studio",
        "studio.example",
    ],
)
def test_any_other_endpoint_is_refused(url: str):
    assert wrong(values(DSR_WORKSPACES=target(studio_endpoint=url))) == [
        "DSR_WORKSPACES[0].studio_endpoint"
    ]


@pytest.mark.parametrize(
    ("region", "studio", "management"),
    [
        (
            "South Central US",
            "https://studioapi.azureml.net",
            "https://management.azureml.net",
        ),
        (
            "southeastasia",
            "https://asiasoutheast.studioapi.azureml.net",
            "https://asiasoutheast.management.azureml.net",
        ),
        (
            "Germany Central",
            "https://germanycentral.studioapi.azureml.de",
            "https://germanycentral.management.azureml.de",
        ),
    ],
)
def test_endpoints_come_from_the_region_however_it_is_spelt(region, studio, management):
    assert endpoints(region) == (studio, management)


def test_an_unknown_region_says_nothing_and_given_endpoints_win():
    assert endpoints("mars") is None
    settings = parse(values(DSR_WORKSPACES=target(management_endpoint="https://m.example")))
    found = settings.targets["churn-lab"]
    assert found.studio_endpoint == "https://europewest.studioapi.azureml.net"
    assert found.management_endpoint == "https://m.example"


@pytest.mark.parametrize("key", ["", "not base64!", KEY[:-4] + "*" * 4, KEY + "\n"])
def test_a_hash_key_is_the_base64_of_32_bytes_or_more(key: str):
    assert wrong(values(DSR_HASH_KEY=key)) == ["DSR_HASH_KEY"]


@given(st.text(max_size=12))
def test_a_number_is_read_or_named_and_never_crashes(text: str):
    settings = values(DSR_EXPORT_RETENTION_DAYS=text)
    plain = text.isascii() and text.isdigit() and 1 <= int(text) <= 3650
    if plain or not text:
        assert parse(settings).export_retention_days == (int(text) if text else 30)
    else:
        with pytest.raises(Misconfigured, match=r"^DSR_EXPORT_RETENTION_DAYS: "):
            parse(settings)


def test_a_token_in_the_place_of_its_settings_name_is_not_repeated():
    named = wrong(values(DSR_WORKSPACES=target(token_setting=SECRET)))
    assert named == ["DSR_WORKSPACES[0].token_setting"]


def test_keys_decide_who_may_call_unless_it_says_otherwise():
    settings = parse(values())
    assert (settings.access, settings.signs_in) == ("keys", False)
    assert settings.allow_automatic_approval is False
    assert parse(values(DSR_ACCESS="")).access == "keys"


@pytest.mark.parametrize("access", ["Entra", "ENTRA", "key", "both", "keys ", "none"])
def test_access_of_another_name_is_refused_and_never_taken_for_keys(access: str):
    assert wrong(values(DSR_ACCESS=access)) == ["DSR_ACCESS"]


@pytest.mark.parametrize(
    ("text", "on"),
    [("True", True), ("true", True), ("False", False), ("1", False), ("yes", False), ("", False)],
)
def test_only_true_says_that_the_platform_checks_who_signs_in(text: str, on: bool):
    settings = parse(values(DSR_ACCESS="entra", WEBSITE_AUTH_ENABLED=text))
    assert (settings.access, settings.signs_in) == ("entra", on)


def test_automatic_approval_is_a_switch():
    for text, on in (("true", True), ("True", True), ("false", False), ("", False)):
        settings = parse(values(DSR_ALLOW_AUTOMATIC_APPROVAL=text))
        assert settings.allow_automatic_approval is on
    for text in ("1", "yes", "on", " true"):
        assert wrong(values(DSR_ALLOW_AUTOMATIC_APPROVAL=text)) == ["DSR_ALLOW_AUTOMATIC_APPROVAL"]


HERE = f"AccountName=own;AccountKey={SECRET};BlobEndpoint=http://127.0.0.1:10010/own"


def test_a_storage_setting_holds_a_connection_string_of_loopback():
    settings = parse(values(DSR_WORKSPACES=target(storage_setting="OWN"), OWN=HERE))
    assert settings.storages == {"churn-lab": HERE}
    assert settings.targets["churn-lab"].storage_setting == "OWN"
    assert "OWN" not in json.dumps(settings.targets["churn-lab"].to_json())
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    "connection",
    [
        None,
        "",
        "UseDevelopmentStorage=true",
        f"AccountName=own;AccountKey={SECRET};EndpointSuffix=core.windows.net",
        f"{HERE};QueueEndpoint=https://own.queue.core.windows.net",
        HERE.replace("http://127.0.0.1:10010/own", "https://own.blob.core.windows.net"),
        HERE.replace("127.0.0.1:10010", "127.0.0.1.evil.example"),
        HERE.replace("127.0.0.1:10010", "127.0.0.1@evil.example"),
        HERE.replace("http:", "ftp:"),
        HERE.replace("BlobEndpoint", "TableEndpoint"),
    ],
)
def test_any_other_storage_setting_is_named(connection):
    named = wrong(values(DSR_WORKSPACES=target(storage_setting="OWN"), OWN=connection))
    assert named == ["DSR_WORKSPACES[0].storage_setting"]


def test_the_identity_of_deletes_is_optional():
    assert parse(values()).delete_client_id == ""
    assert parse(values(DSR_DELETE_CLIENT_ID="c-1")).delete_client_id == "c-1"
