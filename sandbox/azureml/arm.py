"""Azure Resource Manager's routes of Azure Machine Learning: which call answers what."""

import hmac
import re
from collections.abc import Callable
from typing import Any, Final

from sandbox.azureml.arm_assets import versions_answer
from sandbox.azureml.arm_deletes import Deletes
from sandbox.azureml.arm_lists import list_answer
from sandbox.azureml.errors import gateway_error, ml_error, not_found
from sandbox.azureml.model import MlWorkspace, Resource
from sandbox.azureml.payload_arm import job_payload, resource_payload, workspace_payload
from sandbox.azureml.routing import Place, place_of
from sandbox.azureml.state import State
from sandbox.azureml.view import PLAIN, VERSIONED, WorkspaceView, archived_shown
from sandbox.loopback.exchange import Request, Response, json_response
from sandbox.loopback.journal import Journal

DEVELOPMENT_TOKEN: Final = "dsr-development-token"
_VERSION = re.compile(r"20\d\d-\d\d-\d\d(-preview)?")
_KINDS = {kind.lower(): kind for kind in ("jobs", *VERSIONED, *PLAIN)}
_SECRETS = frozenset({"listsecrets", "listkeys", "token"})


def secret_calls(journal: Journal) -> list[str]:
    """Give the paths of all calls that asked ARM for secrets."""
    return [c.path for c in journal.calls() if c.path.rsplit("/", 1)[-1].lower() in _SECRETS]


def has_token(request: Request) -> bool:
    """Tell whether a call carries the sandbox's token."""
    sent = request.headers.get("authorization", "").encode()
    return hmac.compare_digest(sent, f"Bearer {DEVELOPMENT_TOKEN}".encode())


class ArmRoutes:
    """Answers ARM's requests for the workspaces of a state."""

    def __init__(self, state: State, data_plane: Callable[[], str]) -> None:
        self._state = state
        self._data_plane = data_plane
        self._deletes = Deletes(state)
        self.other_subscriptions: Callable[[], set[str]] = set

    def subscriptions(self) -> set[str]:
        """Give the subscriptions in which there is a workspace, in lower case."""
        return {v.workspace.subscription_id.lower() for v in self._state.views.values()}

    def answer(self, request: Request, url: str) -> Response:
        """Answer one request; `url` is the address that links lead to."""
        if not has_token(request):
            message = "The access token is missing or invalid."
            return gateway_error(401, "AuthenticationFailed", message)
        version = request.query.get("api-version")
        if not version:
            message = "The api-version query parameter (?api-version=) is required."
            return gateway_error(400, "MissingApiVersionParameter", message)
        if not _VERSION.fullmatch(version):
            return gateway_error(400, "InvalidApiVersionParameter", "no such api-version")
        self._state.operations.settle()
        place = place_of(request.path)
        if place is None:
            return gateway_error(404, "InvalidResourceType", "no such resource type")
        if place.operation is not None:
            return self._state.operations.answer(request, *place.operation)
        try:
            return self._at(request, place, url)
        except ValueError as error:
            return ml_error(400, "UserError", str(error))

    def _at(self, request: Request, place: Place, url: str) -> Response:
        if place.workspace is None:
            if request.method != "GET":
                return wrong_method()
            return self._workspaces(request, place, url)
        view = self._state.view(place.subscription, str(place.group), place.workspace)
        if request.method == "DELETE" and not place.rest:
            return self._deletes.workspace(request, place, view, url)
        if view is None:
            message = (
                "The Resource 'Microsoft.MachineLearningServices/workspaces/"
                f"{place.workspace}' under resource group '{place.group}' was not found."
            )
            return gateway_error(404, "ResourceNotFound", message)
        if not place.rest:
            return self._workspace(request, view)
        if view.workspace.name in self._state.behaviour.private:
            return ml_error(403, "Forbidden", "public network access to the workspace is disabled")
        return self._inside(request, view, place.rest, url)

    def _workspace(self, request: Request, view: WorkspaceView) -> Response:
        if request.method != "GET":
            return wrong_method()
        return json_response(view.render(self._payload(view.workspace)))

    def _payload(self, workspace: MlWorkspace) -> dict[str, Any]:
        return workspace_payload(workspace, self._data_plane())

    def _workspaces(self, request: Request, place: Place, url: str) -> Response:
        views = list(self._state.views.values())
        inside = [v for v in views if v.workspace.subscription_id.lower() == place.subscription]
        if not inside and place.subscription not in self.other_subscriptions():
            return gateway_error(404, "SubscriptionNotFound", "The subscription was not found.")
        group = place.group
        held = [v for v in inside if group in (None, v.workspace.resource_group.lower())]
        if group is not None and not held:
            return gateway_error(404, "ResourceGroupNotFound", "The group was not found.")
        size = self._state.behaviour.page_size
        return list_answer(
            request,
            url,
            held,
            size,
            lambda v: v.listed(),
            lambda v: v.fill(self._payload(v.workspace)),
        )

    def _inside(
        self, request: Request, view: WorkspaceView, rest: tuple[str, ...], url: str
    ) -> Response:
        kind = _KINDS.get(rest[0].lower())
        if kind is None:
            if rest[0].lower() == "listkeys" and request.method == "POST":
                return json_response(view.render({"userStorageKey": "placeholder"}))
            return gateway_error(404, "InvalidResourceType", "no such resource type")
        if request.method == "DELETE":
            return self._deletes.inside(request, view, (kind, *rest[1:]), url)
        if kind in VERSIONED:
            size = self._state.behaviour.page_size
            return versions_answer(request, view, (kind, *rest[1:]), url, size)
        if kind == "jobs":
            return self._jobs(request, view, rest[1:], url)
        return self._plain(request, view, (kind, *rest[1:]), url)

    def _jobs(
        self, request: Request, view: WorkspaceView, rest: tuple[str, ...], url: str
    ) -> Response:
        if not rest and request.method == "GET":
            shown = archived_shown(request.query.get("listViewType"))
            return list_answer(
                request,
                url,
                view.workspace.jobs,
                self._state.behaviour.page_size,
                lambda job: shown(job.archived) and view.removals.listed(view.job_key(job)),
                lambda job: job_payload(job, view.status(job)),
                view,
            )
        run = view.run(rest[0]) if rest else None
        if run is None:
            return not_found(f"job {rest[0]}") if rest else wrong_method()
        if len(rest) == 1 and request.method == "GET":
            return json_response(view.render(job_payload(run.job, view.status(run.job))))
        if [part.lower() for part in rest[1:]] == ["cancel"] and request.method == "POST":
            return self._deletes.cancel(request, view, run.job, url)
        return wrong_method()

    def _plain(
        self, request: Request, view: WorkspaceView, rest: tuple[str, ...], url: str
    ) -> Response:
        kind, *path = rest
        size = self._state.behaviour.page_size
        if not path:
            if request.method != "GET":
                return wrong_method()
            shown = enabled_shown(request, kind)
            held = [r for r in view.workspace.resources if r.kind == kind]
            return list_answer(
                request,
                url,
                held,
                size,
                lambda r: shown(r) and view.listed(kind, r.name),
                resource_payload,
                view,
            )
        resource = view.resource(kind, path[0])
        if resource is None:
            return not_found(f"{kind} {path[0]}")
        low = [part.lower() for part in path[1:]]
        inside = f"{kind}/{resource.name}/deployments"
        match request.method, low:
            case "GET", []:
                return json_response(view.render(resource_payload(resource)))
            case "GET", ["deployments"]:
                return list_answer(
                    request,
                    url,
                    resource.children,
                    size,
                    lambda c: view.listed(kind, resource.name, "deployments", c.name),
                    lambda c: resource_payload(c, inside),
                    view,
                )
            case "GET", ["deployments", name]:
                child = view.resource(kind, resource.name, name)
                if child is None:
                    return not_found(f"deployment {name}")
                return json_response(view.render(resource_payload(child, inside)))
            case "POST", ["deployments", name, "getlogs"]:
                return json_response(view.render({"content": f"log of {name}"}))
            case "POST", [action] if action in _SECRETS:
                return json_response(view.render(dict(resource.secrets)))
            case _:
                return wrong_method()


def enabled_shown(request: Request, kind: str) -> Callable[[Resource], bool]:
    """Give what tells whether a list shows a resource: of schedules, those that are enabled.

    Raises ValueError for a listViewType that schedules do not know: theirs are others.
    """
    list_view = request.query.get("listViewType") or "EnabledOnly"
    if kind != "schedules" or list_view == "All":
        return lambda _: True
    if list_view not in ("EnabledOnly", "DisabledOnly"):
        raise ValueError("listViewType has to be EnabledOnly, DisabledOnly or All")
    return lambda r: r.properties.get("isEnabled", True) == (list_view == "EnabledOnly")


def wrong_method() -> Response:
    """Answer that a path knows no such method."""
    return gateway_error(405, "MethodNotAllowed", "the method is not known here")
