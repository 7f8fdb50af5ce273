"""The OpenAPI 3.1 description of the API, made from the models that parse it."""

import functools
from typing import Any, Final

from dsr.model.certificate import VERSION
from dsr.model.outcome import Outcome
from dsr.model.request import MAX_BODY, DsrRequest
from dsr.model.states import State
from dsr.usecases.deciding import Approval, Rejection

_JSON: Final = "application/json"
_Schema = dict[str, Any]


@functools.cache
def document() -> _Schema:
    """Give the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DSR processor for Azure Machine Learning",
            "version": VERSION,
            "description": "Answers data subject requests against machine-learning workspaces.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/api"}],
        "security": [{"functionKey": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key"}
            },
            "schemas": _schemas(),
        },
    }


def _paths() -> _Schema:
    one = [{"name": "id", "in": "path", "required": True, "schema": _text("uuid")}]
    page = {
        "name": "page",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "default": 1},
    }
    filters = [
        {"name": "status", "in": "query", "schema": {"enum": [s.value for s in State]}},
        {"name": "type", "in": "query", "schema": {"enum": ["export", "delete"]}},
        {"name": "overdue", "in": "query", "schema": {"type": "boolean"}},
        page,
    ]
    submit = _operation("submit_request", "Accept a data subject request", "Status", 202)
    submit["requestBody"] = _body("Request", f"At most {MAX_BODY} bytes; no unknown field.")
    submit["responses"] |= {"200": _answer("The same request is there already", "Status")}
    submit["responses"] |= _errors(400, 409, 413)
    approve = _operation("approve_request", "Approve the current plan", "Status")
    approve |= {"parameters": one, "requestBody": _body("Approval")}
    approve["responses"] |= _errors(400, 404, 409)
    reject = _operation("reject_request", "End a request before anything is touched", "Status")
    reject |= {"parameters": one, "requestBody": _body("Rejection")}
    reject["responses"] |= _errors(400, 404, 409)
    return {
        "/requests": {
            "post": submit,
            "get": _get("list_requests", "List requests, newest first", "List", filters, (400,)),
        },
        "/requests/{id}": {
            "get": _get("get_request", "Read a request's state", "Status", one),
            "delete": _get(
                "cancel_request",
                "Cancel an export until its package is committed",
                "Status",
                one,
                (400, 404, 409),
            ),
        },
        "/requests/{id}/plan": {
            "get": _get("get_plan", "Read the plan", "Plan", [*one, page], (400, 404, 410))
        },
        "/requests/{id}/results": {
            "get": _get("get_results", "Read the results", "Results", [*one, page], (400, 404, 410))
        },
        "/requests/{id}/approve": {"post": approve},
        "/requests/{id}/reject": {"post": reject},
        "/requests/{id}/package": {
            "get": _get("get_package", "Get links to the package", "Package", one, (400, 404, 410))
        },
        "/requests/{id}/certificate": {
            "get": _file(
                "get_certificate",
                "Get the newest certificate, a compact JWS",
                "application/jose",
                one,
            )
        },
        "/requests/{id}/audit": {
            "get": _file(
                "get_audit",
                "Get the audit chain, a JSON object a line",
                "application/x-ndjson",
                one,
            )
        },
        "/keys": {
            "get": _get("keys", "The key that certificates are signed with", "Keys")
            | {"security": []}
        },
        "/workspaces": {"get": _get("list_workspaces", "List the configured workspaces", "List")},
        "/health": {
            "get": _get("health", "Tell that the app is alive", "Health") | {"security": []}
        },
        "/ready": {
            "get": _get("ready", "Check settings, containers and queues", "Health", (), (503,))
        },
        "/openapi.json": {"get": _get("openapi", "This document", "Health")},
    }


def _schemas() -> _Schema:
    entry: _Schema = {
        "asset": _text(),
        "ref": _text(),
        "name": _text(),
        "match": _object(tier=_text(), field={"type": ["string", "null"]}),
        "action": {"enum": ["export", "skip", "fail"]},
        "count": {"type": "integer"},
        "reason": _text(),
        "error": _text(),
    }
    result = entry | {
        "outcome": {"enum": [o.value for o in Outcome]},
        "evidence": {"type": "object"},
        "steps": _list(_text()),
    }
    numbers: _Schema = {o.value: {"type": "integer"} for o in Outcome}
    counts = _object(total={"type": "integer"}, unattributed={"type": "integer"}, **numbers)
    paged: _Schema = {
        "page": {"type": "integer"},
        "next_page": {"type": ["integer", "null"]},
    }
    status = _object(
        request_id=_text("uuid"),
        type={"enum": ["export", "delete"]},
        regulation={"enum": ["gdpr", "ccpa"]},
        status={"enum": [s.value for s in State]},
        received_at=_text("date-time"),
        due_at=_text("date-time"),
        updated_at=_text("date-time"),
        plan_hash={"type": ["string", "null"]},
        counts=counts,
        notices=_list({"type": "object"}),
        problems=_list(_object(pointer=_text(), detail=_text())),
        links={"type": "object", "additionalProperties": _text()},
    )
    return {
        "Request": _plain(DsrRequest.model_json_schema()),
        "Approval": _plain(Approval.model_json_schema()),
        "Rejection": _plain(Rejection.model_json_schema()),
        "Status": status,
        "List": _object(items=_list({"type": "object"}), **paged),
        "Plan": _object(plan_hash=_text(), items=_list(_object(**entry)), **paged),
        "Results": _object(items=_list(_object(**result)), **paged),
        "Package": _object(
            parts=_list(_object(url=_text("uri"), size={"type": "integer"})),
            expires_at=_text("date-time"),
            tagmanifest_sha256=_text(),
            network={"enum": ["public", "private"]},
        ),
        "Keys": _object(keys=_list({"type": "object"})),
        "Health": {"type": "object"},
        "Problem": _object(
            type=_text(),
            title=_text(),
            status={"type": "integer"},
            detail=_text(),
            errors=_list(_object(pointer=_text(), detail=_text())),
        ),
    }


def _plain(schema: _Schema) -> _Schema:
    """Put a model's own definitions in place, so that references need no second root."""
    definitions = schema.pop("$defs", {})

    def inline(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return inline(definitions[value["$ref"].rsplit("/", 1)[1]])
            return {k: inline(v) for k, v in value.items()}
        return [inline(v) for v in value] if isinstance(value, list) else value

    plain: _Schema = inline(schema)
    return plain


def _text(form: str | None = None) -> _Schema:
    return {"type": "string", "format": form} if form else {"type": "string"}


def _list(items: _Schema) -> _Schema:
    return {"type": "array", "items": items}


def _object(**properties: _Schema) -> _Schema:
    return {"type": "object", "properties": properties}


def _operation(name: str, summary: str, schema: str, status: int = 200) -> _Schema:
    responses: _Schema = {str(status): _answer("Done", schema)}
    return {"operationId": name, "summary": summary, "responses": responses}


def _get(
    name: str,
    summary: str,
    schema: str,
    parameters: Any = (),
    errors: tuple[int, ...] = (400, 404),
) -> _Schema:
    operation = _operation(name, summary, schema)
    if parameters:
        operation["parameters"] = list(parameters)
        operation["responses"] |= _errors(*errors)
    return operation


def _file(name: str, summary: str, mimetype: str, parameters: Any) -> _Schema:
    operation = _get(name, summary, "Health", parameters, (400, 404))
    content = {mimetype: {"schema": _text()}}
    operation["responses"]["200"] = {"description": "Done", "content": content}
    return operation


def _answer(description: str, schema: str) -> _Schema:
    ref = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"description": description, "content": {_JSON: ref}}


def _errors(*statuses: int) -> _Schema:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    content = {"application/problem+json": schema}
    return {str(s): {"description": "Says what is wrong", "content": content} for s in statuses}


def _body(schema: str, description: str = "") -> _Schema:
    content = {_JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    body: _Schema = {"required": True, "content": content}
    return body | ({"description": description} if description else {})
