"""Commitment plans that pay for a workspace's New web services, over ARM.

Source: ARM specification of `Microsoft.MachineLearning`, commitmentPlans 2016-05-01-preview.
"""

from collections.abc import Iterator
from typing import Any, Final

from dsr.model.asset import Asset, Kind
from dsr.services.arm import ArmWorkspace
from dsr.services.studio.fields import get, named, tag_texts, text
from dsr.services.studio.new_web_services import belongs, full_service
from dsr.services.studio.workspace import StudioKind, StudioWorkspace
from dsr.usecases.connector import Document, File

VERSION: Final = "2016-05-01-preview"
_KIND: Final = Kind("commitment_plan", batch=32, folder=True)


class _Page:
    """One page of the subscription's plans, of which those count that the workspace uses."""

    def __init__(self, workspace: StudioWorkspace, cursor: str | None) -> None:
        self._workspace = workspace
        self._cursor = cursor
        self._ours: dict[str, bool] = {}
        self.next: str | None = None

    def __iter__(self) -> Iterator[Asset]:
        resource = self._workspace.resource
        if resource is None:
            return
        path = f"{resource.subscription_provider}/commitmentPlans"
        arm = self._workspace.arm
        items, self.next = arm.page(path, VERSION, self._cursor, "list commitment plans")
        for plan in items:
            plan_id = text(plan, "id")
            associations = _associations(self._workspace, plan_id)
            if self._is_used(resource, plan_id, associations):
                yield _asset(plan, associations)

    def _is_used(
        self, resource: ArmWorkspace, plan_id: str, associations: list[dict[str, Any]]
    ) -> bool:
        """Tell whether a plan pays for a service of the workspace, or for none and lies beside it.

        A plan names no workspace; its associations name the services that it pays for.
        """
        if not associations:
            return resource.shares_group(plan_id)
        ids = (text(get(a, "properties"), "associatedResourceId") for a in associations)
        return any(self._is_ours(resource, i) for i in ids if "/webservices/" in i.lower())

    def _is_ours(self, resource: ArmWorkspace, service_id: str) -> bool:
        key = service_id.lower()
        if key not in self._ours:
            service = full_service(self._workspace, service_id)
            found = service is not None and belongs(self._workspace, resource, service)
            self._ours[key] = found
        return self._ours[key]


def _associations(workspace: StudioWorkspace, plan_id: str) -> list[dict[str, Any]]:
    path = f"{plan_id}/commitmentAssociations"
    return list(workspace.arm.all(path, VERSION, "list plan associations"))


def _asset(plan: dict[str, Any], associations: list[dict[str, Any]]) -> Asset:
    plan_id = text(plan, "id")
    name = text(plan, "name") or plan_id
    return Asset(
        _KIND.name,
        plan_id,
        name,
        name,
        texts=(*named(plan, "name"), *tag_texts(plan)),
        listed={"plan": plan, "associations": associations},
    )


def read(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the plan, the services that it pays for, and its usage history."""
    if listed is None:
        plan = workspace.arm.get(asset_id, VERSION, "read commitment plan")
        listed = {"plan": plan, "associations": _associations(workspace, asset_id)}
    yield Document("plan.json", listed["plan"])
    if listed["associations"]:
        yield Document("associations.json", listed["associations"])
    usage = list(workspace.arm.all(f"{asset_id}/usageHistory", VERSION, "list plan usage"))
    if usage:
        yield Document("usage-history.json", usage)


KIND: Final = StudioKind(_KIND, _Page, read)
