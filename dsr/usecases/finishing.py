"""Finishing: wait until every batch's result is there, then join them to the package."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from dsr.errors import Conflict, NotFound
from dsr.model.messages import EXPORT, FINISH, FinishMessage
from dsr.model.outcome import BatchResult, BatchSummary, is_done, tally
from dsr.model.record import PackageInfo, RequestRecord
from dsr.model.redaction import Redactions
from dsr.model.states import WITH_PACKAGE, State
from dsr.usecases import stages
from dsr.usecases.ahead import ahead
from dsr.usecases.dispatching import FIRST_LOOK, batch_message, batches_done, of_phase
from dsr.usecases.ending import fail
from dsr.usecases.ports import LostBlocks, Ports
from dsr.usecases.redacting import redactor_of

logger = logging.getLogger(__name__)

_SLOWEST = 60.0


def finish(ports: Ports, message: FinishMessage) -> None:
    """Look whether all batches are there; finish, or look again after a while.

    A message with an older attempt than the ledger's is dropped, so that duplicates die out; so
    is a nudge that comes too early.
    """
    try:
        record = ports.ledger.load(message.request)
    except NotFound:
        logger.warning("request %s is not in the ledger; message dropped", message.request)
        return
    if message.attempt < record.finish_attempt and not message.nudge:
        return
    if record.status not in (State.RUNNING, State.VERIFYING):
        return
    summaries = ports.ledger.results(message.request)
    grouped = of_phase(record, summaries)
    if record.erasing:
        _finish_delete(ports, record, grouped, message)
    elif batches_done(record, summaries) >= record.batches:
        _assemble(ports, record, grouped)
    elif not message.nudge:
        _look_again(ports, record, message.attempt)


def _finish_delete(
    ports: Ports,
    record: RequestRecord,
    grouped: dict[int, list[BatchSummary]],
    message: FinishMessage,
) -> None:
    """End a delete all of whose batches are done; where its first were not sent, send them."""
    done = sum(is_done(a, record.restaged.get(str(b), 0)) for b, a in grouped.items())
    if done < record.batches:
        if record.status == State.RUNNING and (not grouped or not message.nudge):
            stages.start(ports, record)
        return
    outcomes = tally(grouped)
    total = sum(outcomes.values())
    record = ports.ledger.update(
        record.request_id,
        lambda r: (
            r.become(State.VERIFYING, ports.now(), outcomes=outcomes, total=total)
            if r.status == State.RUNNING
            else None
        ),
    )
    if record.status == State.VERIFYING:
        _end(ports, record)


def _end(ports: Ports, record: RequestRecord) -> None:
    """Make a delete that is done with the end of its request."""

    def ended(r: RequestRecord) -> RequestRecord | None:
        if r.status != State.VERIFYING:
            return None
        state = State.COMPLETED_WITH_EXCEPTIONS if r.has_exceptions else State.COMPLETED
        return r.become(State.CANCELLED if r.stopping else state, ports.now())

    after = ports.ledger.update(record.request_id, ended)
    logger.info("request %s is %s: %d assets", after.request_id, after.status, after.total)


def poisoned(ports: Ports, message: FinishMessage) -> None:
    """End a request whose package could not be made however often; see `ending.discard`.

    A foreign blob that stood in the package's way is deleted with the rest.
    """
    record = ports.ledger.load(message.request)
    if record.final:
        return
    fail(ports, record, "the package could not be made")


def _look_again(ports: Ports, record: RequestRecord, attempt: int) -> None:
    """Send the next look, after twice the time of the one before.

    The message goes first: if we die before the attempt is written down, one look too many
    follows, and the older one is dropped.
    """
    following = attempt + 1
    wait = min(FIRST_LOOK * 2.0 ** min(following, 10), _SLOWEST)
    ports.queues.send(FINISH, FinishMessage(record.request_id, following).to_bytes(), wait)
    ports.ledger.update(
        record.request_id,
        lambda r: (
            replace(r, finish_attempt=following)
            if r.finish_attempt < following and not r.final
            else None
        ),
    )


def _assemble(
    ports: Ports,
    record: RequestRecord,
    grouped: dict[int, list[BatchSummary]],
) -> None:
    outcomes = tally(grouped)
    total = sum(outcomes.values())
    record = ports.ledger.update(
        record.request_id,
        lambda r: (
            r.become(State.VERIFYING, ports.now(), outcomes=outcomes, total=total)
            if r.status == State.RUNNING
            else None
        ),
    )
    if record.status != State.VERIFYING:
        return
    request, _ = ports.ledger.request(record.request_id)
    sealed = ports.ledger.plan(record.request_id)
    if sealed is None:
        raise Conflict("the plan of a running request is gone")
    redactor = redactor_of(ports, record, request)

    def results() -> Iterator[BatchResult]:
        wanted = ((batch, s.attempt) for batch in sorted(grouped) for s in grouped[batch])
        for result in ahead(wanted, lambda key: ports.ledger.result(record.request_id, *key)):
            if result is not None:
                yield result

    expires_at = ports.now() + timedelta(days=ports.export_retention_days)
    try:
        info = ports.packages.assemble(
            record,
            request,
            sealed,
            results,
            lambda text: str(redactor.redact(text, Redactions())),
            expires_at,
        )
    except LostBlocks as lost:
        _export_again(ports, record, grouped, lost)
        return
    _complete(ports, record, info)


def _complete(ports: Ports, record: RequestRecord, info: PackageInfo) -> None:
    """Make the committed package the end of the request, unless it was cancelled meanwhile."""

    mine = False

    def completed(r: RequestRecord) -> RequestRecord | None:
        nonlocal mine
        mine = r.status == State.VERIFYING
        if not mine:
            return None
        if r.type == "delete":  # that was exported first; now it is deleted
            return r.become(State.RUNNING, ports.now(), package=info, erasing=True)
        exceptions = r.has_exceptions
        state = State.COMPLETED_WITH_EXCEPTIONS if exceptions else State.COMPLETED
        return r.become(state, ports.now(), package=info)

    after = ports.ledger.update(record.request_id, completed)
    if mine and after.erasing:
        logger.info("request %s is exported; its deletes begin", after.request_id)
        stages.start(ports, after)
    elif mine:
        logger.info("request %s is %s: %d assets", after.request_id, after.status, after.total)
    elif after.status not in WITH_PACKAGE and not after.erasing:
        ports.packages.discard(after.request_id, len(info.parts))


def _export_again(
    ports: Ports,
    record: RequestRecord,
    grouped: dict[int, list[BatchSummary]],
    lost: LostBlocks,
) -> None:
    """Run the batches again whose staged blocks are gone (a week unfinished, or deleted)."""
    sealed = ports.ledger.plan(record.request_id)
    if sealed is None:
        raise Conflict("the plan of a running request is gone")
    again = {batch: grouped[batch][-1].attempt + 1 for batch in sorted(lost.batches)}
    record = ports.ledger.update(
        record.request_id,
        lambda r: (
            r.become(
                State.RUNNING,
                ports.now(),
                restaged=r.restaged | {str(batch): n for batch, n in again.items()},
            )
            if r.status == State.VERIFYING
            else None
        ),
    )
    if record.status != State.RUNNING:
        return
    logger.warning("request %s: %d batches are staged again", record.request_id, len(lost.batches))
    for batch, attempt in again.items():
        ports.queues.send(EXPORT, batch_message(record, sealed, batch, attempt).to_bytes())
    _look_again(ports, record, record.finish_attempt)
