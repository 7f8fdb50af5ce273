"""The OpenAPI 3.1 description of the API, made from the models that parse it."""

import functools
from typing import Any, Final

from dsr.model.certificate import VERSION
from dsr.model.hold import HoldBody
from dsr.model.outcome import Outcome
from dsr.model.request import MAX_BODY, DsrRequest
from dsr.model.states import State
from dsr.usecases.deciding import Approval, Rejection

_JSON: Final = "application/json"
_APPROVER: Final = "`approver` is required unless the caller signs in (DSR_ACCESS=entra)."
_Schema = dict[str, Any]
_FIELDS: Final = {
    "Request": {
        "type": "A delete plans first, and acts once its plan is approved.",
        "export_first": "Of a delete: make a package of what the plan names before deleting it.",
        "plan_only": "End with the plan.",
        "approval": "`automatic` for a delete only where the app's settings allow it.",
    },
    "Approval": {
        "plan_hash": "The hash of the plan that the approver has read.",
        "include": "Entries of a delete's plan, by `asset`, whose action is `review` and that are"
        " to be deleted as well. All others of them are left alone.",
        "note": "Free text; kept with the request's data, erased with them.",
    },
}
"""What fields mean, where their names do not say it."""
_ENTRY: Final = {
    "action": "Of deletes: `delete`; `review`, done only where the approval includes it;"
    " `manual`, for a person; `retain`, under a legal hold.",
    "unit": "What one delete call takes as a whole, such as all versions of a dataset.",
    "state": "Another text once the asset was changed.",
    "used_by": "What uses the asset, as `kind:id`.",
    "recoverable": "What may be had back after a delete, and until when.",
}
_ACTIONS: Final = ("export", "delete", "review", "manual", "retain", "skip", "fail")


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


def _hold_paths() -> _Schema:
    name = {"name": "name", "in": "path", "required": True, "schema": _text()}
    put = _operation("put_hold", "Put a legal hold, in place of one of this name", "Hold")
    put |= {"parameters": [name], "requestBody": _body("HoldBody")}
    put["responses"] |= {"201": _answer("There was no hold of this name", "Hold")}
    put["responses"] |= _errors(400)
    delete: _Schema = {"operationId": "delete_hold", "summary": "End a legal hold"}
    delete |= {"parameters": [name], "responses": {"204": {"description": "Done"}}}
    delete["responses"] |= _errors(400, 404)
    return {
        "/holds": {"get": _get("list_holds", "List legal holds, expired ones too", "Holds")},
        "/holds/{name}": {"put": put, "delete": delete},
    }


def _schemas() -> _Schema:
    entry: _Schema = {
        "asset": _text(),
        "ref": _text(),
        "name": _text(),
        "match": _object(tier=_text(), field={"type": ["string", "null"]}),
        "action": {"enum": list(_ACTIONS)},
        "count": {"type": "integer"},
        "reason": _text(),
        "error": _text(),
        "steps": _list(_text()),
    }
    result = entry | {
        "outcome": {"enum": [o.value for o in Outcome]},
        "evidence": {"type": "object"},
    }
    entry |= {
        "path": _text(),
        "size": {"type": "integer"},
        "unit": _text(),
        "state": _text(),
        "used_by": _list(_text()),
        "recoverable": _text(),
    }
    planned = _described(_object(**entry), _ENTRY)
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
    hold = _plain(HoldBody.model_json_schema())
    held = _object(name=_text(), **hold["properties"], expired={"type": "boolean"})
    return {
        "Request": _described(_plain(DsrRequest.model_json_schema()), _FIELDS["Request"]),
        "Approval": _described(_plain(Approval.model_json_schema()), _FIELDS["Approval"]),
        "Rejection": _plain(Rejection.model_json_schema()),
        "Status": status,
        "HoldBody": hold,
        "Hold": held,
        "Holds": _object(items=_list(held)),
        "List": _object(items=_list({"type": "object"}), **paged),
        "Plan": _object(plan_hash=_text(), items=_list(planned), **paged),
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


def _described(schema: _Schema, texts: dict[str, str]) -> _Schema:
    """Say of an object's properties what they mean; a text without a property is an error."""
    properties = dict(schema["properties"])
    for name, text in texts.items():
        properties[name] = properties[name] | {"description": text}
    return schema | {"properties": properties}


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
