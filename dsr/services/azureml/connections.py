"""Connections of a workspace to other services. No secret is ever asked for.

Source: ARM `workspaces/connections` with a recorded answer (Get-AzMLWorkspaceConnection): here
`systemData` has an e-mail address. `sharedUserList` and `credentials` are of the specification.
"""

from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.azureml import owners
from dsr.services.azureml.flat import Flat
from dsr.services.azureml.workspace import AzureMlKind
from dsr.services.fields import get, named, tag_texts, text, texts_within

_KIND: Final = Kind("connection", batch=128)


def _asset(connection: dict[str, Any]) -> Asset:
    properties, name = get(connection, "properties"), text(connection, "name")
    ids, made = owners.made_by(connection)
    signed_in = named(get(properties, "credentials"), "username")
    return Asset(
        kind=_KIND.name,
        id=name,
        name=name,
        file_name=name,
        identifiers=(
            *ids,
            *named(properties, "sharedUserList"),
            *(("credentials.username", value) for _, value in signed_in),
            *owners.subject_tag(get(connection, "tags")),
        ),
        references=owners.changed_by(connection),
        texts=(
            *made,
            ("name", name),
            *tag_texts(connection),
            *named(properties, "target", "category"),
            *texts_within(properties, "metadata"),
        ),
        listed=connection,
    )


_CONNECTIONS: Final = Flat(_KIND, "connections", "connection", _asset)
KIND: Final = AzureMlKind(_KIND, _CONNECTIONS.page, _CONNECTIONS.read)
