"""Where the bytes of models, data assets and code lie, and what is told of those elsewhere."""

from typing import Any

import pytest

from dsr.errors import Refused, Unavailable
from dsr.usecases.connector import Content, Document, Missing
from tests.fakes.azureml_wire import (
    BLOBSTORE,
    NORA,
    Files,
    arm,
    forecast,
    payload,
    plane,
    user,
)
from tests.fakes.studio import told

HOLDER = payload("model_containers")["value"][0]
MODEL = payload("model_versions")["value"][0]


def files_of(kind: str, listed: Any, files: Files | None, **more: Any) -> list[Any]:
    connector, wire = forecast({}, files, **more)
    found = list(connector.read(kind, "demand-model:1", listed, True))
    assert isinstance(found[0], Document)
    assert found[0].value is listed
    assert not any("elsewhere" in url or "opendata" in url for url in wire.urls())
    return found[1:]


def at(address: str, member: str = "modelUri") -> dict[str, Any]:
    return {"container": {}, "version": {"properties": {member: address}}, "people": None}


STORE = (
    "azureml://subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/rg-mlprod"
    "/workspaces/ws-forecast/datastores"
)


@pytest.mark.parametrize(
    ("address", "container"),
    [
        (f"{STORE}/workspaceblobstore/paths/some/model", BLOBSTORE),
        (f"{STORE}/workspaceblobstore/paths/some/model/", BLOBSTORE),
        (f"{STORE.upper().replace('AZUREML:', 'azureml:')}/sales_blobs/paths/some/model", "sales"),
        ("azureml://datastores/workspaceartifactstore/paths/some/model", "azureml"),
        ("azureml://datastores/sales_blobs/paths/some/model", "sales"),
        (f"https://stforecast01.blob.core.windows.net/{BLOBSTORE}/some/model", BLOBSTORE),
        (f"https://stforecast01.blob.core.windows.net/{BLOBSTORE}/some/model?sig=x", BLOBSTORE),
    ],
)
def test_bytes_come_from_the_workspace_s_own_account(address: str, container: str):
    blobs = {"some/model/a.pkl": b"one", "some/model/b/c.txt": b"two", "some/model-2/x": b"no"}
    held = dict.fromkeys((BLOBSTORE, "azureml", "sales"), blobs)
    files = Files(held)
    found = files_of("model", at(address), files)
    assert files.asked == [(container, "some/model")]
    assert [(f.name, f.source.open().read()) for f in found] == [
        ("files/a.pkl", b"one"),
        ("files/b/c.txt", b"two"),
    ]


def test_one_blob_keeps_its_name():
    files = Files({BLOBSTORE: {"users/nora/train.csv": b"1,2", "users/nora/train.csv.bak": b"3"}})
    listed = at("azureml://datastores/workspaceblobstore/paths/users/nora/train.csv", "dataUri")
    (found,) = files_of("data", listed, files)
    assert (found.name, found.source.open().read()) == ("files/train.csv", b"1,2")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://opendata.example/datasets/demand.csv",
        "https://elsewhere.blob.core.windows.net/azureml/some/model",
        "http://stforecast01.blob.core.windows.net/azureml/some/model",
        "https://stforecast01.blob.core.windows.net@elsewhere.example/azureml/some/model",
        "https://stforecast01.blob.core.windows.net/azureml/a/../../sales/x",
        "https://stforecast01.blob.core.windows.net/azureml/%2e%2e/sales/x",
        "azureml://datastores/workspaceblobstore/paths/",
        "azureml://datastores/workspaceblobstore/paths/../other",
        "azureml://datastores/workspacefilestore/paths/some/model",
        "azureml://datastores/unknown/paths/some/model",
        "azureml://datastores/../paths/some/model",
        "azureml://datastores/../../listSecrets/paths/some/model",
        STORE.replace("ws-forecast", "ws-other") + "/workspaceblobstore/paths/some/model",
        STORE.replace("11111111", "22222222") + "/workspaceblobstore/paths/some/model",
        "azureml://jobs/brave_lamp_k2x7/outputs/artifacts/paths/model",
        "wasbs://azureml@stforecast01.blob.core.windows.net/some/model",
        "https://[/x",
    ],
)
def test_what_lies_elsewhere_is_told_and_never_fetched(address: str):
    files = Files({})
    (found,) = files_of("data", at(address, "dataUri"), files)
    assert isinstance(found, Missing)
    assert found.steps
    assert found.reason == "it lies outside the workspace's own blob storage"
    assert files.asked == []


def test_a_datastore_in_another_account_is_elsewhere():
    other = payload("datastores")["value"][0]
    other["properties"]["accountName"] = "stother"
    connector, _ = forecast({arm("datastores/sales_blobs"): [told(other)]}, Files({}))
    listed = at("azureml://datastores/sales_blobs/paths/x")
    _, missing = connector.read("model", "demand-model:1", listed, True)
    assert isinstance(missing, Missing)


def test_a_datastore_is_asked_for_once_for_many_assets():
    connector, wire = forecast({}, Files({}))
    for number in range(5):
        listed = at(f"azureml://datastores/workspaceblobstore/paths/model-{number}")
        list(connector.read("model", f"demand-model:{number}", listed, True))
    assert wire.urls().count(arm("datastores/workspaceblobstore")) == 1


WHERE = "azureml://datastores/workspaceblobstore/paths/some/model"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (None, "the app may not read the workspace's storage account"),
        (Files({}, Refused("no")), "the app may not read the workspace's storage account"),
        (Files({}), "the workspace's storage account has nothing at its place"),
    ],
)
def test_bytes_that_can_not_be_had_are_missing_with_steps(files: Files | None, reason: str):
    (found,) = files_of("model", at(WHERE), files)
    assert (type(found), found.reason) == (Missing, reason)
    assert found.steps


def test_an_account_that_is_away_is_tried_again():
    connector, _ = forecast({}, Files({}, Unavailable("away")))
    with pytest.raises(Unavailable):
        list(connector.read("model", "demand-model:1", at(WHERE), True))


def test_a_file_over_the_limit_of_its_kind_is_left_out_and_the_others_are_not():
    blobs = {"some/model/big": b"x" * 11, "some/model/small": b"x" * 10}
    found = files_of("model", at(WHERE), Files({BLOBSTORE: blobs}), limits={"model": 10})
    big, small = found
    assert isinstance(big, Missing)
    assert big.name == "files/big"
    assert isinstance(small, Content)
    assert small.name == "files/small"
    assert "DSR_AZUREML_MAX_MEGABYTES" in " ".join((big.reason, *big.steps))


def test_without_bytes_nothing_but_metadata_is_read():
    connector, wire = forecast({}, Files({}))
    (found,) = connector.read("model", "demand-model:1", at(WHERE), False)
    assert isinstance(found, Document)
    assert found.name == "model.json"
    assert wire.calls == []


def test_a_version_that_the_plan_did_not_keep_is_read_anew():
    connector, _ = forecast(
        {
            arm("models/demand-model/versions/3"): [told(MODEL)],
            arm("models/demand-model"): [told(HOLDER)],
            plane("modelregistry/v1.0", "models/demand-model:3"): [
                told({"createdBy": user(NORA), "modifiedBy": None})
            ],
        }
    )
    (document,) = connector.read("model", "demand-model:3", None, False)
    assert isinstance(document, Document)
    assert document.value["version"] == MODEL
    assert document.value["container"] == HOLDER
    assert document.value["people"]["createdBy"]["userObjectId"] == NORA
