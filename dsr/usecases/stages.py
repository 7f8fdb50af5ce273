"""Deletes in their order: what depends on other things goes first, and one request at a time."""

import logging
from collections.abc import Callable
from typing import Final

from dsr.errors import NotFound
from dsr.model.messages import DELETE, FINISH, PLAN, DeleteMessage, FinishMessage, PlanMessage
from dsr.model.outcome import BatchSummary, in_force, is_done
from dsr.model.plan import Plan
from dsr.model.record import RequestRecord
from dsr.model.states import FINAL, State
from dsr.usecases.ports import Ports
from dsr.usecases.retrying import be_patient

logger = logging.getLogger(__name__)

_SOON: Final = 5.0
_SLOWEST: Final = 60.0
"""Seconds between two looks whether it is a request's turn, at most."""


def start(ports: Ports, record: RequestRecord, waited: int = 0) -> None:
    """Send the first deletes of an approved plan, or look again later whose turn it is.

    In each of its workspaces a request waits for open exports about the same subject, and for
    the delete whose turn it is.
    """
    waits_for = None if record.stopping else _before(ports, record)
    if waits_for is not None:
        seconds = min(_SOON * 2.0 ** min(waited, 10), _SLOWEST)
        logger.info("request %s waits for request %s", record.request_id, waits_for)
        be_patient(ports, record.request_id, seconds)
        again = PlanMessage(record.request_id, "dispatch", attempt=waited + 1)
        ports.queues.send(PLAN, again.to_bytes(), seconds)
        return
    hand_on(ports, record)


def hand_on(ports: Ports, record: RequestRecord, after: int | None = None) -> None:
    """Send the batches of the first stage that is not done; where all are, call the finisher.

    After a batch that is done, the others of its stage have messages of their own.
    """
    sealed = ports.ledger.plan(record.request_id)
    if sealed is None:
        return
    open_ = _open(record, sealed, ports.ledger.results(record.request_id))
    if not open_:
        finish = FinishMessage(record.request_id, record.finish_attempt, nudge=True)
        ports.queues.send(FINISH, finish.to_bytes())
        return
    stage = min(sealed.pages[page].stage for page, _ in open_)
    if after is not None and sealed.pages[after - record.phase.start].stage >= stage:
        return
    for page, attempt in open_:
        ref = sealed.pages[page]
        if ref.stage == stage:
            batch = record.phase.start + page
            message = DeleteMessage(record.request_id, batch, ref.name, attempt)
            ports.queues.send(DELETE, message.to_bytes())


def is_due(ports: Ports, record: RequestRecord, sealed: Plan, message: DeleteMessage) -> bool:
    """Tell whether an attempt is the next one of its batch, and all that goes before is done."""
    open_ = _open(record, sealed, ports.ledger.results(record.request_id))
    page = message.batch - record.phase.start
    if (page, message.attempt) not in open_ or sealed.pages[page].name != message.page:
        return False
    return not any(sealed.pages[p].stage < sealed.pages[page].stage for p, _ in open_)


def has_turn(ports: Ports, record: RequestRecord) -> bool:
    """Tell whether nobody else deletes in the request's workspaces now."""
    return record.stopping or _holder(ports, record) is None


def _open(
    record: RequestRecord, sealed: Plan, summaries: list[BatchSummary]
) -> list[tuple[int, int]]:
    """Give the pages that are not done, each with the attempt that is due."""
    grouped = in_force(summaries)
    found = []
    for page in range(len(sealed.pages)):
        batch = record.phase.start + page
        since = record.restaged.get(str(batch), 0)
        attempts = grouped.get(batch, [])
        if not is_done(attempts, since):
            newest = attempts[-1].attempt + 1 if attempts else 0
            found.append((page, max(newest, since)))
    return found


def _before(ports: Ports, record: RequestRecord) -> str | None:
    """Give a request that has to end before this one deletes."""
    for entry in ports.ledger.index():
        if entry.type != "export" or entry.status in FINAL or entry.request_id == record.request_id:
            continue
        try:
            other = ports.ledger.load(entry.request_id)
        except NotFound:
            continue
        if not other.final and _same(record, other):
            return other.request_id
    return _holder(ports, record)


def _holder(ports: Ports, record: RequestRecord) -> str | None:
    """Take the turns in all workspaces, in their order; give who has one that can't be had.

    Turns in workspaces after that one are given back, or two requests could wait for one another.
    """
    names = sorted(record.workspaces)
    for number, workspace in enumerate(names):
        holder = ports.deletes.take_turn(workspace, record.request_id, _over(ports))
        if holder != record.request_id:
            for later in names[number + 1 :]:
                ports.deletes.give_back_turn(later, record.request_id)
            return holder
    return None


def _same(record: RequestRecord, other: RequestRecord) -> bool:
    """Tell whether two requests may be about the same assets."""
    if not set(record.workspaces) & set(other.workspaces):
        return False
    if record.select != "subject" or other.select != "subject":
        return True
    return bool(set(record.subjects) & set(other.subjects))


def _over(ports: Ports) -> Callable[[str], bool]:
    def over(request_id: str) -> bool:
        try:
            record = ports.ledger.load(request_id)
        except NotFound:
            return True
        return record.status not in (State.RUNNING, State.VERIFYING) or not record.erasing

    return over
