"""Finishing: wait until every batch's result is there, then join them to the package."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from dsr.errors import Conflict, NotFound
from dsr.model.messages import EXPORT, FINISH, FinishMessage
from dsr.model.outcome import BatchResult
from dsr.model.record import RequestRecord
from dsr.model.redaction import Redactions
from dsr.model.states import WITH_PACKAGE, State
from dsr.usecases.adding_up import Grouped, add_up, results_of
from dsr.usecases.certifying import Gathered, complete
from dsr.usecases.dispatching import FIRST_LOOK, batch_message, batches_done, of_phase
from dsr.usecases.ending import fail
from dsr.usecases.finishing_deletes import begin_deletes, finish_delete
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
    if record.erasing:
        finish_delete(ports, record, summaries, message)
    elif batches_done(record, summaries) >= record.batches:
        _assemble(ports, record, of_phase(record, summaries))
    elif not message.nudge:
        _look_again(ports, record, message.attempt)


def poisoned(ports: Ports, message: FinishMessage) -> None:
    """End a request whose package could not be made however often; see `ending.discard`.

    A foreign blob that stood in the package's way is deleted with the rest. A request whose
    package is there, and only its evidence is not, is left to the sweeper.
    """
    record = ports.ledger.load(message.request)
    if record.final:
        return
    if record.settled_at is not None:
        logger.error("request %s: its evidence could not be written", message.request)
        return
    if record.erasing:
        fail(ports, record, "what became of its deletes could not be added up")
    else:
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


def _assemble(ports: Ports, record: RequestRecord, grouped: Grouped) -> None:
    record = add_up(ports, record, grouped)
    if record.status != State.VERIFYING:
        return
    request, _ = ports.ledger.request(record.request_id)
    sealed = ports.ledger.plan(record.request_id)
    if sealed is None:
        raise Conflict("the plan of a running request is gone")
    redactor = redactor_of(ports, record, request)

    gathered = Gathered()

    def results() -> Iterator[BatchResult]:
        nonlocal gathered
        gathered = Gathered()
        for result in results_of(ports, record.request_id, grouped):
            gathered.take(result)
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
    if record.type == "delete":
        begin_deletes(ports, record, info)
        return
    after = complete(ports, record, gathered, info)
    if after.status not in WITH_PACKAGE:  # cancelled meanwhile
        ports.packages.discard(after.request_id, len(info.parts))


def _export_again(
    ports: Ports,
    record: RequestRecord,
    grouped: Grouped,
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
