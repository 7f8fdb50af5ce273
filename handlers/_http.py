"""What all HTTP handlers share: access, JSON out, errors as problem+json (RFC 9457)."""

import functools
import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

import azure.functions as func

from dsr.errors import (
    Conflict,
    DsrError,
    Forbidden,
    Gone,
    Invalid,
    Misconfigured,
    NotFound,
    NotSignedIn,
    Problem,
    StorageAway,
    TooLarge,
)
from handlers import _access

logger = logging.getLogger(__name__)

Handler = Callable[[func.HttpRequest], func.HttpResponse]

_STATUS: dict[type[DsrError], tuple[int, str]] = {
    TooLarge: (413, "Too large"),
    Invalid: (400, "Invalid request"),
    NotSignedIn: (401, "Unauthorized"),
    Forbidden: (403, "Forbidden"),
    NotFound: (404, "Not found"),
    Gone: (410, "Gone"),
    Conflict: (409, "Conflict"),
    Misconfigured: (503, "The app is not configured"),
    StorageAway: (503, "Storage does not answer"),
}


def reply(
    body: Any,
    status: int = 200,
    headers: dict[str, str] | None = None,
    mimetype: str = "application/json",
) -> func.HttpResponse:
    """Give a JSON answer that no cache keeps."""
    return func.HttpResponse(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"),
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        mimetype=mimetype,
        charset="utf-8",
    )


def plain(data: bytes, mimetype: str) -> func.HttpResponse:
    """Give bytes as they are, which no cache keeps."""
    return func.HttpResponse(data, headers={"Cache-Control": "no-store"}, mimetype=mimetype)


def problem(
    status: int, title: str, detail: str, errors: tuple[Problem, ...] = ()
) -> func.HttpResponse:
    """Give a problem+json answer; `errors` names each bad field."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = [e.to_json() for e in errors]
    return reply(body, status, mimetype="application/problem+json")


def answers(handler: Handler) -> Handler:
    """Let in who may call this function, and map errors raised on purpose to answers.

    A function key in the URL is refused: URLs end up in logs and histories.
    """
    role = _access.POLICY[handler.__name__]

    @functools.wraps(handler)
    def wrapped(req: func.HttpRequest) -> func.HttpResponse:
        if "code" in req.params:
            detail = "send the function key in the header x-functions-key, not in the URL"
            return problem(401, "Unauthorized", detail)
        try:
            _access.check(role, req)
            return handler(req)
        except DsrError as error:
            for kind, (status, title) in _STATUS.items():
                if isinstance(error, kind):
                    problems = error.problems if isinstance(error, Invalid) else ()
                    return problem(status, title, str(error), problems)
            raise

    return wrapped


def request_id(req: func.HttpRequest) -> str:
    """Give the id in the route, canonical; raises Invalid where it is no UUID."""
    text = req.route_params.get("id", "")
    try:
        if len(text) != 36:
            raise ValueError
        return str(uuid.UUID(text))
    except ValueError:
        raise Invalid([Problem("/request_id", "is not a UUID")]) from None
