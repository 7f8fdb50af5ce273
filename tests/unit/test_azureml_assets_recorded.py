"""Answers of the real service's shape become the assets that they are, owners and all.

Each file of `azureml_payloads` has invented values under the members of a recorded answer;
docs/coverage.md names the recording.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dsr.model.asset import Asset
from dsr.services.azureml.kinds import KINDS
from tests.fakes.azureml_wire import (
    BLOBSTORE,
    NORA,
    OMAR,
    arm,
    every,
    forecast,
    page,
    payload,
    plane,
    user,
)
from tests.fakes.studio import told
from tests.fakes.wire import Answer, answer

ROOT = Path(__file__).parents[2]
PAYLOADS = sorted(p.stem for p in (Path(__file__).parent / "azureml_payloads").glob("*.json"))
SECTION = "## Azure Machine Learning: recorded answers"
MAIL = "nora.beispiel@contoso.example"
SHOWN = "Nora Beispiel (Contoso)"
MADE = ("systemData.createdBy", SHOWN)
CHANGED = ("systemData.lastModifiedBy", "Nora Beispiel (Contoso)")
RUN = plane("history/v1.0", "runs/brave_lamp_k2x7")


def versioned(path: str, holders: str, versions: Any) -> dict[str, list[Answer]]:
    listed = arm if path == "codes" else every
    routes: dict[str, list[Answer]] = {listed(path): [told(holders)]}
    for holder in holders["value"]:  # type: ignore[index]
        found = versions if holder["name"] in json.dumps(versions) else page()
        routes[listed(f"{path}/{holder['name']}/versions")] = [told(found)]
    return routes


def routes() -> dict[str, list[Answer]]:
    """Give every recorded list at its place."""
    code = payload("code_version")
    models, data = payload("registry_models"), payload("dataset_versions")
    return {
        every("jobs"): [told(payload("jobs"))],
        plane("history/v1.0", "batchrundata"): [answer(404)],
        RUN: [told({"runId": "brave_lamp_k2x7", "createdBy": user(NORA)})],
        **versioned("models", payload("model_containers"), payload("model_versions")),
        plane("modelregistry/v1.0", "models/demand-model:3"): [told(models["value"][0])],
        **versioned("data", payload("data_containers"), payload("data_versions")),
        plane("data/v1.0", "dataversion/demand-data/versions/1"): [told(data["value"][0])],
        **versioned(
            "environments", payload("environment_containers"), payload("environment_versions")
        ),
        **versioned("components", payload("component_containers"), payload("component_versions")),
        **versioned("codes", page({"name": "prep-code", "properties": {}}), page(code)),
        **versioned(
            "featuresets", payload("featureset_containers"), payload("featureset_versions")
        ),
        every("schedules"): [told(payload("schedules"))],
        arm("onlineEndpoints"): [told(page(payload("online_endpoint")))],
        arm("onlineEndpoints/demand-online/deployments"): [told(payload("online_deployments"))],
        arm("batchEndpoints"): [told(payload("batch_endpoints"))],
        arm("batchEndpoints/demand-batch/deployments"): [told(payload("batch_deployments"))],
        arm("computes"): [told(payload("computes"))],
        arm("datastores"): [told(payload("datastores"))],
        arm("connections"): [told(payload("connections"))],
    }


def listed(kind: str) -> dict[str, Asset]:
    connector, wire = forecast(routes())
    found = list(connector.assets(kind, None))
    assert not any("secret" in url.lower() or "keys" in url.lower() for url in wire.urls())
    assert all(asset.kind == kind for asset in found)
    assert all(asset.listed for asset in found)
    return {asset.id: asset for asset in found}


# kind: asset id, identifiers, references, some texts
EXPECTED: dict[str, dict[str, tuple[Any, Any, Any]]] = {
    "job": {"brave_lamp_k2x7": ([("createdBy.userObjectId", NORA)], [], [MADE])},
    "model": {
        "demand-model:3": (
            [("createdBy.userObjectId", NORA)],
            [("modifiedBy.userObjectId", OMAR)],
            [MADE],
        )
    },
    "data": {
        "demand-data:1": (
            [("createdBy.userObjectId", NORA)],
            [("modifiedBy.userObjectId", NORA)],
            [MADE, ("dataUri", "https://opendata.example/datasets/demand.csv")],
        )
    },
    "environment": {"sk-env:3": ([], [CHANGED], [MADE])},
    "component": {"prep:1": ([], [CHANGED], [MADE, ("componentSpec", "python prep.py")])},
    "code": {"prep-code:1": ([], [CHANGED], [MADE])},
    "featureset": {"demand-features:1": ([], [CHANGED], [MADE, ("entities", "azureml:region:1")])},
    "schedule": {
        "nightly": (
            [("action.jobDefinition.notificationSetting.emails", MAIL)],
            [("systemData.lastModifiedBy", "Omar Muster (Contoso)")],
            [("systemData.createdBy", "Omar Muster (Contoso)"), ("action", "python train.py")],
        )
    },
    "online_endpoint": {"demand-online": ([], [], [MADE, ("name", "blue")])},
    "batch_endpoint": {"demand-batch": ([], [], [MADE, ("name", "nightly")])},
    "compute": {
        "cpu-cluster": ([], [], [("name", "cpu-cluster")]),
        "nora-ci1": ([("createdBy.userId", NORA)], [], [("adminUserName", "azureuser")]),
    },
    "datastore": {
        "sales_blobs": ([], [CHANGED], [MADE]),
        "workspaceblobstore": (
            [],
            [("systemData.lastModifiedBy", "0b0b0b0b-0000-4000-8000-00000000aaaa")],
            [("containerName", BLOBSTORE)],
        ),
        "workspaceworkingdirectory": (
            [],
            [("systemData.lastModifiedBy", "0b0b0b0b-0000-4000-8000-00000000aaaa")],
            [],
        ),
        "workspaceartifactstore": (
            [],
            [("systemData.lastModifiedBy", "0b0b0b0b-0000-4000-8000-00000000aaaa")],
            [("containerName", "azureml")],
        ),
        "workspacefilestore": (
            [],
            [("systemData.lastModifiedBy", "0b0b0b0b-0000-4000-8000-00000000aaaa")],
            [],
        ),
    },
    "connection": {
        "weather-feed": (
            [("systemData.createdBy", MAIL)],
            [("systemData.lastModifiedBy", MAIL)],
            [("target", "weather.example")],
        )
    },
    "user_folder": {},  # Azure Files lists them, where a target names a storage account
}


def test_every_kind_has_a_recorded_answer():
    assert list(EXPECTED) == [kind.kind.name for kind in KINDS]


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_recorded_answer_becomes_the_assets_that_it_tells(kind: str):
    found = listed(kind)
    assert list(found) == list(EXPECTED[kind])
    for asset_id, (identifiers, references, texts) in EXPECTED[kind].items():
        asset = found[asset_id]
        assert list(asset.identifiers) == identifiers
        assert list(asset.references) == references
        assert set(texts) <= set(asset.texts)
        assert "systemData.lastModifiedBy" not in dict(asset.texts)
        assert asset.owners == ()
        assert asset.size is None
        assert not asset.builtin


def test_a_curated_environment_is_microsoft_s():
    holders = payload("environment_containers")
    curated = holders["value"][1]
    versions = page({"name": "10", "properties": {}, "systemData": curated["systemData"]})
    connector, _ = forecast(
        {
            every("environments"): [told(page(curated))],
            every(f"environments/{curated['name']}/versions"): [told(versions)],
        }
    )
    (asset,) = connector.assets("environment", None)
    assert asset.builtin
    assert asset.identifiers == ()
    assert not any("Microsoft" in value for _, value in asset.texts)


def test_the_workspace_s_own_record_names_its_owner_by_address():
    connector, _ = forecast({})
    record = connector.record()
    assert record.payload == payload("workspace")
    assert MAIL in [value for _, value in record.owner]


def test_what_a_delete_was_answered_with_is_followed():
    deletes = payload("deletes")
    operation = deletes["accepted"]["headers"]["Azure-AsyncOperation"]
    for name, done in (("running", False), ("ended", True), ("workspace_ended", True)):
        connector, _ = forecast({operation: [told(deletes[name])]})
        assert connector.is_done(operation) == done


# The page that says what was recorded.


def rows() -> list[list[str]]:
    body = (ROOT / "docs/coverage.md").read_text("utf-8").split(SECTION + "\n")[1]
    lines = body.split("\n## ")[0].splitlines()
    table = [line for line in lines if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_page_names_the_recording_that_each_file_mirrors():
    assert sorted(row[0].strip("`") for row in rows()) == [f"{name}.json" for name in PAYLOADS]
    for _, kinds, recording in rows():
        named = re.fullmatch(r"`[A-Za-z-]+\.Recording\.json`(, .+)?", recording)
        assert named or recording.startswith("none: "), recording
        assert kinds


def test_the_page_has_every_kind_of_the_connector_and_no_other():
    told_kinds = {name for row in rows() for name in re.findall(r"`([a-z_]+)`", row[1])}
    assert told_kinds == {kind.kind.name for kind in KINDS}


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hand_made_answer_holds_nothing_of_a_real_workspace(name: str):
    text = json.dumps(payload(name))
    subscriptions = set(re.findall(r"/subscriptions/([^/\"]+)", text))
    assert subscriptions <= {"11111111-2222-3333-4444-555555555555"}
    hosts = set(re.findall(r"https://([^/\"?]+)", text))
    own = (".example", "stforecast01.blob.core.windows.net", "management.azure.com")
    own += ("ml.azure.com", "api.azureml.ms", "instances.azureml.ms", "sts.windows.net")
    assert {host for host in hosts if not host.endswith(own)} == set()
    addresses = set(re.findall(r"[\w.+-]+@[\w.-]+", text))
    assert addresses <= {MAIL}
