"""The schemas of the OpenAPI description: what the API takes and gives."""

from typing import Any, Final

from dsr.model.hold import HoldBody
from dsr.model.outcome import Outcome
from dsr.model.request import DsrRequest
from dsr.model.states import State
from dsr.usecases.deciding import Approval, Rejection

Schema = dict[str, Any]
_FIELDS: Final = {
    "Request": {
        "type": "A delete plans first, and acts once its plan is approved.",
        "export_first": "Of a delete: make a package of what the plan names before deleting it.",
        "plan_only": "End with the plan.",
        "approval": "`automatic` for a delete only where the app's settings allow it.",
    },
    "Scope": {
        "include_weak": "Of an export: also what only mentions the subject.",
        "delete_data_assets": "Of a delete: also the data assets of Azure Machine Learning, which"
        " are left to a person otherwise.",
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
    "refers": "True where the subject only changed what is somebody else's: its metadata are"
    " exported, its bytes are not, and it is not deleted.",
    "unit": "What one delete call takes as a whole, such as all versions of a dataset.",
    "state": "Another text once the asset was changed.",
    "used_by": "What uses the asset, as `kind:id`.",
    "recoverable": "What may be had back after a delete, and until when.",
}
_PART: Final = {
    "url": "A link that reads this part and nothing else, and ends 15 minutes after it was issued"
    " or with the package, whichever comes first. Each GET issues new ones.",
}
_PACKAGE: Final = {
    "expires_at": "When the package itself is deleted, not when its links end.",
}
_ACTIONS: Final = ("export", "delete", "review", "manual", "retain", "skip", "fail")


def schemas() -> Schema:
    """Give the schemas by name."""
    entry: Schema = {
        "asset": text(),
        "ref": text(),
        "name": text(),
        "match": _object(
            tier=text(), field={"type": ["string", "null"]}, refers={"type": "boolean"}
        ),
        "action": {"enum": list(_ACTIONS)},
        "count": {"type": "integer"},
        "refers": {"type": "boolean"},
        "reason": text(),
        "error": text(),
        "steps": _list(text()),
    }
    result = entry | {
        "outcome": {"enum": [o.value for o in Outcome]},
        "evidence": {"type": "object"},
    }
    entry |= {
        "path": text(),
        "size": {"type": "integer"},
        "unit": text(),
        "state": text(),
        "used_by": _list(text()),
        "recoverable": text(),
    }
    planned = _described(_object(**entry), _ENTRY)
    numbers: Schema = {o.value: {"type": "integer"} for o in Outcome}
    counts = _object(total={"type": "integer"}, unattributed={"type": "integer"}, **numbers)
    paged: Schema = {
        "page": {"type": "integer"},
        "next_page": {"type": ["integer", "null"]},
    }
    approvals = _object(needed={"type": "integer"}, given={"type": "integer"})
    approvals["description"] = "Only where more than one person has to approve."
    status = _object(
        request_id=text("uuid"),
        type={"enum": ["export", "delete"]},
        regulation={"enum": ["gdpr", "ccpa"]},
        status={"enum": [s.value for s in State]},
        received_at=text("date-time"),
        due_at=text("date-time"),
        updated_at=text("date-time"),
        plan_hash={"type": ["string", "null"]},
        counts=counts,
        notices=_list({"type": "object"}),
        problems=_list(_object(pointer=text(), detail=text())),
        links={"type": "object", "additionalProperties": text()},
    )
    # every request has the properties; this one only those that need more than one approval
    status["patternProperties"] = {"^approvals$": approvals}
    part = _object(url=text("uri"), size={"type": "integer"})
    package = _object(
        parts=_list(_described(part, _PART)),
        expires_at=text("date-time"),
        tagmanifest_sha256=text(),
        network={"enum": ["public", "private"]},
    )
    hold = _plain(HoldBody.model_json_schema())
    held = _object(name=text(), **hold["properties"], expired={"type": "boolean"})
    return {
        "Request": _request(),
        "Approval": _described(_plain(Approval.model_json_schema()), _FIELDS["Approval"]),
        "Rejection": _plain(Rejection.model_json_schema()),
        "Status": status,
        "HoldBody": hold,
        "Hold": held,
        "Holds": _object(items=_list(held)),
        "List": _object(items=_list({"type": "object"}), **paged),
        "Plan": _object(plan_hash=text(), items=_list(planned), **paged)
        | {"patternProperties": {"^approvals$": approvals}},
        "Results": _object(items=_list(_object(**result)), **paged),
        "Package": _described(package, _PACKAGE),
        "Keys": _object(keys=_list({"type": "object"})),
        "Health": {"type": "object"},
        "Problem": _object(
            type=text(),
            title=text(),
            status={"type": "integer"},
            detail=text(),
            errors=_list(_object(pointer=text(), detail=text())),
        ),
    }


def _request() -> Schema:
    request = _described(_plain(DsrRequest.model_json_schema()), _FIELDS["Request"])
    scope = _described(request["properties"]["scope"], _FIELDS["Scope"])
    return request | {"properties": request["properties"] | {"scope": scope}}


def _plain(schema: Schema) -> Schema:
    """Put a model's own definitions in place, so that references need no second root."""
    definitions = schema.pop("$defs", {})

    def inline(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return inline(definitions[value["$ref"].rsplit("/", 1)[1]])
            return {k: inline(v) for k, v in value.items()}
        return [inline(v) for v in value] if isinstance(value, list) else value

    plain: Schema = inline(schema)
    return plain


def _described(schema: Schema, texts: dict[str, str]) -> Schema:
    """Say of an object's properties what they mean; a text without a property is an error."""
    properties = dict(schema["properties"])
    for name, text in texts.items():
        properties[name] = properties[name] | {"description": text}
    return schema | {"properties": properties}


def text(form: str | None = None) -> Schema:
    """Give the schema of a text, of a format where one is named."""
    return {"type": "string", "format": form} if form else {"type": "string"}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}
