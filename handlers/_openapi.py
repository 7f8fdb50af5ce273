"""The OpenAPI 3.1 description of the API, made from the models that parse it."""

import functools
from typing import Any, Final

from dsr.model.certificate import VERSION
from dsr.model.states import State
from dsr.model.strict_json import MAX_BODY
from handlers._openapi_schemas import Schema, schemas, text

_JSON: Final = "application/json"
_APPROVER: Final = "`approver` is required unless the caller signs in (DSR_ACCESS=entra)."


@functools.cache
def document() -> Schema:
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
        "security": [{"functionKey": []}, {"functionKey": [], "signIn": []}],
        "paths": _paths() | _hold_paths(),
        "components": {
            "securitySchemes": {
                "functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "signIn": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "With DSR_ACCESS=entra: a token of Microsoft Entra ID.",
                },
            },
            "schemas": schemas(),
        },
    }


def _paths() -> Schema:
    one = [{"name": "id", "in": "path", "required": True, "schema": text("uuid")}]
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
    approve |= {"parameters": one, "requestBody": _body("Approval", _APPROVER)}
    approve["responses"] |= _errors(400, 403, 404, 409)
    reject = _operation("reject_request", "End a request before anything is touched", "Status")
    reject |= {"parameters": one, "requestBody": _body("Rejection", _APPROVER)}
    reject["responses"] |= _errors(400, 404, 409)
    retry = _operation("retry_request", "Run again what failed of a delete", "Status", 202)
    retry |= {
        "parameters": one,
        "description": "Only of a delete that is `completed_with_exceptions`, by the plan and"
        " approval that it has; nothing else of it is done again.",
    }
    retry["responses"] |= _errors(400, 404, 409)
    return {
        "/requests": {
            "post": submit,
            "get": _get("list_requests", "List requests, newest first", "List", filters, (400,)),
        },
        "/requests/{id}": {
            "get": _get("get_request", "Read a request's state", "Status", one),
            "delete": _get(
                "cancel_request",
                "Cancel an export until its package is committed, a delete at its next asset",
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
        "/requests/{id}/retry": {"post": retry},
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


def _hold_paths() -> Schema:
    name = {"name": "name", "in": "path", "required": True, "schema": text()}
    put = _operation("put_hold", "Put a legal hold, in place of one of this name", "Hold")
    put |= {"parameters": [name], "requestBody": _body("HoldBody")}
    put["responses"] |= {"201": _answer("There was no hold of this name", "Hold")}
    put["responses"] |= _errors(400)
    delete: Schema = {"operationId": "delete_hold", "summary": "End a legal hold"}
    delete |= {"parameters": [name], "responses": {"204": {"description": "Done"}}}
    delete["responses"] |= _errors(400, 404)
    return {
        "/holds": {"get": _get("list_holds", "List legal holds, expired ones too", "Holds")},
        "/holds/{name}": {"put": put, "delete": delete},
    }


def _operation(name: str, summary: str, schema: str, status: int = 200) -> Schema:
    responses: Schema = {str(status): _answer("Done", schema)}
    return {"operationId": name, "summary": summary, "responses": responses}


def _get(
    name: str,
    summary: str,
    schema: str,
    parameters: Any = (),
    errors: tuple[int, ...] = (400, 404),
) -> Schema:
    operation = _operation(name, summary, schema)
    if parameters:
        operation["parameters"] = list(parameters)
        operation["responses"] |= _errors(*errors)
    return operation


def _file(name: str, summary: str, mimetype: str, parameters: Any) -> Schema:
    operation = _get(name, summary, "Health", parameters, (400, 404))
    content = {mimetype: {"schema": text()}}
    operation["responses"]["200"] = {"description": "Done", "content": content}
    return operation


def _answer(description: str, schema: str) -> Schema:
    ref = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"description": description, "content": {_JSON: ref}}


def _errors(*statuses: int) -> Schema:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    content = {"application/problem+json": schema}
    return {str(s): {"description": "Says what is wrong", "content": content} for s in statuses}


def _body(schema: str, description: str = "") -> Schema:
    content = {_JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    body: Schema = {"required": True, "content": content}
    return body | ({"description": description} if description else {})
