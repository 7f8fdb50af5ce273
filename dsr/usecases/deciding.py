"""What people decide about a request: approve, reject, cancel."""

import logging
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from dsr.errors import Conflict, Forbidden, Invalid, Problem
from dsr.model.caller import ANYONE, Caller
from dsr.model.messages import PLAN, PlanMessage
from dsr.model.outcome import Outcome, in_force
from dsr.model.plan import from_ndjson
from dsr.model.record import RequestRecord, stamp
from dsr.model.request import parse_json
from dsr.model.states import State
from dsr.model.wording import one_a_field, problems_of
from dsr.usecases.ending import discard
from dsr.usecases.intake import subject_marks
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
    record = ports.ledger.load(request_id)
    _check_waiting(record)
    _check_approver(record, caller)
    if record.plan_hash != approval.plan_hash:
        raise Conflict("plan_hash is not the current plan's")
    _check_included(ports, record, approval.include)
    included = ports.deletes.add_approval(request_id, approval.include) if approval.include else ""
    decision = Decision("approved", caller, approval.approver, approval.note)
    _keep_decision(ports, request_id, decision)

    def approved(r: RequestRecord) -> RequestRecord:
        _check_waiting(r)
        if r.plan_hash != approval.plan_hash:
            raise Conflict("plan_hash is not the current plan's")
        changes: dict[str, Any] = {"approver_assurance": caller.assurance}
        if r.type == "delete":
            changes |= {
                "approved_plan": approval.plan_hash,
                "approval": included,
                "erasing": not r.export_first,
            }
        return r.become(State.RUNNING, ports.now(), **changes)

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


def _check_included(ports: Ports, record: RequestRecord, include: list[str]) -> None:
    """Raise Invalid where an entry that an approval includes is none that the plan has reviewed."""
    if not include:
        return
    sealed = ports.ledger.plan(record.request_id)
    if sealed is None:
        raise Conflict("the plan of a request that waits for approval is gone")
    reviewed = {
        entry.asset
        for page in sealed.pages
        for entry in from_ndjson(ports.ledger.page(record.request_id, page.name))
        if entry.action == "review"
    }
    problems = [
        Problem(f"/include/{number}", "is no entry of the plan whose action is review")
        for number, asset in enumerate(include)
        if asset not in reviewed
    ]
    if problems:
        raise Invalid(problems)


def retry(ports: Ports, request_id: str) -> RequestRecord:
    """Run again what failed of a delete, and nothing else.

    Raises Conflict where the request has not ended with exceptions, or nothing of it failed.
    """
    record = ports.ledger.load(request_id)
    if record.status != State.COMPLETED_WITH_EXCEPTIONS or record.type != "delete":
        raise Conflict(
            f"the {record.type} is {record.status}; only a delete that ended with exceptions can "
            "be run again, for anything else submit a new request"
        )
    if record.erased:
        raise Conflict("what the request held has been erased; submit a new one")
    grouped = in_force(ports.ledger.results(request_id))
    again = {
        str(batch): attempts[-1].attempt + 1
        for batch, attempts in grouped.items()
        if batch in record.phase and any(a.outcomes.get(Outcome.FAILED.value) for a in attempts)
    }
    if not again:
        raise Conflict("nothing of the request failed; there is nothing to run again")

    subjects = subject_marks(ports, ports.ledger.request(request_id)[0])

    def retried(r: RequestRecord) -> RequestRecord | None:
        if r.status != State.COMPLETED_WITH_EXCEPTIONS:
            return None
        changes = {"restaged": r.restaged | again, "subjects": subjects}
        return r.become(State.RUNNING, ports.now(), **changes)

    record = ports.ledger.update(request_id, retried)
    ports.trail.record(request_id, "retried", {"batches": len(again)})
    ports.queues.send(PLAN, PlanMessage(request_id, "dispatch").to_bytes())
    logger.info("request %s is run again: %d batches", request_id, len(again))
    return record


def cancel(ports: Ports, request_id: str) -> RequestRecord:
    """End an export whose package is not committed yet, or a delete at its next asset.

    Raises Conflict after that. A delete that has begun ends once what was asked for is looked
    for; all the rest is skipped.
    """

    def cancelled(r: RequestRecord) -> RequestRecord | None:
        if r.erasing and r.status == State.RUNNING:
            return None if r.stopping else replace(r, stopping=True, updated_at=ports.now())
        return r.become(State.CANCELLED, ports.now())

    record = ports.ledger.update(request_id, cancelled)
    ports.trail.record(request_id, "cancelled", {})
    if not record.final:
        logger.info("request %s stops at its next asset", request_id)
        return record
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
