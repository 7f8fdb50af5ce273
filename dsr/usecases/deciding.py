"""What people decide about a plan: approve or reject it."""

import logging
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from dsr.errors import Conflict, Forbidden, Invalid, Problem
from dsr.model.caller import ANYONE, Caller
from dsr.model.messages import PLAN, PlanMessage
from dsr.model.record import RequestRecord, stamp
from dsr.model.states import State
from dsr.model.strict_json import parse_json
from dsr.model.wording import one_a_field, problems_of
from dsr.usecases.approved import checked_page
from dsr.usecases.chaining import chain
from dsr.usecases.confirming import approver_mark, is_repeated
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

    Where more than one person has to approve it, it runs with the last of them; until then it goes
    on waiting, and an approval that somebody repeats changes nothing. Raises Conflict where the
    hash is not the current plan's, or nothing waits for approval, or an earlier approval includes
    other entries; and Forbidden where the caller submitted this delete.
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
    decision_id = keep_decision(ports, request_id, decision)
    mark = approver_mark(ports, caller, approval.approver)

    def approved(r: RequestRecord) -> RequestRecord | None:
        _check_waiting(r)
        if r.plan_hash != approval.plan_hash:
            raise Conflict("plan_hash is not the current plan's")
        if is_repeated(ports, r, mark, approval.include):
            return None
        changes: dict[str, Any] = {
            # as sure as the least sure of them
            "approver_assurance": (
                "claimed" if r.approver_assurance == "claimed" else caller.assurance
            ),
            "decisions": (*r.decisions, decision_id),
            "approved_by": (*r.approved_by, mark),
        }
        if len(r.approved_by) + 1 < r.confirmations:
            changes |= {"approval": included, "updated_at": ports.now()}
            return replace(r, **changes)
        if r.type == "delete":
            changes |= {
                "approved_plan": approval.plan_hash,
                "approval": included,
                "erasing": not r.export_first,
            }
        return r.become(State.RUNNING, ports.now(), **changes)

    record = ports.ledger.update(request_id, approved)
    if record.status == State.RUNNING:
        ports.queues.send(PLAN, PlanMessage(request_id, "dispatch").to_bytes())
    chain(ports, record)
    by_all = len(record.approved_by) >= record.confirmations
    logger.info("request %s approved%s", request_id, "" if by_all else ", by one person of two")
    return record


def reject(ports: Ports, request_id: str, body: bytes, caller: Caller = ANYONE) -> RequestRecord:
    """End a request before anything was touched; raises Conflict where nothing waits."""
    rejection = _parsed(Rejection, body, caller)
    _check_waiting(ports.ledger.load(request_id))
    decision = Decision("rejected", caller, rejection.approver, rejection.reason)
    decision_id = keep_decision(ports, request_id, decision)

    def rejected(r: RequestRecord) -> RequestRecord:
        _check_waiting(r)
        return r.become(State.REJECTED, ports.now(), decisions=(*r.decisions, decision_id))

    record = ports.ledger.update(request_id, rejected)
    chain(ports, record)
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
        for number in range(len(sealed.pages))
        for entry in checked_page(ports, record.request_id, sealed, number)
        if entry.action == "review"
    }
    problems = [
        Problem(f"/include/{number}", "is no entry of the plan whose action is review")
        for number, asset in enumerate(include)
        if asset not in reviewed
    ]
    if problems:
        raise Invalid(problems)


def _check_waiting(record: RequestRecord) -> None:
    if record.status != State.AWAITING_APPROVAL:
        raise Conflict(f"the request is {record.status}, it does not wait for approval")


def _check_approver(record: RequestRecord, caller: Caller) -> None:
    if record.type != "delete" or not caller.authenticated:
        return
    if record.submitted_by == caller.principal_ref:
        raise Forbidden("you submitted this delete; somebody else has to approve it")


def keep_decision(ports: Ports, request_id: str, decision: Decision) -> str:
    """Keep what somebody decided, with the free text, in the ledger, before it takes effect.

    Gives its id; once the record names that, the decision is in force, and the audit chain has it
    sooner or later.
    """
    kept = {
        "at": stamp(ports.now()),
        "event": decision.event,
        "approver": decision.caller.principal or decision.said,
        "approver_ref": decision.caller.principal_ref,
        "assurance": decision.caller.assurance,
        "said_approver": decision.said,
        "text": decision.text,
    }
    return ports.ledger.add_decision(request_id, kept)


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
