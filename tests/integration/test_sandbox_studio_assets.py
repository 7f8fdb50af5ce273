"""The sandbox Studio's models, modules, notebooks and so on, over real HTTP."""

import pytest

from sandbox.studio import SandboxStudio, Workspace
from tests.integration.studio_client import StudioClient, get, link

_LISTS = (
    "trainedmodels",
    "transformmodules",
    "modules",
    "notebooks",
    "projectcontainers",
    "gateways",
)


@pytest.mark.parametrize("kind", _LISTS)
def test_a_list_is_a_bare_array_and_needs_the_token(call: StudioClient, kind: str) -> None:
    answer = call(f"/{kind}")
    assert answer.status_code == 200
    assert len(answer.json()) > 1
    refused = call(f"/{kind}", "wrong")
    assert (refused.status_code, refused.json()["Error"]["Code"]) == (401, "UserError")


@pytest.mark.parametrize("kind", ["trainedmodels", "transformmodules", "notebooks", "gateways"])
def test_an_empty_list_is_an_empty_array(studio: SandboxStudio, kind: str) -> None:
    call = StudioClient(studio, studio.workspaces["guest-trial"])
    answer = call(f"/{kind}")
    assert (answer.status_code, answer.json()) == (200, [])
    call.close()


def test_a_model_alone_is_as_in_the_list(lab: Workspace, call: StudioClient) -> None:
    listed = call("/trainedmodels").json()
    assert [m["Id"] for m in listed] == [m.id for m in lab.models]
    for model in listed:
        alone = call(f"/trainedmodels/{model['Id']}").json()
        if model["DownloadLocation"]:
            assert alone.pop("DownloadLocation").keys() == model.pop("DownloadLocation").keys()
        assert alone == model
    unknown = call("/trainedmodels/x")
    assert (unknown.status_code, unknown.json()["Error"]["Code"]) == (404, "ResourceNotFound")
    assert call(f"/trainedmodels/{lab.models[0].id}", None).status_code == 401


def test_a_model_and_a_transform_have_a_link_and_the_others_none(call: StudioClient) -> None:
    models, transforms = call("/trainedmodels").json(), call("/transformmodules").json()
    linked = [m for m in models if m["DownloadLocation"]]
    assert [m["Name"] for m in linked] == ["uploaded churn model"]
    assert [t["Name"] for t in transforms if t["DownloadLocation"]] == ["kept scaling"]
    assert all(m["Size"] == 0 for m in models if not m["DownloadLocation"])
    assert len(get(link(linked[0]["DownloadLocation"])).content) == linked[0]["Size"]


@pytest.mark.parametrize("kind", ["trainedmodels", "transformmodules"])
def test_promoted_from_leads_to_a_nodes_output(call: StudioClient, kind: str) -> None:
    asset = call(f"/{kind}").json()[0]
    experiment = call(f"/experiments/{asset['ExperimentId']}").json()
    outputs = {
        f"{experiment['ExperimentId']}.{status['NodeId']}.{endpoint['Name']}": endpoint
        for status in experiment["NodeStatuses"]
        for endpoint in status["OutputEndpoints"]
    }
    endpoint = outputs[asset["PromotedFrom"]]
    assert len(get(link(endpoint)).content) == endpoint["Size"] > 0


def test_custom_modules_stand_among_microsofts(lab: Workspace, call: StudioClient) -> None:
    listed = call("/modules").json()
    own = [m for m in listed if m["ReleaseState"] == "Custom"]
    assert all(m["Id"].startswith(lab.workspace_id) for m in own)
    assert len(own) < len(listed)
    assert "tomas.user@example.org" in {m["EscalationEmail"] for m in own}


def test_attachments_are_names(lab: Workspace, call: StudioClient) -> None:
    notebooks = call("/notebooks").json()
    path = "/notebooks/family/{}/attachments"
    first, second = (path.format(n["FamilyId"]) for n in notebooks[:2])
    assert call(first).json() == ["data-sample.csv", "churn-by-region.png"]
    assert call(second).json() == []
    assert call(first, None).status_code == 401
    assert call(path.format("x")).status_code == 404


def test_a_web_service_experiment_that_finished_has_a_definition(
    lab: Workspace, call: StudioClient
) -> None:
    (scoring,) = (e for e in lab.experiments if e.runs[0].web_service)
    detail = call(f"/experiments/{scoring.id}").json()["WebService"]
    assert detail["IsWebServiceExperiment"] is True
    assert detail["WebServiceGroupId"] == lab.services[0].id
    path = f"/experiments/{scoring.id}/webservicedefinition"
    definition = call(path).json()
    assert definition["properties"]["machineLearningWorkspace"]["id"] == lab.workspace_id
    assert "storageAccount" not in definition["properties"]
    assert call(path, None).status_code == 401
    for experiment in lab.experiments:
        if experiment is not scoring:
            refused = call(f"/experiments/{experiment.id}/webservicedefinition")
            assert (refused.status_code, refused.json()["Error"]["Target"]) == (400, None)
    assert call("/experiments/x/webservicedefinition").status_code == 404
