"""The connector of Azure Machine Learning Studio (classic): guest, free and standard workspaces."""

from collections.abc import Iterator
from typing import Any

from dsr.errors import Absent, Refused, Unusable
from dsr.model.asset import Notice, Person, WorkspaceRecord
from dsr.model.target import WorkspaceTarget
from dsr.services.arm import Arm, ArmWorkspace
from dsr.services.hosts import AllowedHosts
from dsr.services.http import Http
from dsr.services.studio.client import management_client, studio_client
from dsr.services.studio.fields import get, named, text
from dsr.services.studio.kinds import kinds_of
from dsr.services.studio.location import RecentLocations
from dsr.services.studio.notices import notices
from dsr.services.studio.tokens import WORKSPACES, ArmToken, FixedToken
from dsr.services.studio.workspace import StudioWorkspace
from dsr.usecases.connector import AssetPage, File


class StudioConnector:
    """One Studio (classic) workspace.

    `token` is its authorization token, "" where ARM is to give it (the target then has an ARM id).
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
        )
        self._kinds = {kind.kind.name: kind for kind in kinds_of(target)}
        self.kinds = tuple(kind.kind for kind in self._kinds.values())

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

    def notices(self) -> list[Notice]:
        """Give what applies to every request for this workspace."""
        return notices(self._target)


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
