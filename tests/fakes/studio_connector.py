"""The Studio (classic) connector over scripted answers to calls, without a network."""

from dataclasses import replace

from dsr.model.target import WorkspaceTarget
from dsr.services.hosts import AllowedHosts
from dsr.services.http import Http
from dsr.services.located import RecentLocations
from dsr.services.studio.connector import StudioConnector
from dsr.services.workspace_storage import WorkspaceStorage
from tests.fakes.studio import ARM_ID, TARGET, arm_of
from tests.fakes.wire import Answer, Scripted, answer

STANDARD = replace(TARGET, arm_id=ARM_ID, storage_account="churnlabstore")


class ByMethod:
    """Gives each `METHOD url` its answers, one after another, the last for ever; others 404."""

    def __init__(self, routes: dict[str, list[Answer]]) -> None:
        self._routes = {call: Scripted(list(answers)) for call, answers in routes.items()}
        self.calls: list[str] = []
        self.headers: list[dict[str, str]] = []

    def request(self, method, url, headers, body=b""):
        call = f"{method} {url}"
        self.calls.append(call)
        self.headers.append(dict(headers))
        route = self._routes.get(call) or Scripted([answer(404)])
        return route.request(method, url, headers, body)

    @property
    def deletes(self) -> list[str]:
        """Give the URLs of all DELETE calls."""
        return [c.removeprefix("DELETE ") for c in self.calls if c.startswith("DELETE ")]


def connector(
    routes: dict[str, list[Answer]],
    target: WorkspaceTarget = STANDARD,
    storage: WorkspaceStorage | None = None,
    token: str = "the-token",
) -> tuple[StudioConnector, ByMethod]:
    """Give the connector of a target, and the wire that notes its calls as `METHOD url`."""
    wire = ByMethod(routes)
    http = Http(AllowedHosts(target), lambda: wire, lambda _: None)
    arm = arm_of(wire)
    return StudioConnector(target, token, arm, RecentLocations(), http, storage), wire
