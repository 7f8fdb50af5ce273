"""What people do to a request that is under way or has ended: cancel it, run again what failed."""

import logging
from dataclasses import replace

from dsr.errors import Conflict
from dsr.model.caller import ANYONE, Caller
from dsr.model.messages import PLAN, PlanMessage
from dsr.model.outcome import Outcome, in_force
from dsr.model.record import RequestRecord
from dsr.model.states import State, check_transition
from dsr.usecases.chaining import chain
from dsr.usecases.deciding import Decision, keep_decision
from dsr.usecases.ending import discard
from dsr.usecases.intake import subject_marks
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)


def retry(ports: Ports, request_id: str, caller: Caller = ANYONE) -> RequestRecord:
    """Run again what failed of a delete, and nothing else.

    Raises Conflict where the request has not ended with exceptions, or nothing of it failed.
    """
    record = ports.ledger.load(request_id)
    _check_retry(record)
    grouped = in_force(ports.ledger.results(request_id))
    again = {
        str(batch): attempts[-1].attempt + 1
        for batch, attempts in grouped.items()
        if batch in record.phase and any(a.outcomes.get(Outcome.FAILED.value) for a in attempts)
    }
    if not again:
        raise Conflict("nothing of the request failed; there is nothing to run again")
    subjects = subject_marks(ports, ports.ledger.request(request_id)[0])
    decision = keep_decision(ports, request_id, Decision("retried", caller, "", ""))

    def retried(r: RequestRecord) -> RequestRecord:
        _check_retry(r)
        return r.become(
            State.RUNNING,
            ports.now(),
            restaged=r.restaged | again,
            subjects=subjects,
            decisions=(*r.decisions, decision),
        )

    record = ports.ledger.update(request_id, retried)
    ports.queues.send(PLAN, PlanMessage(request_id, "dispatch").to_bytes())
    chain(ports, record)
    logger.info("request %s is run again: %d batches", request_id, len(again))
    return record


def _check_retry(record: RequestRecord) -> None:
    if record.status != State.COMPLETED_WITH_EXCEPTIONS or record.type != "delete":
        raise Conflict(
            f"the {record.type} is {record.status}; only a delete that ended with exceptions can "
            "be run again, for anything else submit a new request"
        )
    if record.erased:
        raise Conflict("what the request held has been erased; submit a new one")


def cancel(ports: Ports, request_id: str, caller: Caller = ANYONE) -> RequestRecord:
    """End an export whose package is not committed yet, or a delete at its next asset.

    Raises Conflict after that. A delete that has begun ends once what was asked for is looked
    for; all the rest is skipped.
    """

    def cancelled(r: RequestRecord) -> RequestRecord | None:
        return None if r.erasing else r.become(State.CANCELLED, ports.now())

    record = ports.ledger.update(request_id, cancelled)
    if not record.erasing:
        # Workers stop at their next look at the state; what they stage until then goes a day later.
        discard(ports, record)
        chain(ports, record)
        logger.info("request %s cancelled", request_id)
        return record
    decision = keep_decision(ports, request_id, Decision("cancelled", caller, "", ""))

    def stopped(r: RequestRecord) -> RequestRecord | None:
        if r.final:
            check_transition(r.status, State.CANCELLED)
        if r.stopping:
            return None
        if r.status != State.RUNNING:
            raise Conflict("all of the request is done; it can only complete now")
        decisions = (*r.decisions, decision)
        return replace(r, stopping=True, updated_at=ports.now(), decisions=decisions)

    record = ports.ledger.update(request_id, stopped)
    chain(ports, record)
    logger.info("request %s stops at its next asset", request_id)
    return record
