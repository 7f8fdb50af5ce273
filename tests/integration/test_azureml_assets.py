"""Azure Machine Learning's kinds beside jobs, over the sandbox: HTTP, pages, and real blobs."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from dsr.errors import Absent, Unusable
from dsr.model.asset import Asset
from dsr.settings import parse
from dsr.usecases.connector import Connector, Content, Document, Missing
from dsr.wiring import Connectors
from sandbox.azureml import SandboxAzureMl, secret_calls
from sandbox.azureml.sample.assets import CUSTOMERS, OWN_CODE, SHARED_CODE, UPLOADED_MODEL
from sandbox.azureml.sample.people import MIRA, TOMAS, TWIN
from sandbox.azurite import Azurite
from sandbox.stack import app_settings
from tests.integration.azureml_client import AzureMlClient
from tests.integration.azureml_servers import Servers, client, servers

KINDS = (
    *("model", "data", "environment", "component", "code", "featureset", "schedule"),
    *("online_endpoint", "batch_endpoint", "compute", "datastore", "connection"),
)


class NoStudio:
    """Settings of no Studio (classic) workspace."""

    def settings(self) -> dict[str, str]:
        return {}


@dataclass
class Lab:
    """The sample's connector, its server, and calls that look at what was done."""

    connector: Connector
    ml: SandboxAzureMl
    call: AzureMlClient

    def all(self, kind: str) -> dict[str, Asset]:
        """Give the assets of a kind, all pages of them, each once."""
        found: dict[str, Asset] = {}
        cursor = None
        while True:
            page = self.connector.assets(kind, cursor)
            for asset in page:
                assert asset.id not in found
                found[asset.id] = asset
            cursor = page.next
            if cursor is None:
                return found

    def files(self, asset: Asset, documents: bool = True) -> tuple[dict[str, bytes], list[str]]:
        """Give an asset's bytes by their names, and what is missing of it.

        `documents` tells that what the service says of it is what the list said, and nothing else.
        """
        held: dict[str, bytes] = {}
        missing = []
        for file in self.connector.read(asset.kind, asset.id, asset.listed, True):
            match file:
                case Document(value=value):
                    assert value is asset.listed or not documents
                case Content(name, source):
                    stream = source.open()
                    held[name] = b"".join(iter(lambda s=stream: s.read(1 << 16), b""))
                    assert stream.length == len(held[name])
                    stream.close()
                case Missing(reason=reason):
                    missing.append(reason)
        return held, missing

    def uploads(self) -> Counter[str]:
        """Give how many blobs lie below each upload."""
        account = self.ml.account("forecast")
        names = account.names(self.container, "LocalUpload/")
        return Counter(name.split("/")[1] for name in names)

    @property
    def container(self) -> str:
        """The container of the workspace's default store."""
        return f"azureml-blobstore-{self.ml.workspaces['forecast'].workspace_id}"


@pytest.fixture(scope="module")
def shared() -> Iterator[Servers]:
    with (
        Azurite(accounts=("stforecast01",)) as azurite,
        servers(azurite.connection_strings()) as made,
    ):
        yield made


@pytest.fixture
def lab(shared: Servers) -> Iterator[Lab]:
    arm, ml = shared
    with client(shared) as call:
        ml.refill()
        storage = "AccountName=x;BlobEndpoint=http://127.0.0.1/x"
        settings = parse(app_settings(storage, NoStudio(), arm, ml))
        yield Lab(Connectors(settings)("forecast"), ml, call)


def test_files_of_jobs_are_the_same_by_links_and_from_storage(lab: Lab, shared: Servers) -> None:
    targets = [lab.ml.target("forecast") | {"artifacts": "storage"}]
    storage = "AccountName=x;BlobEndpoint=http://127.0.0.1/x"
    told = app_settings(storage, NoStudio(), *shared) | {"DSR_WORKSPACES": json.dumps(targets)}
    by_storage = replace(lab, connector=Connectors(parse(told))("forecast"))
    files: list[dict[str, bytes]] = []
    for job in lab.all("job").values():
        here, there = (way.files(job, documents=False) for way in (lab, by_storage))
        assert there == here
        files.append(here[0])
    assert sum(map(len, files)) > 5
    assert any(name.startswith("children/") for held in files for name in held)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_whole_however_long_its_pages_are(lab: Lab, kind: str) -> None:
    whole = lab.all(kind)
    lab.ml.behaviour.page_size = 1
    assert lab.all(kind) == whole
    assert all(whole)


def test_archived_versions_are_there(lab: Lab) -> None:
    assert "demand-model:2" in lab.all("model")
    assert "train-data:1" in lab.all("data")
    assert "sk-env:2" in lab.all("environment")


def test_nothing_asks_for_a_secret(lab: Lab, shared: Servers) -> None:
    for kind in KINDS:
        for asset in lab.all(kind).values():
            lab.files(asset)
    for server in shared:
        assert secret_calls(server.journal) == []


def test_who_made_models_and_data_is_known_by_id_and_never_by_a_shared_name(lab: Lab) -> None:
    models = lab.all("model")
    made = {i: [v for f, v in a.identifiers if "userObjectId" in f] for i, a in models.items()}
    assert made["demand-model:3"] == made["price-model:1"] == [TOMAS.object_id]
    assert made["twin-model:1"] == [TWIN.object_id]
    assert made["shared-model:1"] == [MIRA.object_id]
    assert ("modifiedBy.userObjectId", TOMAS.object_id) in models["shared-model:1"].references
    twin = models["twin-model:1"]
    assert all(value != TOMAS.object_id for _, value in twin.identifiers + twin.references)
    # both are shown by one name, which is a text of either
    shown = ("systemData.createdBy", TWIN.display)
    assert shown in twin.texts
    assert shown in models["demand-model:3"].texts


def test_curated_environments_and_components_are_built_in(lab: Lab) -> None:
    built_in = {i for k in ("environment", "component") for i, a in lab.all(k).items() if a.builtin}
    assert built_in == {
        "AzureML-sklearn-1.5:7",
        "AzureML-acpt-pytorch-2.2-cuda12.1:12",
        "train_model:0.0.40",
    }


def test_bytes_of_models_data_and_code_are_those_of_the_account(lab: Lab) -> None:
    account = {b.name: b.content.open_bytes() for b in lab.ml.workspaces["forecast"].blobs}
    models, data, codes = lab.all("model"), lab.all("data"), lab.all("code")
    files, missing = lab.files(models["price-model:1"])
    assert files == {"files/model.pkl": account[f"LocalUpload/{UPLOADED_MODEL}/price/model.pkl"]}
    assert missing == []
    files, _ = lab.files(data["train-data:2"])
    assert files == {"files/train.csv": account["users/tomas/train.csv"]}
    files, _ = lab.files(data["customers:1"])
    assert sorted(files) == ["files/part-1.csv", "files/part-2.csv"]
    held = [lab.files(asset)[0] for asset in codes.values()]
    assert {"files/train.py", "files/README.md"} in [set(files) for files in held]
    assert set(lab.files(models["demand-model:3"])[0]) == {"files/MLmodel", "files/model.pkl"}


def test_a_public_address_is_told_and_not_fetched(lab: Lab) -> None:
    files, missing = lab.files(lab.all("data")["open-weather:1"])
    assert files == {}
    assert missing == ["it lies outside the workspace's own blob storage"]


def test_a_version_is_gone_once_it_is_deleted_and_the_others_are_not(lab: Lab) -> None:
    for kind, asset_id in (("model", "demand-model:3"), ("data", "train-data:2")):
        others = set(lab.all(kind)) - {asset_id}
        assert lab.connector.is_there(kind, asset_id)
        asked = lab.connector.delete(kind, asset_id)
        assert asked.operation == ""
        assert not lab.connector.is_there(kind, asset_id)
        assert set(lab.all(kind)) == others
        with pytest.raises(Absent):
            lab.connector.delete(kind, asset_id)


def test_a_schedule_is_gone_once_its_operation_has_ended(lab: Lab) -> None:
    lab.ml.operations.polls = 2
    asked = lab.connector.delete("schedule", "nightly")
    assert asked.operation
    done = [lab.connector.is_done(asked.operation) for _ in range(4)]
    assert done[0] is False
    assert done[-1] is True
    assert not lab.connector.is_there("schedule", "nightly")
    assert "nightly" not in lab.all("schedule")


def test_an_upload_of_one_version_is_cleared_and_a_shared_one_stays(lab: Lab) -> None:
    storage = lab.connector.storage()
    assert storage is not None
    before = lab.uploads()
    owned = next(i for i, a in lab.all("code").items() if OWN_CODE in str(a.listed))
    left = lab.connector.left_behind("code", owned)
    assert [each.name for each in left] == [f"LocalUpload/{OWN_CODE}/"]
    lab.connector.delete("code", owned)
    assert all(storage.clear(each).clean for each in left)
    assert lab.uploads() == before - Counter({OWN_CODE: 2})
    first, second = (i for i, a in lab.all("code").items() if SHARED_CODE in str(a.listed))
    assert lab.connector.left_behind("code", first) == ()
    lab.connector.delete("code", first)
    # now the other one alone leads there
    (last,) = lab.connector.left_behind("code", second)
    assert last.name == f"LocalUpload/{SHARED_CODE}/"


def test_an_uploaded_data_asset_leaves_its_upload_and_a_plain_path_is_only_told(lab: Lab) -> None:
    (left,) = lab.connector.left_behind("data", "customers:1")
    assert (left.container, left.name) == (lab.container, f"LocalUpload/{CUSTOMERS}/")
    (kept,) = lab.connector.left_behind("data", "train-data:2")
    assert (kept.name, kept.prefix) == ("users/tomas/train.csv", False)
    assert kept.kept == "its bytes lay at a place that somebody chose, and stay"


def test_a_model_that_an_endpoint_serves_is_told_as_used(lab: Lab) -> None:
    assert lab.connector.uses("model") == {"demand-model:1": ("online_endpoint:demand-api",)}


def test_what_a_person_has_to_delete_is_not_deleted(lab: Lab, shared: Servers) -> None:
    for kind in ("online_endpoint", "batch_endpoint", "compute", "datastore", "connection"):
        for asset_id in lab.all(kind):
            with pytest.raises(Unusable):
                lab.connector.delete(kind, asset_id)
    for server in shared:
        assert all(made.method != "DELETE" for made in server.journal.calls())
