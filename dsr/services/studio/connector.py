"""The connector of Azure Machine Learning Studio (classic): guest, free and standard workspaces."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from dsr.errors import Unavailable
from dsr.model.asset import Asset, Kind, Notice, Person, WorkspaceRecord
from dsr.model.target import WorkspaceTarget
from dsr.services.hosts import AllowedHosts
from dsr.services.http import Http
from dsr.services.studio import datasets, experiments
from dsr.services.studio.client import StudioClient
from dsr.services.studio.fields import get, named, text
from dsr.services.studio.notices import notices
from dsr.usecases.connector import File

_Lister = Callable[[StudioClient, str], Iterator[Asset]]
_Reader = Callable[[StudioClient, str, bool], Iterator[File]]

_KINDS: Final[dict[str, tuple[Kind, _Lister, _Reader]]] = {
    module.KIND.name: (module.KIND, module.assets, module.read)
    for module in (datasets, experiments)
}


class _OnePage:
    """A listing without pages: the API's arrays come whole."""

    def __init__(self, assets: Iterator[Asset]) -> None:
        self._assets = assets
        self.next: str | None = None

    def __iter__(self) -> Iterator[Asset]:
        return self._assets


class StudioConnector:
    """One Studio (classic) workspace, by its workspace authorization token."""

    kinds = tuple(kind for kind, _, _ in _KINDS.values())
    person_fields = frozenset(
        {"Owner", "Creator", "Author", "OwnerEmail", "OwnerPrincipalId", "EscalationEmail", "Email"}
    )

    def __init__(self, target: WorkspaceTarget, token: str) -> None:
        self._target = target
        http = Http(AllowedHosts(target))
        self._client = StudioClient(http, target.studio_endpoint, target.workspace_id, token)

    def record(self) -> WorkspaceRecord:
        """Read the workspace's own record and its users."""
        payload = self._client.one("", "read workspace")
        users = list(self._client.many("users", "list users"))
        return WorkspaceRecord(
            id=text(payload, "WorkspaceId") or self._target.workspace_id,
            name=text(payload, "FriendlyName") or self._target.name,
            payload=payload,
            users=tuple((_person(user), user) for user in users if isinstance(user, dict)),
            service=self._target.service,
            owner=named(payload, "OwnerEmail", "OwnerPrincipalId"),
        )

    def assets(self, kind: str, cursor: str | None) -> _OnePage:
        """List a kind, versions included; no paging of these lists is known."""
        if cursor is not None:
            raise Unavailable("this service's lists have one page")
        _, lister, _ = _KINDS[kind]
        return _OnePage(lister(self._client, self._target.workspace_id))

    def read(self, kind: str, asset_id: str, include_data: bool) -> Iterator[File]:
        """Give the files of one asset, each as soon as it is known."""
        _, _, reader = _KINDS[kind]
        return reader(self._client, asset_id, include_data)

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
