"""Online and batch endpoints, each with its deployments. Their keys are never asked for.

Source: ARM `workspaces/{onlineEndpoints,batchEndpoints}/…/deployments` with recorded answers
(Azure/azure-powershell): tags stand beside the properties there, and `systemData` has no types.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.azureml import owners
from dsr.services.azureml.workspace import ArmPage, AzureMlKind, AzureMlWorkspace
from dsr.services.fields import get, named, tag_texts, text, texts_within
from dsr.usecases.connector import AssetPage, Document, File, Missing

_LIVES: Final = 60.0
_VERSION: Final = re.compile(
    r"/(models|environments|codes)/([^/]+)/versions/([^/]+)", re.IGNORECASE
)
_COLLECTED: Final = Missing(
    "collected requests",
    "requests that the endpoint answered were collected, and no API tells whose they are",
    (
        "Open the deployment's data collector at https://ml.azure.com: it names the place in the"
        " workspace's storage account.",
        "Search what was collected there for what concerns the person, and copy or delete it.",
    ),
)


@dataclass(frozen=True, slots=True)
class _Endpoints:
    """Endpoints of one of the two sorts."""

    kind: Kind
    path: str
    noun: str

    def page(self, workspace: AzureMlWorkspace, cursor: str | None) -> AssetPage:
        """List one page, and the deployments of each endpoint in it."""
        items, following = workspace.arm.page((self.path,), cursor, f"list {self.noun}s")
        return ArmPage((self._asset(e, self._deployments(workspace, e)) for e in items), following)

    def read(
        self, workspace: AzureMlWorkspace, asset_id: str, listed: Any, include_data: bool
    ) -> Iterator[File]:
        """Give an endpoint's entry and its deployments'; what they collected is Missing."""
        entry = listed
        if entry is None:
            endpoint = workspace.arm.get((self.path, asset_id), f"read {self.noun}")
            entry = _listed(endpoint, self._deployments(workspace, endpoint))
        yield Document("endpoint.json", entry)
        if any(_collects(deployment) for deployment in get(entry, "deployments") or ()):
            yield _COLLECTED

    def all(self, workspace: AzureMlWorkspace) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every deployment of every endpoint, each with its endpoint's name."""
        for endpoint in workspace.arm.all((self.path,), f"list {self.noun}s"):
            for deployment in self._deployments(workspace, endpoint):
                yield text(endpoint, "name"), deployment

    def _deployments(self, workspace: AzureMlWorkspace, endpoint: Any) -> list[dict[str, Any]]:
        name = text(endpoint, "name")
        if not name:
            return []
        what = "list deployments"
        return list(workspace.arm.all((self.path, name, "deployments"), what))

    def _asset(self, endpoint: dict[str, Any], deployments: list[dict[str, Any]]) -> Asset:
        name, parts = text(endpoint, "name"), (endpoint, *deployments)
        return Asset(
            kind=self.kind.name,
            id=name,
            name=name,
            file_name=name,
            identifiers=tuple(
                pair
                for part in parts
                for pair in (*owners.made_by(part)[0], *owners.subject_tag(get(part, "tags")))
            ),
            references=tuple(pair for part in parts for pair in owners.changed_by(part)),
            texts=tuple(pair for part in parts for pair in _texts(part)),
            listed=_listed(endpoint, deployments),
        )


def _listed(endpoint: Any, deployments: list[dict[str, Any]]) -> dict[str, Any]:
    return {"endpoint": endpoint, "deployments": deployments}


def _texts(part: dict[str, Any]) -> Iterator[tuple[str, str]]:
    properties = get(part, "properties")
    yield from owners.made_by(part)[1]
    yield from named(part, "name")
    yield from tag_texts(part)
    yield from owners.free_texts(properties)
    yield from texts_within(properties, "environmentVariables")


def _collects(deployment: Any) -> bool:
    """Tell whether a deployment collects requests (ARM specification, `dataCollector`)."""
    collections = get(get(get(deployment, "properties"), "dataCollector"), "collections")
    found = collections.values() if isinstance(collections, dict) else ()
    return any(text(each, "dataCollectionMode").lower() == "enabled" for each in found)


_ONLINE: Final = _Endpoints(
    Kind("online_endpoint", batch=64, folder=True), "onlineEndpoints", "online endpoint"
)
_BATCH: Final = _Endpoints(
    Kind("batch_endpoint", batch=64, folder=True), "batchEndpoints", "batch endpoint"
)

ONLINE: Final = AzureMlKind(_ONLINE.kind, _ONLINE.page, _ONLINE.read)
BATCH: Final = AzureMlKind(_BATCH.kind, _BATCH.page, _BATCH.read)


def users_of(path: str) -> Callable[[AzureMlWorkspace], dict[str, tuple[str, ...]]]:
    """Give what tells which endpoints use the versions of one kind, by asset id."""

    def uses(workspace: AzureMlWorkspace) -> dict[str, tuple[str, ...]]:
        known = workspace.kept.get("what endpoints use", _LIVES, lambda: _used(workspace))
        found: dict[str, tuple[str, ...]] = known.get(path, {})
        return found

    return uses


def _used(workspace: AzureMlWorkspace) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, dict[str, None]]] = {}
    for endpoints in (_ONLINE, _BATCH):
        for name, deployment in endpoints.all(workspace):
            for path, asset_id in _leads_to(workspace, deployment):
                user = f"{endpoints.kind.name}:{name}"
                found.setdefault(path, {}).setdefault(asset_id, {})[user] = None
    return {path: {i: tuple(users) for i, users in ids.items()} for path, ids in found.items()}


def _leads_to(workspace: AzureMlWorkspace, deployment: Any) -> Iterator[tuple[str, str]]:
    """Give the versions that a deployment names by their resource ids: path and asset id."""
    properties = get(deployment, "properties")
    model = get(properties, "model")
    own = workspace.resource.id
    for resource_id in (
        text(model, "assetId") if isinstance(model, dict) else text(properties, "model"),
        text(properties, "environmentId"),
        text(get(properties, "codeConfiguration"), "codeId"),
    ):
        below = resource_id[len(own) :] if resource_id.lower().startswith(own.lower()) else ""
        found = _VERSION.fullmatch(below)
        if found is not None:
            yield found[1].lower(), f"{found[2]}:{found[3]}"
