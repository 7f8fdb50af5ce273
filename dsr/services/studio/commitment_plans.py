"""Commitment plans that pay for a workspace's New web services, over ARM.

Source: ARM specification of `Microsoft.MachineLearning`, commitmentPlans 2016-05-01-preview. A
plan can't be deleted while it has associations, which go with their web services (the
documentation of Remove-AzMlCommitmentPlan).
"""

from collections.abc import Iterator
from typing import Any, Final

from dsr.errors import Absent, Blocked, Unusable
from dsr.model.asset import Asset, Kind
from dsr.services.arm import ArmWorkspace
from dsr.services.asset_kind import Eraser
from dsr.services.fields import get, named, state_of, tag_texts, text
from dsr.services.studio.client import not_own
from dsr.services.studio.new_web_services import belongs, full_service
from dsr.services.studio.workspace import StudioKind, StudioWorkspace
from dsr.usecases.connector import Asked, Document, File

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
            try:
                associations = _associations(self._workspace, plan_id)
            except Absent:  # deleted just now, and still in the list
                associations = []
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
        state=state_of(plan, "id", "name", "etag", "sku", "tags"),
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


def delete(workspace: StudioWorkspace, plan_id: str) -> Asked:
    """Delete a plan that pays for nothing any more; Blocked where it still does.

    Once it pays for nothing, only its resource group ties it to the workspace.
    """
    what = "delete commitment plan"
    resource = _resource(workspace, plan_id, what)
    _block(workspace, plan_id)
    if not resource.shares_group(plan_id):
        raise not_own(what)
    try:
        return Asked(*workspace.arm.delete(plan_id, VERSION, what))
    except Unusable:
        _block(workspace, plan_id)
        raise


def _block(workspace: StudioWorkspace, plan_id: str) -> None:
    if _associations(workspace, plan_id):
        raise Blocked("the commitment plan can't be deleted while it pays for web services")


def is_there(workspace: StudioWorkspace, plan_id: str) -> bool:
    """Tell whether a plan is there."""
    what = "read commitment plan"
    _resource(workspace, plan_id, what)
    try:
        workspace.arm.get(plan_id, VERSION, what)
    except Absent:
        return False
    return True


def _resource(workspace: StudioWorkspace, plan_id: str, what: str) -> ArmWorkspace:
    if workspace.resource is None or not workspace.resource.holds(plan_id, "commitmentPlans"):
        raise not_own(what)
    return workspace.resource


def associations_by_plan(workspace: StudioWorkspace) -> dict[str, tuple[str, ...]]:
    """Give what each plan of the workspace pays for, by the associations' names."""
    found: dict[str, tuple[str, ...]] = {}
    cursor: str | None = None
    while True:
        page = _Page(workspace, cursor)
        for plan in page:
            names = (text(a, "name") for a in plan.listed["associations"])
            found[plan.id] = tuple(f"association:{name}" for name in names)
        cursor = page.next
        if cursor is None:
            return {plan_id: users for plan_id, users in found.items() if users}


KIND: Final = StudioKind(_KIND, _Page, read, Eraser(2, delete, is_there), associations_by_plan)
