"""Jobs and runs with the fields of recorded answers, and values of their own."""

from typing import Any

from tests.fakes.azureml_connector import ARM_ID, ARTIFACT, BLOBS, HISTORY, METRIC, Routes, arm
from tests.fakes.studio import told
from tests.fakes.wire import answer

JOB = "brave_lamp_k2x7"
NORA_ID = "c0ffee00-1111-4222-8333-444455556666"
OMAR_ID = "c0ffee00-9999-4222-8333-444455556666"
LIST = f"GET {arm('/jobs', '&listViewType=All')}"
BATCH = f"POST {HISTORY}/batchrundata"


def user(object_id: str, name: str) -> dict[str, Any]:
    """Give a data plane's `User`: `upn` is null in every recording."""
    tenant = "99999999-0000-4000-8000-000000000000"
    return {"userObjectId": object_id, "userTenantId": tenant, "userName": name, "upn": None}


def job(name: str = JOB, job_type: str = "Command", **properties: Any) -> dict[str, Any]:
    """Give a job as ARM lists it."""
    return {
        "id": f"{ARM_ID}/jobs/{name}",
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces/jobs",
        "properties": {
            "description": None,
            "tags": {"owner": "nora.beispiel"},
            "properties": {"ProcessInfoFile": "azureml-logs/process_info.json"},
            "displayName": "demand-train",
            "status": "Completed",
            "experimentName": "demand",
            "isArchived": False,
            "jobType": job_type,
            "command": "python train.py --data ${{inputs.train}}",
            "environmentVariables": {},
            "inputs": {
                "train": {
                    "jobInputType": "uri_file",
                    "uri": "azureml://datastores/workspaceblobstore/paths/users/nora/train.csv",
                }
            },
            "outputs": {},
            "notificationSetting": {
                "emailOn": ["JobCompleted"],
                "emails": ["nora.beispiel@contoso.example"],
            },
            **properties,
        },
        "systemData": {
            "createdAt": "2026-05-04T09:10:05.1112223+00:00",
            "createdBy": "Nora Beispiel (Contoso)",
            "createdByType": "User",
        },
    }


def run(name: str = JOB, **more: Any) -> dict[str, Any]:
    """Give a run as run history tells it."""
    return {
        "runNumber": 1777885805,
        "rootRunId": name,
        "createdBy": user(NORA_ID, "Nora Beispiel"),
        "userId": NORA_ID,
        "runUuid": f"uuid-{name}",
        "parentRunId": None,
        "lastModifiedBy": user(OMAR_ID, "Omar Muster"),
        "runId": name,
        "status": "Completed",
        "dataContainerId": f"dcid.{name}",
        "hidden": False,
        "runType": "azureml.scriptrun",
        "properties": {},
        "tags": {},
        **more,
    }


def batch(*runs: dict[str, Any], failed: dict[str, Any] | None = None) -> dict[str, Any]:
    """Give the answer of `batchrundata`."""
    done = {r["runId"]: {"runMetadata": r, "runDefinition": None} for r in runs}
    return {"successfulResults": done, "failedResults": failed or {}}


def links(name: str) -> str:
    """Give the call that tells a run's files with their links."""
    return f"GET {ARTIFACT}/artifacts/ExperimentRun/dcid.{name}/prefix/contentinfo"


def link(name: str, path: str, sas: str = "sig=1") -> str:
    """Give a file's own URL."""
    return f"{BLOBS}/azureml/ExperimentRun/dcid.{name}/{path}?{sas}"


def linked(name: str, *paths: str, following: str | None = None) -> dict[str, Any]:
    """Give a page of files with links."""
    value = [
        {
            "contentUri": link(name, path),
            "origin": "ExperimentRun",
            "container": f"dcid.{name}",
            "path": path,
            "tags": None,
        }
        for path in paths
    ]
    return {"value": value, "continuationToken": following, "nextLink": None}


def files(name: str, **content: bytes) -> Routes:
    """Give the routes of a run's files, each by its path with `__` for a slash."""
    paths = {path.replace("__", "/"): data for path, data in content.items()}
    found: Routes = {links(name): [told(linked(name, *paths))]}
    for path, data in paths.items():
        found[f"GET {link(name, path)}"] = [answer(200, data, {"ETag": '"1"'})]
    return found


def metric_list(name: str) -> str:
    """Give the URL that lists a run's metrics."""
    return f"{METRIC}/runs/{name}/list"


def metric_full(name: str) -> str:
    """Give the URL that tells a metric's values."""
    return f"{METRIC}/runs/{name}/full"
