"""Taking in a request: the ledger first, then the message."""

import json
import logging
import uuid
from dataclasses import replace
from typing import Any

from dsr.errors import Conflict, DsrError, Invalid, Problem
from dsr.model.caller import ANYONE, Caller
from dsr.model.deadline import due_at
from dsr.model.fingerprints import new_nonce
from dsr.model.matching import folded
from dsr.model.messages import PLAN, PlanMessage
from dsr.model.record import RequestRecord
from dsr.model.request import DsrRequest, parse_request, split_asset
from dsr.model.states import State
from dsr.usecases.confirming import check_request
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)


def submit(
    ports: Ports, body: bytes, default_id: str | None = None, caller: Caller = ANYONE
) -> tuple[RequestRecord, bool]:
    """Accept a request; give its state and whether it is new.

    The same id with the same body gives what is there, and sends its message again where nothing
    has started. Raises Invalid (nothing is stored) and Conflict (same id, other body).
    `default_id` is the id of a request by queue that brings none.
    """
    request, sent = parse_request(body, ports.targets)
    check_approval(request, default_id is not None, ports.allow_automatic_approval)
    request_id = request.request_id or default_id or str(uuid.uuid4())
    record = _new_record(ports, request_id, request, ports.fingerprints.body(sent))
    check_request(ports, request, record.workspaces)
    record = replace(record, submitted_by=caller.principal_ref)
    # an id that the caller chose may be one whose request was erased: only its state is left
    taken = (request.request_id or default_id) and ports.ledger.has_state(request_id)
    new = not taken and ports.ledger.create(record, json.loads(sent), new_nonce())
    if not new:
        there = ports.ledger.load(request_id)
        if there.body_mac != record.body_mac:
            raise Conflict("another request has this request_id already")
        record = there
    if record.status == State.RECEIVED:
        ports.queues.send(PLAN, PlanMessage(request_id).to_bytes())
    logger.info("request %s %s", request_id, "accepted" if new else "repeated")
    return record, new


def check_approval(request: DsrRequest, by_queue: bool, allowed: bool) -> None:
    """Refuse a delete that nobody would approve; raises Invalid.

    A message can't ask for that at all, HTTP only where the app's operator has `allowed` it.
    """
    if request.type != "delete" or request.approval != "automatic":
        return
    if by_queue:
        detail = "a message can't ask for it for a delete; say required, or leave it out"
        raise Invalid([Problem("/approval", detail)])
    if not allowed:
        detail = (
            "is not allowed for a delete here; say required, or leave it out "
            "(DSR_ALLOW_AUTOMATIC_APPROVAL allows it)"
        )
        raise Invalid([Problem("/approval", detail)])


def submit_message(ports: Ports, body: bytes, message_id: str) -> None:
    """Accept a request from the queue; one that is refused becomes a `failed` request.

    Without `request_id` it gets the UUIDv5 (in the OID namespace) of the message's id, so that a
    message delivered twice is one request.
    """
    own_id = str(uuid.uuid5(uuid.NAMESPACE_OID, message_id))
    try:
        submit(ports, body, own_id)
    except DsrError as error:
        if not isinstance(error, Invalid | Conflict):
            raise
        _record_refusal(ports, body, own_id, error)


def refuse_message(ports: Ports, body: bytes, message_id: str) -> None:
    """Make a message that could not be taken in at all a `failed` request."""
    own_id = str(uuid.uuid5(uuid.NAMESPACE_OID, message_id))
    problem = Problem("", "the message could not be processed; send it again")
    _record_refusal(ports, body, own_id, Invalid([problem]))


def _record_refusal(ports: Ports, body: bytes, own_id: str, error: Invalid | Conflict) -> None:
    """Store a `failed` request that names the bad fields, under the caller's id if it is free."""
    problems = (
        error.problems if isinstance(error, Invalid) else (Problem("/request_id", str(error)),)
    )
    shown = tuple(p.to_json() for p in problems)
    asked = _peek(body)
    now = ports.now()
    for request_id in dict.fromkeys((asked["request_id"] or own_id, own_id)):
        record = RequestRecord(
            request_id=request_id,
            type=asked["type"],
            regulation=asked["regulation"],
            status=State.FAILED,
            received_at=now,
            submitted_at=now,
            due_at=due_at(asked["regulation"], now),
            updated_at=now,
            ended_at=now,
            body_mac=ports.fingerprints.body(body),
            problems=shown,
        )
        taken = ports.ledger.has_state(request_id)
        new = not taken and ports.ledger.create(record, {}, new_nonce())
        there = record if new else ports.ledger.load(request_id)
        if there.body_mac == record.body_mac:
            # written as a state too, so that erasing what was asked leaves it
            ports.ledger.update(request_id, lambda r: replace(r, updated_at=now, erased=True))
            logger.warning("request %s refused: %d problems", request_id, len(shown))
            return


def _peek(body: bytes) -> dict[str, Any]:
    """Read those fields of a refused request that its record needs, where they are usable."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    value = value if isinstance(value, dict) else {}
    try:
        request_id = str(uuid.UUID(value.get("request_id")))
    except (ValueError, TypeError, AttributeError):
        request_id = None
    kind, regulation = value.get("type"), value.get("regulation")
    return {
        "request_id": request_id,
        "type": kind if kind in ("export", "delete") else "export",
        "regulation": regulation if regulation in ("gdpr", "ccpa") else "gdpr",
    }


def _workspaces(ports: Ports, request: DsrRequest) -> tuple[tuple[str, ...], dict[str, str]]:
    """Give the workspaces of a request: those it names, else every one that is known.

    And what of "every one" nobody knows, by the name that stands for it, with the reason.
    """
    named = request.scope.workspaces
    if not named and request.scope.select == "assets":
        named = [split_asset(asset)[0] for asset in request.scope.assets]
    if named:
        return tuple(dict.fromkeys(named)), {}
    before = ports.unlisted()
    names = tuple(ports.targets)
    unlisted = {**before, **ports.unlisted()}  # lists may be renewed between two looks
    return tuple(dict.fromkeys((*names, *unlisted))), unlisted


def subject_marks(ports: Ports, request: DsrRequest) -> tuple[str, ...]:
    """Name the subject's identifiers, so that requests about the same subject are known."""
    who = request.subject
    values = (*who.emails, *who.user_ids, *who.object_ids, *who.names, *who.aliases)
    return tuple(sorted({ports.fingerprints.ref(f"subject:{folded(v)}") for v in values}))


def _new_record(ports: Ports, request_id: str, request: DsrRequest, body_mac: str) -> RequestRecord:
    now = ports.now()
    submitted_at = request.submitted_at or now
    workspaces, unlisted = _workspaces(ports, request)
    return RequestRecord(
        request_id=request_id,
        type=request.type,
        regulation=request.regulation,
        status=State.RECEIVED,
        received_at=now,
        submitted_at=submitted_at,
        due_at=due_at(request.regulation, submitted_at),
        updated_at=now,
        body_mac=body_mac,
        reference=request.reference or "",
        plan_only=request.plan_only,
        select=request.scope.select,
        subjects=subject_marks(ports, request),
        export_first=request.export_first,
        needs_approval=request.needs_approval,
        workspaces=workspaces,
        unlisted=unlisted,
        problems=tuple(
            Problem("/scope/workspaces", f"{name}: {why}").to_json()
            for name, why in unlisted.items()
        ),
    )
