"""The management API of classic web services: which call answers what."""

import hmac
import json
import time
import uuid
from collections.abc import Mapping

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from sandbox.loopback.exchange import Request, Response, json_response
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
        Rule(f"{_SERVICE}/endpoints", endpoint="endpoints", methods=["GET"]),
        Rule(f"{_SERVICE}/endpoints/<name>", endpoint="endpoint", methods=["GET"]),
    ],
    strict_slashes=False,
    merge_slashes=False,
).bind("sandbox")


class Management:
    """Answers the management calls of one workspace."""

    def __init__(self, workspace: Workspace, url: str, signer: Signer) -> None:
        self._workspace = workspace
        self._url = url
        self._signer = signer
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
        service = self._services.get(values.get("service", ""))
        endpoint = _endpoint(service, values.get("name", ""))
        # An endpoint's own keys open it, beside the workspace's tokens.
        if not self._opens(request, endpoint.keys if endpoint else ()):
            return _unauthorized()
        if name == "services":
            return self._listed(*(self._service(s) for s in self._services.values()))
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
            return self._listed(*(self._endpoint(service, e) for e in service.endpoints))
        if endpoint is None:
            message = f"no endpoint {values['name']}"
            return management_error(404, "EndpointNotFound", message)
        return json_response(self._endpoint(service, endpoint))

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
        payload = service_payload(self._workspace, service, len(service.endpoints))
        return json.dumps(payload, ensure_ascii=False).encode()

    def _endpoint(self, service: ClassicService, endpoint: ServiceEndpoint) -> bytes:
        payload = endpoint_payload(self._url, self._workspace, service, endpoint)
        return Template.of(payload).fill(self._signer, self._url, time.time())


def _endpoint(service: ClassicService | None, name: str) -> ServiceEndpoint | None:
    return next((e for e in service.endpoints if e.name == name), None) if service else None


def _unauthorized() -> Response:
    return management_error(401, "Unauthorized", "The access token does not open the workspace.")


def unknown_workspace() -> Response:
    """Answer for a workspace that the server does not hold: no token opens it."""
    response = _unauthorized()
    response.headers.append(("x-ms-request-id", str(uuid.uuid4())))
    return response
