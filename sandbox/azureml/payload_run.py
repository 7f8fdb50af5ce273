"""What the data plane's run history, artifact and metric services say of a run."""

from typing import Any

from sandbox.azureml.identifiers import guid, later
from sandbox.azureml.model import TENANT, TERMINAL, Artifact, Job, MlWorkspace, Person


def user_payload(person: Person | None) -> dict[str, Any] | None:
    """Give a User: object id and name. `upn` is null, as in every recorded run."""
    if person is None:
        return None
    return {
        "userObjectId": person.object_id or None,
        "userPuId": "10032000" + guid("puid", person.object_id)[:8].upper(),
        "userIdp": None,
        "userAltSecId": None,
        "userIss": f"https://sts.windows.net/{TENANT}/",
        "userTenantId": TENANT,
        "userName": person.name,
        "upn": None,
        "clientApplicationId": None,
        "applicationACR": None,
    }


def run_payload(job: Job, root: str, parent: str | None, status: str) -> dict[str, Any]:
    """Give a run; `root` and `parent` are names of runs."""
    ended = later(job.created, 742) if status in TERMINAL else None
    by = user_payload(job.author)
    run: dict[str, Any] = {
        "runNumber": int(guid(job.name)[:7], 16),
        "rootRunId": root,
        "createdUtc": job.created,
        "createdBy": by,
        "userId": job.author.object_id if job.author else None,
        "token": None,
        "tokenExpiryTimeUtc": None,
        "error": None,
        "warnings": None,
        "revision": 9,
        "runUuid": guid("run", job.name),
        "parentRunUuid": guid("run", parent) if parent else None,
        "rootRunUuid": guid("run", root),
        "lastModifiedBy": user_payload(job.modified_by or job.author),
        "lastModifiedUtc": later(job.created, 750),
        "duration": "00:12:22" if ended else None,
        "cancelationReason": None,
        "runId": job.name,
        "parentRunId": parent,
        "experimentId": guid("experiment", job.experiment),
        "status": status,
        "startTimeUtc": later(job.created, 6),
        "endTimeUtc": ended,
        "displayName": job.display_name or job.name,
        "name": None,
        "dataContainerId": job.container,
        "description": job.description,
        "hidden": job.archived,
        "runType": "azureml.scriptrun",
        "properties": dict(job.properties),
        "parameters": {},
        "tags": dict(job.tags),
        "target": "cpu-cluster",
        "inputs": {},
        "outputs": {},
        "retainForLifetimeOfWorkspace": None,
    }
    return run | dict(job.run)


def details_payload(job: Job, root: str, parent: str | None, status: str) -> dict[str, Any]:
    """Give a run's details: without what only the list of runs tells."""
    run = run_payload(job, root, parent, status)
    same = (
        *("runId", "runUuid", "parentRunUuid", "rootRunUuid", "target", "status", "parentRunId"),
        *("startTimeUtc", "endTimeUtc", "error", "warnings", "tags", "properties", "parameters"),
        *("revision", "createdBy", "runNumber", "rootRunId", "userId", "lastModifiedBy"),
        *("lastModifiedUtc", "duration", "inputs", "outputs"),
    )
    return {name: run[name] for name in same} | {
        "createdTimeUtc": run["createdUtc"],
        "runDefinition": None,
        "logFiles": {},
    }


def artifact_payload(job: Job, artifact: Artifact) -> dict[str, Any]:
    """Give a run's artifact."""
    return {
        "artifactId": f"ExperimentRun/{job.container}/{artifact.path}",
        "origin": "ExperimentRun",
        "container": job.container,
        "path": artifact.path,
        "etag": artifact.content.etag,
        "createdTime": later(job.created, 60),
        "dataPath": None,
        "tags": None,
    }


def link_payload(job: Job, path: str, uri: str) -> dict[str, Any]:
    """Give where an artifact's bytes are, a link of its own with a signature."""
    return {
        "contentUri": uri,
        "origin": "ExperimentRun",
        "container": job.container,
        "path": path,
        "tags": None,
    }


def metric_definition(name: str) -> dict[str, Any]:
    """Give a metric as `list` does, without its values."""
    return {
        "metricKey": {"namespace": "", "name": name, "labels": [], "columnNames": [name]},
        "columns": {name: "Double"},
        "properties": {"uxMetricType": "azureml.v1.scalar"},
    }


def metric_values(job: Job, name: str) -> dict[str, Any]:
    """Give a metric as `full` does, with every value."""
    return {
        "dataContainerId": job.container,
        "name": name,
        "columns": {name: "Double"},
        "properties": {"uxMetricType": "azureml.v1.scalar"},
        "namespace": "",
        "standardSchemaId": None,
        "value": [
            {
                "metricId": guid(job.name, name, str(step)),
                "createdUtc": later(job.created, 60 + step),
                "step": step,
                "data": {name: value},
            }
            for step, value in enumerate(job.metrics[name])
        ],
        "continuationToken": None,
        "nextLink": None,
    }


def experiment_payload(workspace: MlWorkspace, name: str) -> dict[str, Any]:
    """Give an experiment."""
    return {
        "experimentId": guid("experiment", name),
        "name": name,
        "description": None,
        "createdUtc": workspace.created,
        "tags": {},
        "archivedTime": None,
        "retainForLifetimeOfWorkspace": False,
        "artifactLocation": None,
    }
