"""The models, data, environments, components and code of the sample workspace `forecast`."""

from collections.abc import Mapping
from typing import Any

from sandbox.azureml.identifiers import guid, hex_digest
from sandbox.azureml.model import MICROSOFT, Blob, Person, Version
from sandbox.azureml.sample.jobs import TRAINED
from sandbox.azureml.sample.people import MIRA, TOMAS, TWIN
from sandbox.studio.content import text
from sandbox.studio.sample.files import customers, first_lines, opaque

BLOBSTORE = "azureml-blobstore-{ID}"
UPLOADED_MODEL = hex_digest("uploaded", "price-model")[:32]
OWN_CODE = hex_digest("code", "train")[:32]
SHARED_CODE = hex_digest("code", "shared")[:32]
"""What two versions of code lead to: one of Tomas', one of Mira's."""
CUSTOMERS = hex_digest("data", "customers")[:32]
GHOST = "lost_leaf_g0h1"
"""A run that the service deleted, and whose blobs are still there."""


def forecast_versions() -> tuple[Version, ...]:
    """Give every version of every asset."""
    return (*_models(), *_data(), *_environments(), *_components(), *_codes())


def forecast_blobs() -> tuple[Blob, ...]:
    """Give the blobs beside those of jobs."""
    return (
        Blob(BLOBSTORE, "users/tomas/train.csv", customers(50)),
        Blob(BLOBSTORE, "users/tomas/old.csv", customers(20)),
        Blob(BLOBSTORE, f"LocalUpload/{CUSTOMERS}/customers/part-1.csv", customers(30)),
        Blob(BLOBSTORE, f"LocalUpload/{CUSTOMERS}/customers/part-2.csv", customers(10)),
        Blob(BLOBSTORE, f"LocalUpload/{UPLOADED_MODEL}/price/model.pkl", opaque("price", 900)),
        Blob(BLOBSTORE, f"LocalUpload/{OWN_CODE}/src/train.py", text("# by t-user\n")),
        Blob(BLOBSTORE, f"LocalUpload/{OWN_CODE}/src/README.md", text("ask Tomas User\n")),
        Blob(BLOBSTORE, f"LocalUpload/{SHARED_CODE}/src/score.py", text("# shared\n")),
        Blob("azureml", f"ExperimentRun/dcid.{GHOST}/user_logs/std_log.txt", text("ghost\n")),
        Blob("azureml", f"ComputeRecord/dcid.{GHOST}", text("ghost\n")),
        Blob("azureml", f"ExperimentRun/dcid.{TRAINED}b/near.txt", text("a longer name\n")),
        Blob("azureml", f"ComputeRecord/dcid.{TRAINED}b", text("a longer name\n")),
        Blob(BLOBSTORE, "public/weather.csv", first_lines("seattle-weather.csv", 30)),
    )


def model(
    name: str, version: str, author: Person | None, uri: str, job: str | None = None, **more: Any
) -> Version:
    """Give a model's version."""
    properties: Mapping[str, Any] = {
        "flavors": {"python_function": {"data": {"model_path": "model.pkl"}}},
        "modelType": "mlflow_model" if job else "custom_model",
        "modelUri": uri,
        "jobName": job,
        "provisioningState": "Succeeded",
        "stage": "Development",
    }
    at = "2026-05-04T09:30:00.000+00:00"
    return Version("models", name, version, author, at, properties, **more)


def data(name: str, version: str, author: Person | None, uri: str, **more: Any) -> Version:
    """Give a data asset's version; a folder where the address ends with a slash."""
    kind = "uri_folder" if uri.endswith("/") else "uri_file"
    properties = {"dataType": kind, "dataUri": uri}
    return Version(
        "data", name, version, author, "2026-05-03T09:00:00.000+00:00", properties, **more
    )


def code(upload: str, author: Person | None, label: str) -> Version:
    """Give a version of code that was uploaded; its name is a GUID."""
    properties = {
        "codeUri": f"{{BLOB}}/{BLOBSTORE}/LocalUpload/{upload}/src",
        "provisioningState": "Succeeded",
    }
    own = {"hash_sha256": hex_digest("code", upload), "hash_version": "202208"}
    at = "2026-05-04T09:09:00.000+00:00"
    name = guid("code", label)
    return Version("codes", name, "1", author, at, properties, own_properties=own)


def _models() -> tuple[Version, ...]:
    run = "{U}/datastores/workspaceartifactstore/paths/ExperimentRun/dcid."
    upload = f"{{U}}/datastores/workspaceblobstore/paths/LocalUpload/{UPLOADED_MODEL}/price"
    return (
        model("demand-model", "1", MIRA, f"{run}tidy_chain_d1e5/model", "tidy_chain_d1e5"),
        model("demand-model", "2", TOMAS, f"{run}{TRAINED}/outputs", TRAINED, archived=True),
        model(
            "demand-model",
            "3",
            TOMAS,
            f"{run}{TRAINED}/model",
            TRAINED,
            description="trained by Tomas",
        ),
        # ARM does not say who made it, the registry does
        model("price-model", "1", None, upload, known_by=TOMAS),
        model("shared-model", "1", MIRA, upload, modified_by=TOMAS),
        model("twin-model", "1", TWIN, f"{run}twin_river_a1b2/model", "twin_river_a1b2"),
    )


def _data() -> tuple[Version, ...]:
    store = "{U}/datastores/workspaceblobstore/paths"
    return (
        data("train-data", "1", TOMAS, f"{store}/users/tomas/old.csv", archived=True),
        data("train-data", "2", TOMAS, f"{store}/users/tomas/train.csv"),
        data("customers", "1", TOMAS, f"{store}/LocalUpload/{CUSTOMERS}/customers/"),
        data("weather", "1", MIRA, f"{store}/public/weather.csv"),
        data("open-weather", "1", MIRA, "https://data.example.org/weather.csv"),
    )


def _environments() -> tuple[Version, ...]:
    def environment(name: str, version: str, author: Person, kind: str, **more: Any) -> Version:
        properties = {
            "image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04",
            "condaFile": f"name: {name}\ndependencies:\n  - python=3.11\n",
            "osType": "Linux",
            "environmentType": kind,
            "stage": None,
        }
        at = "2026-05-02T09:00:00.000+00:00"
        return Version("environments", name, version, author, at, properties, **more)

    return (
        environment("AzureML-sklearn-1.5", "7", MICROSOFT, "Curated"),
        environment("AzureML-acpt-pytorch-2.2-cuda12.1", "12", MICROSOFT, "Curated"),
        environment("sk-env", "2", MIRA, "UserCreated", archived=True),
        environment("sk-env", "3", TOMAS, "UserCreated"),
    )


def _components() -> tuple[Version, ...]:
    def component(name: str, version: str, author: Person, **more: Any) -> Version:
        properties = {
            "componentSpec": {
                "name": name,
                "version": version,
                "display_name": name,
                "type": "command",
                "command": f"python {name}.py",
                "environment": "azureml:{S}/environments/sk-env/versions/3",
                "inputs": {},
                "outputs": {},
            },
            "provisioningState": "Succeeded",
            "stage": "Development",
        }
        at = "2026-05-02T10:00:00.000+00:00"
        own = {"client_component_hash": hex_digest("component", name)[:32]}
        return Version(
            "components", name, version, author, at, properties, own_properties=own, **more
        )

    return (
        component("prep", "0.0.1", TOMAS, tags={"owner": "t-user"}),
        component("score", "0.0.1", MIRA),
        component("train_model", "0.0.40", MICROSOFT),
    )


def _codes() -> tuple[Version, ...]:
    return (
        code(OWN_CODE, TOMAS, "own"),
        code(SHARED_CODE, TOMAS, "shared of Tomas"),
        code(SHARED_CODE, MIRA, "shared of Mira"),
    )
