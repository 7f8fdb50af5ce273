"""The management API of classic web services: which call answers what."""

import hmac
import json
import time
import uuid
from collections.abc import Mapping

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from sandbox.loopback.exchange import Request, Response, json_response
from sandbox.loopback.removals import Removals
from sandbox.studio.content import Content
from sandbox.studio.errors import management_error
from sandbox.studio.model import Workspace
from sandbox.studio.model_service import ClassicService, ServiceEndpoint
from sandbox.studio.payload_service import endpoint_payload, resource_path, service_payload
from sandbox.studio.sas import Signer
from sandbox.studio.template import Template

PREFIX = "/workspaces/"

_SERVICES = f"{PREFIX}<ws>/webservices"
_SERVICE = f"{_SERVICES}/<service>"
_ROUTES = Map(
    [
        Rule(_SERVICES, endpoint="services", methods=["GET"]),
        Rule(_SERVICE, endpoint="service", methods=["GET"]),
        Rule(_SERVICE, endpoint="delete service", methods=["DELETE"]),
        Rule(f"{_SERVICE}/endpoints", endpoint="endpoints", methods=["GET"]),
        Rule(f"{_SERVICE}/endpoints/<name>", endpoint="endpoint", methods=["GET"]),
        Rule(f"{_SERVICE}/endpoints/<name>", endpoint="delete endpoint", methods=["DELETE"]),
    ],
    strict_slashes=False,
    merge_slashes=False,
).bind("sandbox")


class Management:
    """Answers the management calls of one workspace."""

    def __init__(self, workspace: Workspace, url: str, signer: Signer, removals: Removals) -> None:
        self._workspace = workspace
        self._url = url
        self._signer = signer
        self._removals = removals
        self._services = {service.id: service for service in workspace.services}

    def answer(self, request: Request) -> Response:
        """Answer a call; the request id that is new in every answer is in a header."""
        response = self._answer(request)
        response.headers.append(("x-ms-request-id", str(uuid.uuid4())))
        return response

    def blobs(self) -> dict[str, Content]:
        """Give the blobs that the endpoints link to, by path."""
        return {
            resource_path(self._workspace, endpoint, resource.name): resource.content
            for service in self._workspace.services
            for endpoint in service.endpoints
            for resource in endpoint.resources
        }

    def _answer(self, request: Request) -> Response:
        try:
            name, values = _ROUTES.match(request.path, request.method)
        except HTTPException as error:
            known = self._opens(request, ())
            if not known:
                return _unauthorized()
            return management_error(error.code or 500, "ResourceNotFound", "no such resource")
        service = self._there(values.get("service", ""))
        endpoint = self._endpoint_of(service, values.get("name", ""))
        # An endpoint's own keys read it, beside the workspace's tokens.
        readable = endpoint is not None and request.method == "GET"
        if not self._opens(request, endpoint.keys if endpoint and readable else ()):
            return _unauthorized()
        if name == "services":
            return self._listed(
                *(self._service(s) for s in self._services.values() if self._shown(s))
            )
        if service is None:
            return management_error(404, "WebServiceNotFound", "no such web service")
        return self._of_service(name, service, endpoint, values)

    def _of_service(
        self,
        name: str,
        service: ClassicService,
        endpoint: ServiceEndpoint | None,
        values: Mapping[str, str],
    ) -> Response:
        if name == "service":
            return json_response(self._service(service))
        if name == "endpoints":
            shown = (e for e in service.endpoints if self._shown(service, e))
            return self._listed(*(self._endpoint(service, e) for e in shown))
        if name == "delete service":
            self._removals.add(_key(service))
            return Response(200)
        if endpoint is None:
            message = f"no endpoint {values['name']}"
            return management_error(404, "EndpointNotFound", message)
        if name == "delete endpoint":
            return self._delete_endpoint(service, endpoint)
        return json_response(self._endpoint(service, endpoint))

    def _delete_endpoint(self, service: ClassicService, endpoint: ServiceEndpoint) -> Response:
        if endpoint is service.endpoints[0] and len(self._left(service)) > 1:
            message = "The default endpoint cannot be deleted while others exist."
            return management_error(409, "Conflict", message)
        self._removals.add(_key(service, endpoint))
        return Response(204)

    def _there(self, service_id: str) -> ClassicService | None:
        service = self._services.get(service_id)
        return None if service is None or self._removals.gone(_key(service)) else service

    def _left(self, service: ClassicService) -> list[ServiceEndpoint]:
        return [e for e in service.endpoints if not self._removals.gone(_key(service, e))]

    def _endpoint_of(self, service: ClassicService | None, name: str) -> ServiceEndpoint | None:
        left = self._left(service) if service else ()
        return next((endpoint for endpoint in left if endpoint.name == name), None)

    def _shown(self, service: ClassicService, endpoint: ServiceEndpoint | None = None) -> bool:
        return self._removals.listed(_key(service, endpoint))

    def _opens(self, request: Request, keys: tuple[str, ...]) -> bool:
        sent = request.headers.get("authorization", "").encode()
        workspace = self._workspace
        return any(
            hmac.compare_digest(sent, f"Bearer {token}".encode())
            for token in (workspace.primary_token, workspace.secondary_token, *keys)
        )

    def _listed(self, *items: bytes) -> Response:
        return json_response(b"[" + b",".join(items) + b"]") if items else Response(204)

    def _service(self, service: ClassicService) -> bytes:
        payload = service_payload(self._workspace, service, len(self._left(service)))
        return json.dumps(payload, ensure_ascii=False).encode()

    def _endpoint(self, service: ClassicService, endpoint: ServiceEndpoint) -> bytes:
        payload = endpoint_payload(self._url, self._workspace, service, endpoint)
        return Template.of(payload).fill(self._signer, self._url, time.time())


def _key(service: ClassicService, endpoint: ServiceEndpoint | None = None) -> tuple[str, ...]:
    return ("service", service.id) if endpoint is None else ("endpoint", service.id, endpoint.name)


def _unauthorized() -> Response:
    return management_error(401, "Unauthorized", "The access token does not open the workspace.")


def unknown_workspace() -> Response:
    """Answer for a workspace that the server does not hold: no token opens it."""
    response = _unauthorized()
    response.headers.append(("x-ms-request-id", str(uuid.uuid4())))
    return response
