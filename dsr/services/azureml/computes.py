"""Computes: clusters, and the compute instances that people work on.

Source: ARM `workspaces/computes` with recorded answers (Get-AzMLWorkspaceCompute): a compute has
no `systemData`; an instance's `createdBy` and `assignedUser` have object ids.
"""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.azureml import owners
from dsr.services.azureml.flat import Flat
from dsr.services.azureml.workspace import AzureMlKind
from dsr.services.fields import get, named, tag_texts, text, texts_within
from dsr.usecases.connector import Missing

_KIND: Final = Kind("compute", batch=128)
_DISK: Final = Missing(
    "",
    "no API gives what is on the disk of a compute instance",
    (
        "Ask the person whom the compute instance belongs to, or open its terminal at"
        " https://ml.azure.com as that person.",
        "Copy what concerns the person from its disk. Notebooks lie on the workspace's file share,"
        " not on the disk.",
    ),
)


def _asset(compute: dict[str, Any]) -> Asset:
    properties, name = get(compute, "properties"), text(compute, "name")
    inner = get(properties, "properties")
    ids, made = owners.made_by(compute)
    assigned = get(get(inner, "personalComputeInstanceSettings"), "assignedUser")
    admin = (get(inner, "sshSettings"), get(inner, "userAccountCredentials"))
    return Asset(
        kind=_KIND.name,
        id=name,
        name=name,
        file_name=name,
        identifiers=(
            *(("createdBy.userId", v) for _, v in named(get(inner, "createdBy"), "userId")),
            *(("assignedUser.objectId", v) for _, v in named(assigned, "objectId")),
            *ids,
            *owners.subject_tag(get(compute, "tags")),
        ),
        references=owners.changed_by(compute),
        texts=(
            *made,
            *owners.user_name(get(inner, "createdBy"), "createdBy"),
            ("name", name),
            *tag_texts(compute),
            *named(properties, "description"),
            *(pair for each in admin for pair in named(each, "adminUserName")),
            *texts_within(inner, "setupScripts"),
        ),
        listed=compute,
    )


def _missing(compute: Any) -> Iterator[Missing]:
    if text(get(compute, "properties"), "computeType").lower() == "computeinstance":
        yield _DISK


_COMPUTES: Final = Flat(_KIND, "computes", "compute", _asset, missing=_missing)
KIND: Final = AzureMlKind(_KIND, _COMPUTES.page, _COMPUTES.read)
