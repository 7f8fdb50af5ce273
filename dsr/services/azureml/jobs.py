"""Jobs with their runs: what people sent to a workspace to be computed.

Source: ARM `workspaces/jobs` with recorded answers (Get-AzMLWorkspaceJob), and run history.
"""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.azureml import owners
from dsr.services.azureml.client import ARCHIVED_TOO
from dsr.services.azureml.job_deletes import ERASER
from dsr.services.azureml.job_runs import files_of_children, files_of_run, has_children
from dsr.services.azureml.run_history import BATCH, run_of, runs_of
from dsr.services.azureml.workspace import ArmPage, AzureMlKind, AzureMlWorkspace
from dsr.services.fields import get, named, state_of, text, texts_within
from dsr.usecases.connector import AssetPage, Document, File

_KIND: Final = Kind("job", batch=16, folder=True)
_PAGES: Final = 10
"""Pages of ARM that are taken together at most."""
_TEXTS: Final = ("inputs", "outputs", "environmentVariables")


def page(workspace: AzureMlWorkspace, cursor: str | None) -> AssetPage:
    """List some jobs, archived ones included, and ask for all their runs at once.

    How many a page of ARM holds no source says: several make one, as many as a batch asks for.
    """
    items, following = workspace.arm.page(("jobs",), cursor, "list jobs", ARCHIVED_TOO)
    for _ in range(_PAGES - 1):
        if following is None or len(items) >= BATCH:
            break
        more, following = workspace.arm.page(("jobs",), following, "list jobs", ARCHIVED_TOO)
        items += more
    names = [name for item in items if (name := text(item, "name"))]
    runs = runs_of(workspace.plane, names)
    return ArmPage((_asset(item, runs.get(text(item, "name"))) for item in items), following)


def _asset(job: dict[str, Any], run: dict[str, Any] | None) -> Asset:
    properties, name = get(job, "properties"), text(job, "name")
    tags = get(properties, "tags")
    ids, made = owners.made_by(job)
    return Asset(
        kind=_KIND.name,
        id=name,
        name=text(properties, "displayName") or name,
        file_name=name,
        identifiers=(
            *owners.user_ids(get(run, "createdBy"), "createdBy"),
            *ids,
            *(
                ("notificationSetting.emails", value)
                for _, value in named(get(properties, "notificationSetting"), "emails")
            ),
            *owners.subject_tag(tags),
        ),
        texts=(
            *made,
            *owners.user_name(get(run, "createdBy"), "createdBy"),
            ("name", name),
            *named(properties, "experimentName", "command"),
            *owners.free_texts(properties, *_TEXTS),
            *texts_within(get(properties, "notificationSetting"), "webhooks"),
        ),
        builtin=owners.is_builtin(job),
        listed={"job": job, "run": run},
        state=state_of(properties, "description", "tags", more=_birth(job, run)),
        references=owners.user_ids(get(run, "lastModifiedBy"), "lastModifiedBy"),
    )


def _birth(job: Any, run: Any) -> list[str]:
    """Give what a job that was made anew under the same name has another one of."""
    return [text(run, "runUuid"), text(get(job, "systemData"), "createdAt")]


def read(
    workspace: AzureMlWorkspace, job_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give a job with its run, its metrics and files, and the runs that it started."""
    if listed is None:
        job = workspace.arm.get(("jobs", job_id), "read job")
        listed = {"job": job, "run": run_of(workspace.plane, job_id)}
    yield Document("job.json", listed)
    yield from files_of_run(workspace, job_id, get(listed, "run"), _KIND.name, include_data)
    if has_children(get(listed, "job")):
        yield from files_of_children(workspace, job_id, _KIND.name, include_data)


KIND: Final = AzureMlKind(_KIND, page, read, ERASER)
