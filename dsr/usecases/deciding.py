"""What people decide about a request: approve, reject, cancel."""

import logging
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from dsr.errors import Conflict, Forbidden, Invalid, Problem
from dsr.model.caller import ANYONE, Caller
from dsr.model.messages import PLAN, PlanMessage
from dsr.model.record import RequestRecord, stamp
from dsr.model.request import parse_json
from dsr.model.states import State
from dsr.model.wording import one_a_field, problems_of
from dsr.usecases.ending import discard
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]
_Text = Annotated[str, StringConstraints(max_length=4000)]


class _Body(BaseModel):
    """`approver` is required of whoever has not signed in; else it is free text."""

    model_config = ConfigDict(extra="forbid", strict=True)


_T = TypeVar("_T", bound=_Body)


class Approval(_Body):
    """The body of POST approve."""

    plan_hash: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    approver: _Name = ""
    note: _Text = ""
    include: list[str] = Field(default=[], max_length=2000)


class Rejection(_Body):
    """The body of POST reject."""

    approver: _Name = ""
    reason: _Text = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided: who, as the platform says and as the body says, and the free text."""

    event: str
    caller: Caller
    said: str
    text: str


def approve(ports: Ports, request_id: str, body: bytes, caller: Caller = ANYONE) -> RequestRecord:
    """Let the plan run, if it is the one that the approver has seen.

    Raises Conflict where the hash is not the current plan's, or nothing waits for approval, and
    Forbidden where the caller submitted this delete.
    """
    approval = _parsed(Approval, body, caller)
    if approval.include:
        # only a delete's plan has entries to review
        raise Invalid([Problem("/include", "the plan has no entry to review; leave it out")])
    record = ports.ledger.load(request_id)
    _check_waiting(record)
    _check_approver(record, caller)
    if record.plan_hash != approval.plan_hash:
        raise Conflict("plan_hash is not the current plan's")
    decision = Decision("approved", caller, approval.approver, approval.note)
    _keep_decision(ports, request_id, decision)

    def approved(r: RequestRecord) -> RequestRecord:
        _check_waiting(r)
        return r.become(State.RUNNING, ports.now(), approver_assurance=caller.assurance)

    record = ports.ledger.update(request_id, approved)
    _audit(ports, request_id, decision)
    ports.queues.send(PLAN, PlanMessage(request_id, "dispatch").to_bytes())
    logger.info("request %s approved", request_id)
    return record


def reject(ports: Ports, request_id: str, body: bytes, caller: Caller = ANYONE) -> RequestRecord:
    """End a request before anything was touched; raises Conflict where nothing waits."""
    rejection = _parsed(Rejection, body, caller)
    _check_waiting(ports.ledger.load(request_id))
    decision = Decision("rejected", caller, rejection.approver, rejection.reason)
    _keep_decision(ports, request_id, decision)

    def rejected(r: RequestRecord) -> RequestRecord:
        _check_waiting(r)
        return r.become(State.REJECTED, ports.now())

    record = ports.ledger.update(request_id, rejected)
    _audit(ports, request_id, decision)
    logger.info("request %s rejected", request_id)
    return record


def cancel(ports: Ports, request_id: str) -> RequestRecord:
    """End an export whose package is not committed yet; raises Conflict after that."""

    def cancelled(r: RequestRecord) -> RequestRecord:
        return r.become(State.CANCELLED, ports.now())

    record = ports.ledger.update(request_id, cancelled)
    ports.trail.record(request_id, "cancelled", {})
    # Workers stop at their next look at the state; what they stage until then goes a day later.
    discard(ports, record)
    logger.info("request %s cancelled", request_id)
    return record


def _check_waiting(record: RequestRecord) -> None:
    if record.status != State.AWAITING_APPROVAL:
        raise Conflict(f"the request is {record.status}, it does not wait for approval")


def _check_approver(record: RequestRecord, caller: Caller) -> None:
    if record.type != "delete" or not caller.authenticated:
        return
    if record.submitted_by == caller.principal_ref:
        raise Forbidden("you submitted this delete; somebody else has to approve it")


def _keep_decision(ports: Ports, request_id: str, decision: Decision) -> None:
    """Keep what somebody decided, with the free text, in the ledger, before it takes effect."""
    kept = {
        "at": stamp(ports.now()),
        "event": decision.event,
        "approver": decision.caller.principal or decision.said,
        "assurance": decision.caller.assurance,
        "said_approver": decision.said,
        "text": decision.text,
    }
    ports.ledger.add_decision(request_id, kept)


def _audit(ports: Ports, request_id: str, decision: Decision) -> None:
    """Tell the trail of a decision that took effect: fingerprints, no name and no text."""
    mac = ports.fingerprints.ref
    detail = {
        "approver": decision.caller.principal_ref or mac(f"approver:{decision.said}"),
        "assurance": decision.caller.assurance,
        "text": mac(f"text:{decision.text}"),
    }
    ports.trail.record(request_id, decision.event, detail)


def _parsed(model: type[_T], body: bytes, caller: Caller = ANYONE) -> _T:
    value: Any = parse_json(body)
    problems: list[Problem] = []
    parsed: _T | None = None
    try:
        parsed = model.model_validate(value)
    except ValidationError as error:
        problems += problems_of(error)
    if isinstance(value, dict) and "approver" not in value and not caller.authenticated:
        problems.append(Problem("/approver", "is required; add it"))
    if parsed is None or problems:
        raise Invalid(one_a_field(problems))
    return parsed
