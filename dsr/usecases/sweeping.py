"""The sweeper: sends again what stopped, deletes what has expired, erases subjects."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from dsr.errors import NotFound
from dsr.model.messages import EXPORT, FINISH, PLAN, ExportMessage, FinishMessage, PlanMessage
from dsr.model.outcome import in_force, is_done
from dsr.model.plan import Plan
from dsr.model.record import RequestRecord, stamp
from dsr.model.states import State
from dsr.usecases.chaining import chain
from dsr.usecases.dispatching import batch_message
from dsr.usecases.ending import discard
from dsr.usecases.ports import IndexEntry, Ports

logger = logging.getLogger(__name__)

_ABANDONED = timedelta(days=1)
"""How long after an end without a package its blob is deleted once more."""
_ORPHANED = timedelta(hours=1)
"""How old an entry of the index is that belongs to no request before it is removed."""


def sweep(ports: Ports) -> int:
    """Look after every request that needs it; give how many were looked at.

    One request that can't be helped does not keep the others from it.
    """
    looked_at = 0
    now = ports.now()
    for entry in ports.ledger.index():
        if entry.look_at > stamp(now):
            continue
        looked_at += 1
        try:
            _look_after(ports, entry, now)
        except Exception as error:
            logger.error("sweeping request %s: %s", entry.request_id, type(error).__name__)
    return looked_at


def _look_after(ports: Ports, entry: IndexEntry, now: datetime) -> None:
    try:
        record = ports.ledger.load(entry.request_id)
    except NotFound:
        if entry.received_at < now - _ORPHANED:
            ports.ledger.reindex(entry, None)
        return
    if record.final:
        record = _tidy(ports, record, now)
        ports.ledger.reindex(entry, record, stamp(_next_duty(ports, record)))
        return
    ports.ledger.reindex(entry, record)
    if record.due_at < now:
        # at every sweep, as long as it lasts: an alert that looks an hour back has to see it
        logger.warning("request %s is overdue", record.request_id)
    if record.status == State.AWAITING_APPROVAL:
        return
    patience = timedelta(seconds=ports.stalled_after_seconds * 2 ** min(record.resumes, 6))
    waits = record.wait_until is not None and record.wait_until > now - patience
    if record.updated_at < now - patience and not waits:
        moved_at = ports.ledger.moved_at(record.request_id)
        if moved_at < now - patience:
            _resume(ports, record)


def _resume(ports: Ports, record: RequestRecord) -> None:
    """Send again what a request waits for; what was done meanwhile is dropped by its handler."""
    logger.warning("request %s stopped while %s; sent again", record.request_id, record.status)
    # Written first, so that a long queue is not filled with copies at every sweep.
    ports.ledger.update(record.request_id, lambda r: replace(r, resumes=r.resumes + 1))
    if record.status in (State.RECEIVED, State.PLANNING):
        ports.queues.send(PLAN, PlanMessage(record.request_id).to_bytes())
        return
    if record.erasing:
        finish = FinishMessage(record.request_id, record.finish_attempt)
        ports.queues.send(FINISH, finish.to_bytes())
        return
    sealed = ports.ledger.plan(record.request_id)
    if record.status == State.RUNNING and sealed is not None:
        for message in _open_batches(ports, record, sealed):
            ports.queues.send(EXPORT, message.to_bytes())
    finish = FinishMessage(record.request_id, record.finish_attempt)
    ports.queues.send(FINISH, finish.to_bytes())


def _open_batches(ports: Ports, record: RequestRecord, sealed: Plan) -> list[ExportMessage]:
    grouped = in_force(ports.ledger.results(record.request_id))
    messages = []
    for batch in range(len(sealed.pages)):
        attempts = grouped.get(batch, [])
        since = record.restaged.get(str(batch), 0)
        if not attempts or attempts[-1].attempt < since:
            messages.append(batch_message(record, sealed, batch, since))
        elif not is_done(attempts, since):
            again = batch_message(record, sealed, batch, attempts[-1].attempt + 1, whole=False)
            messages.append(replace(again, tries=attempts[-1].tries))
    return messages


def _tidy(ports: Ports, record: RequestRecord, now: datetime) -> RequestRecord:
    """Do what an ended request needs by now; each step may be done any number of times."""
    request_id = record.request_id
    ended_at = record.ended_at or record.updated_at
    info = record.package
    if info is not None and not info.deleted and info.expires_at <= now:
        ports.packages.discard(request_id, len(info.parts))
        gone = replace(info, deleted=True)
        record = ports.ledger.update(request_id, lambda r: replace(r, package=gone))
        logger.info("request %s: package expired and deleted", request_id)
    if info is None and not record.swept and ended_at + _ABANDONED <= now:
        discard(ports, record)
        record = ports.ledger.update(request_id, lambda r: replace(r, swept=True))
    chain(ports, record)  # before what it tells of is erased
    if not record.erased and _erase_at(ports, record) <= now:
        ports.ledger.erase(request_id)
        record = ports.ledger.update(request_id, lambda r: replace(r, erased=True))
        logger.info("request %s: subject erased", request_id)
    return record


def _erase_at(ports: Ports, record: RequestRecord) -> datetime:
    ended_at = record.ended_at or record.updated_at
    return ended_at + timedelta(days=ports.subject_retention_days)


def _next_duty(ports: Ports, record: RequestRecord) -> datetime:
    """Give when an ended request needs something again; far away where nothing is left."""
    ended_at = record.ended_at or record.updated_at
    duties = []
    if record.package is not None and not record.package.deleted:
        duties.append(record.package.expires_at)
    if record.package is None and not record.swept:
        duties.append(ended_at + _ABANDONED)
    if not record.erased:
        duties.append(_erase_at(ports, record))
    return min(duties, default=ended_at.replace(year=9999))
