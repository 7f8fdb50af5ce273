"""The calls of ARM: which one answers what."""

import hmac
import json
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.arm.model import Association, CommitmentPlan, NewService
from sandbox.arm.operations import Operations
from sandbox.arm.paging import page
from sandbox.arm.payload import (
    association_payload,
    keys_payload,
    plan_payload,
    service_payload,
    service_summary,
    usage_payloads,
    workspace_payload,
)
from sandbox.arm.routing import KINDS, Place, place_of
from sandbox.loopback.exchange import Request, Response, json_response
from sandbox.loopback.removals import Removals
from sandbox.studio.model import Workspace

DEVELOPMENT_TOKEN = "dsr-development-token"
"""What stands for an access token of Azure AD; nothing else opens the server."""

Thing = Workspace | NewService | CommitmentPlan


def arm_error(status: int, code: str, message: str) -> Response:
    """Answer with an error in ARM's shape."""
    return json_response(json.dumps({"code": code, "message": message}).encode(), status)


class ArmApplication:
    """Answers requests for a set of resources; knows no sockets, faults or delays."""

    def __init__(self, page_size: int, removals: Removals) -> None:
        self.studio_endpoint: str | None = None
        self.on_workspace_deleted: Callable[[str], None] = lambda _: None
        self.other_subscriptions: Callable[[], set[str]] = set
        self.operations = Operations(self._remove)
        self._removals = removals
        self._page_size = page_size
        self._things: dict[str, Thing] = {}

    def put(self, things: Iterable[Thing]) -> None:
        """Serve resources, in place of those with the same ids."""
        made = {id_of(thing).lower(): thing for thing in things}
        self._things = self._things | made

    def subscriptions(self) -> set[str]:
        """Give the subscriptions in which there is anything, in lower case."""
        return {p.subscription for key in self._things if (p := place_of(key))}

    def answer(self, request: Request, url: str) -> Response:
        """Answer one request; `url` is the address that links lead to."""
        sent = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(sent, f"Bearer {DEVELOPMENT_TOKEN}".encode()):
            return arm_error(401, "AuthenticationFailed", "The access token is missing or invalid.")
        version = request.query.get("api-version")
        if not version:
            message = "The api-version query parameter (?api-version=) is required."
            return arm_error(400, "MissingApiVersionParameter", message)
        self.operations.settle()
        operation = self.operations.status(request.path)
        if operation is not None:
            return _json(operation)
        place = place_of(request.path)
        if place is None:
            return arm_error(404, "NotFound", "no such path")
        if version not in KINDS[place.kind]:
            message = f"{place.kind} are not known under the api-version {version}"
            return arm_error(400, "InvalidApiVersionParameter", message)
        return self._at(request, place, url)

    def _at(self, request: Request, place: Place, url: str) -> Response:
        if place.name is None:
            if request.method != "GET":
                return _wrong_method()
            return self._list(request, place, url)
        thing = self._there(place)
        if request.method == "DELETE" and place.member is None:
            return self._delete(place, thing, url)
        if thing is None:
            message = f"The resource {place.kind}/{place.name} was not found."
            return arm_error(404, "ResourceNotFound", message)
        if place.member is not None:
            return self._member(request, place, thing, url)
        return _json(self._payload(thing)) if request.method == "GET" else _wrong_method()

    def _list(self, request: Request, place: Place, url: str) -> Response:
        places = [(p, thing) for key, thing in self._things.items() if (p := place_of(key))]
        inside = [p for p, _ in places if p.subscription == place.subscription]
        if not inside and place.subscription not in self.other_subscriptions():
            return arm_error(404, "SubscriptionNotFound", "The subscription could not be found.")
        if place.group is not None and all(p.group != place.group for p in inside):
            return arm_error(404, "ResourceGroupNotFound", "The group could not be found.")
        items = [
            service_summary(thing) if isinstance(thing, NewService) else self._payload(thing)
            for p, thing in places
            if self._removals.listed(id_of(thing).lower())
            and (p.subscription, p.kind) == (place.subscription, place.kind)
            and place.group in (None, p.group)
        ]
        return self._page(request, place, items, url)

    def _member(self, request: Request, place: Place, thing: Thing, url: str) -> Response:
        match request.method, thing, place.member:
            case "POST", Workspace(), "listworkspacekeys":
                return _json(keys_payload(thing))
            case "GET", CommitmentPlan(), "commitmentassociations":
                associations = [association_payload(thing, a) for a in self._associations(thing)]
                return self._page(request, place, associations, url)
            case "GET", CommitmentPlan(), "usagehistory":
                return self._page(request, place, usage_payloads(thing), url)
            case _:
                return arm_error(404, "NotFound", f"{place.kind} have no such {request.method}")

    def _delete(self, place: Place, thing: Thing | None, url: str) -> Response:
        """Delete as each kind is: a workspace at once, a plan when free, a service in time."""
        if place.kind == "webservices":
            path = _path_of(place)
            started = self.operations.start(place.subscription, path, str(place.name))
            link = f"{url}{started}?api-version={KINDS[place.kind][0]}"
            return Response(202, headers=[("Azure-AsyncOperation", link)])
        if place.kind == "workspaces":
            return Response(200 if self._remove_workspace(place, thing) else 204)
        if not isinstance(thing, CommitmentPlan):
            return arm_error(404, "ResourceNotFound", f"The plan {place.name} was not found.")
        if self._associations(thing):
            return arm_error(409, "Conflict", "The plan still has commitment associations.")
        self._remove(_path_of(place))
        return Response(200)

    def _there(self, place: Place) -> Thing | None:
        path = _path_of(place)
        return None if self._removals.gone(path) else self._things.get(path)

    def _remove_workspace(self, place: Place, thing: Thing | None) -> bool:
        if not isinstance(thing, Workspace) or not self._remove(_path_of(place)):
            return False
        self.on_workspace_deleted(thing.workspace_id)
        return True

    def _remove(self, path: str) -> bool:
        return self._removals.add(path)

    def _associations(self, plan: CommitmentPlan) -> list[Association]:
        """Give what a plan is still tied to: an association goes with its web service."""
        return [a for a in plan.associations if not self._removals.gone(a.service_id.lower())]

    def _page(
        self, request: Request, place: Place, items: list[dict[str, Any]], url: str
    ) -> Response:
        answer = page(request, place.kind, items, url, self._page_size)
        return answer or arm_error(400, "InvalidSkipToken", "the token is none of this server's")

    def _payload(self, thing: Thing) -> dict[str, Any]:
        match thing:
            case Workspace():
                return workspace_payload(thing, self.studio_endpoint)
            case NewService():
                return service_payload(thing)
            case CommitmentPlan():
                return plan_payload(thing)


def id_of(thing: Thing) -> str:
    """Give a resource's id; raises ValueError for a workspace that is in no subscription."""
    identifier = thing.arm_id if isinstance(thing, Workspace) else thing.id
    if identifier is None:
        raise ValueError("the workspace is in no subscription")
    return identifier


def _path_of(place: Place) -> str:
    return (
        f"/subscriptions/{place.subscription}/resourcegroups/{place.group}"
        f"/providers/microsoft.machinelearning/{place.kind}/{place.name}"
    )


def _wrong_method() -> Response:
    return arm_error(405, "MethodNotAllowed", "the method is not known here")


def _json(body: dict[str, Any]) -> Response:
    return json_response(json.dumps(body, ensure_ascii=False).encode())
