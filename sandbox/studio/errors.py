"""Errors in the shapes of the Studio API and of the management API of classic web services."""

import json
from typing import Any

from sandbox.loopback.exchange import Response, json_response


def studio_error(status: int, code: str, message: str) -> Response:
    """Answer with an error in Studio's shape."""
    detail: dict[str, Any] = {
        "Code": code,
        "Message": message,
        "Target": None,
        "Details": [],
        "InnerError": None,
        "DebugInfo": None,
    }
    return json_response(json.dumps({"Error": detail}).encode(), status)


def management_error(status: int, code: str, message: str) -> Response:
    """Answer with an error in the management API's shape."""
    body = {"error": {"code": code, "message": message}}
    return json_response(json.dumps(body).encode(), status)
