"""Targets and settings of Azure Machine Learning."""

import json

import pytest

from dsr.errors import Misconfigured
from dsr.settings import parse
from tests.fakes.azureml_connector import ARM_ID
from tests.unit.test_settings import values

TARGET = {"name": "forecast", "service": "azureml", "arm_id": ARM_ID}


def parsed(target=None, **more):
    return parse(values(DSR_WORKSPACES=json.dumps([TARGET | (target or {})]), **more))


def problems(target=None, **more):
    with pytest.raises(Misconfigured) as caught:
        parsed(target, **more)
    return [p.partition(": ")[0] for p in str(caught.value).split("; ")]


def test_a_resource_id_is_all_that_a_target_needs():
    target = parsed().targets["forecast"]
    assert (target.service, target.workspace_id, target.arm_id) == (
        "azureml",
        "ws-forecast",
        ARM_ID,
    )
    assert target.to_json() == TARGET | {"workspace_id": "ws-forecast"}


@pytest.mark.parametrize("way", ["links", "storage"])
def test_a_target_says_how_the_files_of_jobs_are_had(way):
    target = parsed({"artifacts": way}).targets["forecast"]
    assert target.artifacts == target.to_json()["artifacts"] == way


@pytest.mark.parametrize("way", ["Links", "sas", " "])
def test_another_way_is_refused(way):
    assert problems({"artifacts": way}) == ["DSR_WORKSPACES[0].artifacts"]


def test_a_slash_at_the_end_is_no_part_of_the_id():
    assert parsed({"arm_id": ARM_ID + "/"}).targets["forecast"].arm_id == ARM_ID


@pytest.mark.parametrize(
    "arm_id",
    [
        "",
        "ws-forecast",
        ARM_ID.replace("MachineLearningServices", "MachineLearning"),
        ARM_ID + "/jobs/x",
        ARM_ID.replace("ws-forecast", "ws forecast"),
        ARM_ID.replace("rg-mlprod", ".."),
    ],
)
def test_another_id_is_refused(arm_id):
    assert problems({"arm_id": arm_id}) == ["DSR_WORKSPACES[0].arm_id"]


def test_fields_of_the_other_service_are_refused():
    strange = {"region": "westeurope", "token_setting": "X", "account_kind": "azureml"}
    assert problems(strange) == [
        "DSR_WORKSPACES[0].account_kind",
        "DSR_WORKSPACES[0].region",
        "DSR_WORKSPACES[0].token_setting",
    ]


def test_the_storage_account_and_its_setting_are_checked_as_the_other_services():
    assert problems({"storage_account": "https://x", "storage_setting": "NOT_THERE"}) == [
        "DSR_WORKSPACES[0].storage_account",
        "DSR_WORKSPACES[0].storage_setting",
    ]
    local = "AccountName=st;AccountKey=x;BlobEndpoint=http://127.0.0.1:1/st"
    settings = parsed({"storage_account": "stforecast01", "storage_setting": "ST"}, ST=local)
    assert settings.storages == {"forecast": local}


def test_one_workspace_has_one_name():
    twice = json.dumps([TARGET, TARGET | {"name": "other", "arm_id": ARM_ID.upper()}])
    with pytest.raises(Misconfigured, match="is that of the target forecast as well"):
        parse(values(DSR_WORKSPACES=twice))


def test_settings_have_defaults():
    settings = parsed().azureml
    assert settings.api_version == "2025-12-01"
    assert settings.scope == "https://ml.azure.com/.default"
    assert settings.limits == {}


@pytest.mark.parametrize("text", ["job=500, model=2000,", '{"job": 500, "model": 2000}'])
def test_limits_are_megabytes_by_kind(text):
    limits = parsed(DSR_AZUREML_MAX_MEGABYTES=text).azureml.limits
    assert limits == {"job": 500 << 20, "model": 2000 << 20}


@pytest.mark.parametrize(
    "text",
    [
        "500",
        "job",
        "job=",
        "job=0",
        "job=-1",
        "job=1.5",
        "job=1,job=2",
        "Job=1",
        "job=1048577",
        '{"job": "5"}',
        '{"job": true}',
        '{"job": 1.0}',
        '{"job": null}',
        "{",
        "{]",
    ],
)
def test_limits_of_another_form_are_refused(text):
    assert problems(DSR_AZUREML_MAX_MEGABYTES=text) == ["DSR_AZUREML_MAX_MEGABYTES"]


@pytest.mark.parametrize("version", ["latest", "2025-12-1", "2025-12-01-beta", "2025-12-01&x=1"])
def test_a_version_that_is_none_is_refused(version):
    assert problems(DSR_AZUREML_API_VERSION=version) == ["DSR_AZUREML_API_VERSION"]


def test_a_preview_is_a_version():
    settings = parsed(DSR_AZUREML_API_VERSION="2025-10-01-preview")
    assert settings.azureml.api_version == "2025-10-01-preview"


@pytest.mark.parametrize(
    "scope",
    ["http://ml.azure.com/.default", "https://ml.azure.com", "/.default", "https://[/.default"],
)
def test_a_scope_that_is_none_is_refused(scope):
    assert problems(DSR_AZUREML_SCOPE=scope) == ["DSR_AZUREML_SCOPE"]
