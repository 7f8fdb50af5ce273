"""Errors as ARM's Azure ML routes and the data plane's services write them."""

import json
from typing import Any

from sandbox.azureml.identifiers import guid
from sandbox.loopback.exchange import Response, json_response

_INNER = {404: "NotFound", 409: "Conflict", 400: "BadArgument", 403: "Forbidden"}


def ml_error(status: int, code: str, message: str, inner: str = "") -> Response:
    """Answer with an error of a workspace's resource: the real code is in `InnerError`."""
    inner = inner or _INNER.get(status, code)
    info: list[dict[str, Any]] = [
        {"type": "ComponentName", "info": {"value": "managementfrontend"}},
        {"type": "Correlation", "info": {"value": {"operation": guid(message)}}},
        {"type": "InnerError", "info": {"value": {"code": inner, "innerError": None}}},
    ]
    error = {"code": code, "message": message, "details": [], "additionalInfo": info}
    return _json(status, {"error": error})


def gateway_error(status: int, code: str, message: str) -> Response:
    """Answer with an error of ARM itself, before any provider was asked."""
    response = _json(status, {"error": {"code": code, "message": message}})
    response.headers.append(("x-ms-failure-cause", "gateway"))
    return response


def not_found(what: str) -> Response:
    """Answer that a workspace has no such thing."""
    return ml_error(404, "UserError", f"Resource {what} not found")


def history_error(status: int, code: str, message: str) -> Response:
    """Answer with an error of the run history, artifact, metric or dataset service."""
    return _json(status, history_problem(status, code, message))


def history_problem(status: int, code: str, message: str) -> dict[str, Any]:
    """Give the run history's error document."""
    inner = "NotFoundError" if status == 404 else code
    return {
        "error": {
            "code": "UserError" if status < 500 else code,
            "severity": None,
            "message": message,
            "messageFormat": None,
            "messageParameters": None,
            "referenceCode": None,
            "detailsUri": None,
            "target": None,
            "details": [],
            "innerError": {"code": inner, "innerError": None},
            "additionalInfo": None,
        },
        "correlation": {"operation": guid("operation", message)},
        "environment": "westeurope",
        "location": "westeurope",
        "time": "2026-05-04T09:10:11+00:00",
        "componentName": "run-history",
    }


def registry_error(status: int, code: str, message: str) -> Response:
    """Answer with an error of the model registry."""
    body = {
        "code": code,
        "statusCode": status,
        "message": message,
        "target": None,
        "details": [],
        "correlation": {"RequestId": guid("request", message)},
    }
    return _json(status, body)


def _json(status: int, body: dict[str, Any]) -> Response:
    return json_response(json.dumps(body, ensure_ascii=False).encode(), status)
