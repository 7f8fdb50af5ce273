"""Schedules: a trigger, and the whole job that it sends. They go before any job does.

Source: ARM `workspaces/schedules` by the specification; no recorded answer is known.
"""

from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.asset_kind import Eraser
from dsr.services.azureml import owners
from dsr.services.azureml.flat import Flat
from dsr.services.azureml.workspace import AzureMlKind, AzureMlWorkspace
from dsr.services.fields import get, named, state_of, text, texts_within
from dsr.usecases.connector import Asked

_KIND: Final = Kind("schedule", batch=128)


def _asset(schedule: dict[str, Any]) -> Asset:
    properties, name = get(schedule, "properties"), text(schedule, "name")
    job = get(get(properties, "action"), "jobDefinition")
    ids, made = owners.made_by(schedule)
    emails = named(get(job, "notificationSetting"), "emails")
    return Asset(
        kind=_KIND.name,
        id=name,
        name=text(properties, "displayName") or name,
        file_name=name,
        identifiers=(
            *ids,
            *(("action.jobDefinition.notificationSetting.emails", value) for _, value in emails),
            *owners.subject_tag(get(properties, "tags")),
        ),
        references=owners.changed_by(schedule),
        texts=(
            *made,
            ("name", name),
            *owners.free_texts(properties),
            *texts_within(properties, "action"),
        ),
        builtin=owners.is_builtin(schedule),
        listed=schedule,
        state=state_of(
            properties,
            *("displayName", "description", "tags", "trigger", "action"),
            more=text(get(schedule, "systemData"), "createdAt"),
        ),
    )


_SCHEDULES: Final = Flat(_KIND, "schedules", "schedule", _asset, archives=True)


def _delete(workspace: AzureMlWorkspace, name: str) -> Asked:
    return workspace.arm.delete(("schedules", name), "delete schedule")


def _is_there(workspace: AzureMlWorkspace, name: str) -> bool:
    return workspace.arm.is_there(("schedules", name), "read schedule")


KIND: Final = AzureMlKind(_KIND, _SCHEDULES.page, _SCHEDULES.read, Eraser(0, _delete, _is_there))
