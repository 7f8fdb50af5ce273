"""The sample workspace `forecast`, and a neighbour that shares its storage account."""

from sandbox.azureml.model import Blob, Job, MlWorkspace
from sandbox.azureml.sample.assets import forecast_blobs, forecast_versions
from sandbox.azureml.sample.folders import forecast_files
from sandbox.azureml.sample.jobs import TRAINED, forecast_jobs, log
from sandbox.azureml.sample.people import JONAS, MIRA, PEOPLE, TOMAS
from sandbox.azureml.sample.resources import forecast_resources, system_datastores
from sandbox.studio.content import text

ACCOUNT = "stforecast01"


def forecast() -> MlWorkspace:
    """Give the workspace `ws-forecast`, in the app `forecast`: everything of every kind."""
    return MlWorkspace(
        "ws-forecast",
        ACCOUNT,
        MIRA,
        PEOPLE,
        jobs=forecast_jobs(),
        versions=forecast_versions(),
        resources=forecast_resources(ACCOUNT),
        blobs=forecast_blobs(),
        files=forecast_files(),
        target_name="forecast",
    )


def neighbour() -> MlWorkspace:
    """Give `ws-neighbour`: its blobs lie beside those of `ws-forecast`, in the same account."""
    name = f"{TRAINED}2"  # its prefix begins like that of the other workspace's run
    return MlWorkspace(
        "ws-neighbour",
        ACCOUNT,
        JONAS,
        (JONAS, TOMAS),
        jobs=(
            Job(
                name,
                JONAS,
                "2026-05-06T09:00:00.000+00:00",
                display_name="beside",
                artifacts=(log(name),),
            ),
        ),
        resources=system_datastores(ACCOUNT),
        blobs=(Blob("azureml-blobstore-{ID}", "users/jonas/plan.txt", text("a plan\n")),),
        target_name="neighbour",
    )
