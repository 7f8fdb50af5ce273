"""The documents of models, modules, notebooks, services and ARM against sample payloads.

`test_sandbox_asset_payloads.json` holds samples with the real services' fields; `churn-lab` and
the sample subscription have the same assets, so that whole documents compare.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.arm import sample_plans, sample_services
from sandbox.arm.payload import (
    association_payload,
    keys_payload,
    plan_payload,
    service_payload,
    service_summary,
    usage_payloads,
    workspace_payload,
)
from sandbox.studio import Workspace, sample_workspaces
from sandbox.studio.payload_asset import (
    gateway_payload,
    model_payload,
    module_payload,
    notebook_payload,
    project_payload,
    transform_payload,
)
from sandbox.studio.payload_service import endpoint_payload
from sandbox.studio.payload_service import service_payload as classic_payload
from tests.unit.test_sandbox_studio_payloads import differences

_SAMPLES = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_URL = "http://127.0.0.1:1"

# Texts that the samples leave less telling than a test needs, and secrets and links.
_OWN = (
    "Description",
    "Name",
    "description",
    "CreatedDate",
    "CreatedDateTicks",
    "RegistrationKey",
    "BaseLocation",
    "RelativeLocation",
    "SasBlobToken",
    "primaryToken",
    "secondaryToken",
    "swaggerLocation",
    "etag",
    "tags",
    "input1",
    "assets",
)


@pytest.fixture(scope="module")
def lab() -> Workspace:
    return sample_workspaces()[2]


def _unlike(name: str, ours: Any) -> list[str]:
    def own(path: str) -> bool:
        return any(f".{key}:" in path or f".{key}." in path for key in _OWN)

    return [d for d in differences(name, ours, _SAMPLES[name]) if not own(d)]


def test_a_trained_model(lab: Workspace) -> None:
    assert _unlike("model", model_payload(_URL, lab.blob_account, lab.models[0])) == []


def test_a_transform_has_the_fields_of_a_model_in_the_case_of_the_contracts(lab: Workspace) -> None:
    kept = next(t for t in lab.transforms if t.content is not None)
    ours = transform_payload(_URL, lab.blob_account, kept)
    sample = _SAMPLES["model"]
    assert {key.lower() for key in ours} == {key.lower() for key in sample}
    assert set(ours) - set(sample) == {"size", "UploadedFromFileName"}
    assert ours["DataTypeId"] == "ITransformDotNet"
    assert {"size", "isAuxiliary"} < set(ours["DownloadLocation"])


def test_an_unset_date_is_written_as_the_service_wrote_it(lab: Workspace) -> None:
    undated = next(t for t in lab.transforms if t.created is None)
    ours = transform_payload(_URL, lab.blob_account, undated)
    assert (ours["CreatedDate"], ours["CreatedDateTicks"]) == ("/Date(-62135596800000)/", 0)
    assert notebook_payload(lab.notebooks[1])["Modified"] == "/Date(-62135596800000)/"


def test_a_custom_module(lab: Workspace) -> None:
    custom = [m for m in lab.modules if m.release_state == "Custom"]
    assert _unlike("module", module_payload(custom[0])) == []


def test_a_notebook_a_project_and_a_gateway(lab: Workspace) -> None:
    assert _unlike("notebook", notebook_payload(lab.notebooks[0])) == []
    assert _unlike("projectcontainer", project_payload(lab.projects[0])) == []
    assert _unlike("gateway", gateway_payload(lab.region_name, lab.gateways[0])) == []


def test_a_classic_web_service_and_its_endpoint(lab: Workspace) -> None:
    service = lab.services[0]
    assert _unlike("webservice", classic_payload(lab, service, 2)) == []
    ours = endpoint_payload(_URL, lab, service, service.endpoints[0])
    expected = ["endpoint.PrimaryKey", "endpoint.SecondaryKey"]
    found = [path.partition(":")[0] for path in _unlike("endpoint", ours)]
    assert [path for path in found if path not in expected] == []


def test_an_arm_workspace_and_its_keys(lab: Workspace) -> None:
    assert _unlike("armWorkspace", workspace_payload(lab, None)) == []
    there = workspace_payload(lab, _URL)["properties"]["studioEndpoint"]
    assert there == _URL
    assert keys_payload(lab) == {
        "primaryToken": lab.primary_token,
        "secondaryToken": lab.secondary_token,
    }


def test_a_new_web_service_whole_and_in_a_list() -> None:
    service = sample_services()[0]
    ours = service_payload(service)
    assert "credentials" in ours["properties"].pop("assets")["model"]["locationInfo"]
    assert _unlike("newService", ours) == []
    listed = service_summary(service)
    assert set(listed) == set(ours)
    assert set(listed["properties"]) < set(ours["properties"])
    assert "exampleRequest" not in listed["properties"]
    assert "key" not in ours["properties"]["storageAccount"]


def test_a_plan_its_association_and_its_usage() -> None:
    plan = sample_plans()[0]
    assert _unlike("plan", plan_payload(plan)) == []
    assert _unlike("association", association_payload(plan, plan.associations[0])) == []
    assert _unlike("usage", usage_payloads(plan)[0]) == []
