"""Datastores: what a workspace calls a place in a storage account. No secret is ever asked for.

Source: ARM `workspaces/datastores` with recorded answers (Get-AzMLWorkspaceDatastore); the four
that every workspace has name nobody who created them.
"""

from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.azureml import owners
from dsr.services.azureml.flat import Flat
from dsr.services.azureml.workspace import AzureMlKind
from dsr.services.fields import get, named, text

_KIND: Final = Kind("datastore", batch=128)


def _asset(datastore: dict[str, Any]) -> Asset:
    properties, name = get(datastore, "properties"), text(datastore, "name")
    ids, made = owners.made_by(datastore)
    return Asset(
        kind=_KIND.name,
        id=name,
        name=name,
        file_name=name,
        identifiers=(*ids, *owners.subject_tag(get(properties, "tags"))),
        references=owners.changed_by(datastore),
        texts=(
            *made,
            ("name", name),
            *named(properties, "accountName", "containerName", "fileShareName", "filesystem"),
            *owners.free_texts(properties),
        ),
        listed=datastore,
    )


_DATASTORES: Final = Flat(_KIND, "datastores", "datastore", _asset)
KIND: Final = AzureMlKind(_KIND, _DATASTORES.page, _DATASTORES.read)
