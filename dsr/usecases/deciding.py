"""What people decide about a request: approve, reject, cancel."""

import logging
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from dsr.errors import Conflict, Invalid, Problem
from dsr.model.messages import PLAN, PlanMessage
from dsr.model.record import RequestRecord, stamp
from dsr.model.request import parse_json
from dsr.model.states import State
from dsr.model.wording import one_a_field, problems_of
from dsr.usecases.chaining import chain
from dsr.usecases.ending import discard
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]
_Text = Annotated[str, StringConstraints(max_length=4000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


_T = TypeVar("_T", bound=_Body)


class Approval(_Body):
    """The body of POST approve."""

    plan_hash: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    approver: _Name
    note: _Text = ""
    include: list[str] = Field(default=[], max_length=2000)


class Rejection(_Body):
    """The body of POST reject."""

    approver: _Name
    reason: _Text = ""


def approve(ports: Ports, request_id: str, body: bytes) -> RequestRecord:
    """Let the plan run, if it is the one that the approver has seen.

    Raises Conflict where the hash is not the current plan's, or nothing waits for approval.
    """
    approval = _parsed(Approval, body)
    if approval.include:
        # only a delete's plan has entries to review
        raise Invalid([Problem("/include", "the plan has no entry to review; leave it out")])
    record = ports.ledger.load(request_id)
    _check_waiting(record)
    if record.plan_hash != approval.plan_hash:
        raise Conflict("plan_hash is not the current plan's")
    decision = _keep_decision(ports, request_id, "approved", approval.approver, approval.note)

    def approved(r: RequestRecord) -> RequestRecord:
        _check_waiting(r)
        return r.become(State.RUNNING, ports.now(), decisions=(*r.decisions, decision))

    record = ports.ledger.update(request_id, approved)
    ports.queues.send(PLAN, PlanMessage(request_id, "dispatch").to_bytes())
    chain(ports, record)
    logger.info("request %s approved", request_id)
    return record


def reject(ports: Ports, request_id: str, body: bytes) -> RequestRecord:
    """End a request before anything was touched; raises Conflict where nothing waits."""
    rejection = _parsed(Rejection, body)
    _check_waiting(ports.ledger.load(request_id))
    decision = _keep_decision(ports, request_id, "rejected", rejection.approver, rejection.reason)

    def rejected(r: RequestRecord) -> RequestRecord:
        _check_waiting(r)
        return r.become(State.REJECTED, ports.now(), decisions=(*r.decisions, decision))

    record = ports.ledger.update(request_id, rejected)
    chain(ports, record)
    logger.info("request %s rejected", request_id)
    return record


def cancel(ports: Ports, request_id: str) -> RequestRecord:
    """End an export whose package is not committed yet; raises Conflict after that."""

    def cancelled(r: RequestRecord) -> RequestRecord:
        return r.become(State.CANCELLED, ports.now())

    record = ports.ledger.update(request_id, cancelled)
    # Workers stop at their next look at the state; what they stage until then goes a day later.
    discard(ports, record)
    chain(ports, record)
    logger.info("request %s cancelled", request_id)
    return record


def _check_waiting(record: RequestRecord) -> None:
    if record.status != State.AWAITING_APPROVAL:
        raise Conflict(f"the request is {record.status}, it does not wait for approval")


def _keep_decision(ports: Ports, request_id: str, event: str, approver: str, text: str) -> str:
    """Keep what somebody decided, with the free text, in the ledger, before it takes effect.

    Gives its id; once the record names that, the decision is in force, and the audit chain has it
    sooner or later.
    """
    decision = {"at": stamp(ports.now()), "event": event, "approver": approver, "text": text}
    return ports.ledger.add_decision(request_id, decision)


def _parsed(model: type[_T], body: bytes) -> _T:
    value: Any = parse_json(body)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid(one_a_field(problems_of(error))) from None
