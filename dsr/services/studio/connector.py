"""The connector of Azure Machine Learning Studio (classic): guest, free and standard workspaces."""

from collections.abc import Iterator, Mapping
from typing import Any

from dsr.errors import Absent, Refused, Unavailable, Unusable
from dsr.model.asset import Notice, Person, WorkspaceRecord
from dsr.model.target import WorkspaceTarget
from dsr.services.arm import Arm, ArmWorkspace
from dsr.services.fields import get, named, text
from dsr.services.hosts import AllowedHosts
from dsr.services.http import Http, error_code
from dsr.services.located import RecentLocations
from dsr.services.studio.client import management_client, studio_client
from dsr.services.studio.kinds import kinds_of, own_of, user_of
from dsr.services.studio.notices import notices
from dsr.services.studio.own_storage import OwnStorage
from dsr.services.studio.tokens import WORKSPACES, ArmToken, FixedToken
from dsr.services.studio.whole import ERASER
from dsr.services.studio.workspace import StudioKind, StudioWorkspace
from dsr.services.workspace_storage import WorkspaceStorage
from dsr.usecases.connector import Asked, AssetPage, File, Leftover


class StudioConnector:
    """One Studio (classic) workspace.

    `token` is its authorization token, "" where ARM is to give it (the target then has an ARM id).
    `storage` deletes from the customer's own storage account, None where the app may not.
    """

    person_fields = frozenset(
        {"Owner", "Creator", "Author", "OwnerEmail", "OwnerPrincipalId", "EscalationEmail", "Email"}
    )

    def __init__(
        self,
        target: WorkspaceTarget,
        token: str,
        arm: Arm,
        locations: RecentLocations,
        http: Http | None = None,
        storage: WorkspaceStorage | None = None,
    ) -> None:
        self._target = target
        http = http or Http(AllowedHosts(target))
        tokens = FixedToken(token) if token else ArmToken(arm, target.arm_id)
        workspace_id = target.workspace_id
        self._workspace = StudioWorkspace(
            workspace_id,
            studio_client(http, target.studio_endpoint, workspace_id, tokens),
            management_client(http, target.management_endpoint, workspace_id, tokens),
            arm,
            ArmWorkspace.parse(target.arm_id),
            http,
            locations,
            _own_storage(target, storage),
        )
        self._storage = storage
        self._kinds = {kind.kind.name: kind for kind in kinds_of(target)}
        self.kinds = tuple(kind.kind for kind in self._kinds.values())
        self.own = own_of(target)
        self.user = user_of(target)

    def record(self) -> WorkspaceRecord:
        """Read the workspace's own record, its users, and what ARM says of it.

        Where ARM says nothing, the record tells why and holds the rest.
        """
        payload = self._workspace.studio.one("", "read workspace")
        users = list(self._workspace.studio.many("users", "list users"))
        resource, problem = self._resource()
        return WorkspaceRecord(
            id=text(payload, "WorkspaceId") or self._target.workspace_id,
            name=text(payload, "FriendlyName") or self._target.name,
            payload=payload,
            users=tuple((_person(user), user) for user in users if isinstance(user, dict)),
            service=self._target.service,
            owner=(
                *named(payload, "OwnerEmail", "OwnerPrincipalId"),
                *named(get(resource, "properties"), "ownerEmail"),
            ),
            resource=resource,
            problem=problem,
        )

    def _resource(self) -> tuple[dict[str, Any] | None, str]:
        if self._workspace.resource is None:
            return None, ""
        what = "read workspace resource"
        try:
            return self._workspace.arm.get(self._workspace.resource.id, WORKSPACES, what), ""
        except (Refused, Absent, Unusable) as error:
            return None, str(error)

    def assets(self, kind: str, cursor: str | None) -> AssetPage:
        """List a kind, versions included; only what ARM lists has more than one page."""
        return self._kinds[kind].page(self._workspace, cursor)

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Iterator[File]:
        """Give the files of one asset, each as soon as it is known."""
        return self._kinds[kind].read(self._workspace, asset_id, listed, include_data)

    def notices(self, deleting: bool) -> list[Notice]:
        """Give what applies to every request for this workspace that exports, or deletes."""
        return notices(self._target, deleting)

    def uses(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        """Give what uses the assets of a kind, as far as graphs, endpoints and plans tell."""
        found = self._kinds.get(kind)
        return {} if found is None else found.uses(self._workspace)

    def is_there(self, kind: str, asset_id: str) -> bool:
        """Tell whether the service still gives an asset; 404 and 410 alone are a no."""
        if kind == self.own.name and self.own.erasable:
            return ERASER.is_there(self._workspace, asset_id)
        return self._kind(kind).is_there(self._workspace, asset_id)

    def left_behind(self, kind: str, asset_id: str) -> tuple[Leftover, ...]:
        """Give what a delete may leave in the storage account that the target names."""
        if kind == self.own.name and self._workspace.storage is not None:
            return ERASER.left_behind(self._workspace, asset_id)
        found = self._kinds.get(kind)
        return () if found is None else found.left_behind(self._workspace, asset_id)

    def delete(self, kind: str, unit: str) -> Asked:
        """Ask once to delete a unit; an id that is not the workspace's own is refused uncalled."""
        if kind == self.own.name and self.own.erasable:
            return ERASER.delete(self._workspace, unit)
        return self._kind(kind).delete(self._workspace, unit)

    def storage(self) -> WorkspaceStorage | None:
        """Give what deletes leftovers; None without a named account or an identity for it."""
        return self._storage

    def is_done(self, operation: str) -> bool:
        """Tell whether the delete of a New web service has ended well.

        Its answer is `provisioningState`, not ARM's usual `status` (ARM specification).
        """
        what = "delete New web service"
        try:
            status = self._workspace.arm.operation(operation, what)
        except (Absent, Unusable):
            raise Unavailable(f"nobody can tell how {what} ended") from None
        state = text(status, "provisioningState").lower()
        if state == "failed":
            code = error_code(get(status, "errorInfo"))
            raise Unusable(f"{what} ended in failure" + (f" ({code})" if code else ""))
        return state == "succeeded"

    def _kind(self, name: str) -> StudioKind:
        if name not in self._kinds:
            raise Unusable("no API deletes assets of this kind here; a person has to")
        return self._kinds[name]


def _own_storage(target: WorkspaceTarget, storage: WorkspaceStorage | None) -> OwnStorage | None:
    if storage is not None:
        return OwnStorage(storage.endpoint)
    if not target.storage_account:
        return None
    return OwnStorage(f"https://{target.storage_account}.blob.core.windows.net")


def _person(entry: dict[str, Any]) -> Person:
    user = get(entry, "User") or entry
    email, user_id = text(user, "Email"), text(user, "UserId")
    local = email.partition("@")[0]
    return Person(
        id=user_id or email,
        name=text(user, "Name"),
        ids=tuple(v for v in (email, user_id) if v),
        aliases=(local,) if local else (),
    )
