"""The blobs of the Azure ML sandbox: real ones, in the accounts of a second Azurite."""

import json
from collections.abc import Iterator

import pytest
import requests

from sandbox.azureml import bulk_workspace, forecast, merged
from sandbox.azureml.sample.assets import GHOST, OWN_CODE
from sandbox.azureml.sample.jobs import TRAINED
from sandbox.azureml.sizes import bulk_content
from sandbox.azurite import Azurite
from sandbox.studio import SandboxStudio, sample_workspaces
from tests.integration.azureml_client import AzureMlClient
from tests.integration.azureml_servers import Servers, client, servers

ACCOUNTS = ("stforecast01", "stbulkml01")


@pytest.fixture(scope="module")
def shared() -> Iterator[Servers]:
    with Azurite(accounts=ACCOUNTS) as azurite, servers(azurite.connection_strings()) as made:
        yield made


@pytest.fixture
def call(shared: Servers) -> Iterator[AzureMlClient]:
    with client(shared) as made:
        yield made


def test_a_link_reads_one_blob_and_nothing_else(call: AzureMlClient) -> None:
    root = f"experiments/demand/runs/{TRAINED}/artifacts/prefix/contentinfo?path="
    job = next(j for j in forecast().jobs if j.name == TRAINED)
    links = {a["path"]: a["contentUri"] for a in call.history(root)["value"]}
    assert set(links) == {a.path for a in job.artifacts}
    for artifact in job.artifacts:
        answer = requests.get(links[artifact.path], timeout=10)
        assert answer.content == artifact.content.open_bytes()
    link = links["model/MLmodel"]
    kind = {"x-ms-blob-type": "BlockBlob"}
    assert requests.put(link, data=b"x", headers=kind, timeout=10).status_code == 403
    assert requests.get(link.replace("MLmodel", "model.pkl"), timeout=10).status_code == 403


def test_a_link_lives_for_so_long(call: AzureMlClient) -> None:
    call.ml.sas_seconds = -60
    root = f"experiments/demand/runs/{TRAINED}/artifacts/contentinfo?path=model/MLmodel"
    expired = call.history(root)["contentUri"]
    call.ml.sas_seconds = 3_600
    assert requests.get(expired, timeout=10).status_code == 403


def test_a_deleted_job_leaves_its_blobs(call: AzureMlClient) -> None:
    account = call.ml.account("forecast")
    before = account.names("azureml")
    call.ask(f"jobs/{TRAINED}", "DELETE")
    assert call.ask(f"jobs/{TRAINED}").status_code == 404
    assert account.names("azureml") == before
    assert {
        f"ArtifactZip/ExperimentRun/dcid.{TRAINED}.zip",
        f"ComputeRecord/dcid.{TRAINED}",
        f"ExperimentRun/dcid.{TRAINED}/model/model.pkl",
    } < before


def test_it_takes_them_along_where_that_is_set_up(call: AzureMlClient) -> None:
    account = call.ml.account("forecast")
    before = account.names("azureml")
    prefix = f"ExperimentRun/dcid.{TRAINED}/"
    call.ml.behaviour.blobs_go = True
    call.ask(f"jobs/{TRAINED}", "DELETE")
    call.ask("jobs")
    assert account.names("azureml") == {name for name in before if not name.startswith(prefix)}
    call.ml.refill()
    assert account.names("azureml") == before


def test_two_workspaces_share_an_account(call: AzureMlClient) -> None:
    names = call.ml.account("forecast").names("azureml", f"ExperimentRun/dcid.{TRAINED}")
    owners = {name.split("/")[1] for name in names}
    assert owners == {f"dcid.{TRAINED}", f"dcid.{TRAINED}2", f"dcid.{TRAINED}b"}
    assert call.ml.account("neighbour").names("azureml") == (
        call.ml.account("forecast").names("azureml")
    )


def test_blobs_of_a_run_that_the_service_deleted_before(call: AzureMlClient) -> None:
    assert call.ask(f"jobs/{GHOST}").status_code == 404
    assert call.ml.account("forecast").names("azureml", f"ExperimentRun/dcid.{GHOST}/")


def test_code_leads_to_its_files(call: AzureMlClient) -> None:
    uri = call.get(f"codes/{call.names('codes')[0]}/versions/1")["properties"]["codeUri"]
    account = call.ml.account("forecast")
    container, _, prefix = uri.removeprefix(f"{account.endpoint}/").partition("/")
    assert container == f"azureml-blobstore-{call.workspace.workspace_id}"
    assert prefix == f"LocalUpload/{OWN_CODE}/src"
    names = account.names(container, f"{prefix}/")
    assert names == {f"{prefix}/train.py", f"{prefix}/README.md"}


def test_a_bulk_workspace_has_the_size_it_was_asked_for(call: AzureMlClient) -> None:
    bulk = bulk_workspace(12, 3, size=64)
    call.ml.put(bulk)
    other = AzureMlClient(call.arm, call.ml, bulk)
    try:
        assert len(other.names("jobs")) == 12
        root = "experiments/demand/runs/bulk_000007/artifacts/prefix/contentinfo?path="
        links = [a["contentUri"] for a in other.history(root)["value"]]
        found = [requests.get(link, timeout=10).content for link in links]
    finally:
        other.close()
    assert found == [bulk_content(7, n, 64).data for n in range(3)]
    assert len(set(found)) == 3


def test_the_settings_lead_to_the_account(call: AzureMlClient) -> None:
    settings = call.ml.settings()
    target = json.loads(settings["DSR_WORKSPACES"])[0]
    assert target == {
        "name": "forecast",
        "service": "azureml",
        "arm_id": call.workspace.arm_id,
        "storage_account": "stforecast01",
        "storage_setting": "AZUREML_STFORECAST01",
    }
    string = settings[target["storage_setting"]]
    assert "AccountName=stforecast01;" in string
    with SandboxStudio(sample_workspaces()) as studio:
        both = merged(studio.settings(), settings)
        names = [t["name"] for t in json.loads(both["DSR_WORKSPACES"])]
        assert names[:4] == [*studio.workspaces, "forecast"]
        assert set(both) == {*studio.settings(), *settings}
