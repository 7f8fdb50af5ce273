"""Finishing deletes: from what was exported first to the certificate of what is gone."""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

from dsr.model.messages import FinishMessage
from dsr.model.outcome import BatchResult, BatchSummary, in_force, is_done, tally
from dsr.model.record import PackageInfo, RequestRecord
from dsr.model.states import State
from dsr.usecases import stages
from dsr.usecases.ahead import ahead
from dsr.usecases.certifying import Gathered, complete
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)

Grouped = dict[int, list[BatchSummary]]


def begin_deletes(ports: Ports, record: RequestRecord, info: PackageInfo) -> None:
    """Once what is exported first is in its package, begin the deletes, unless it was cancelled."""

    def exported(r: RequestRecord) -> RequestRecord | None:
        if r.status != State.VERIFYING or r.erasing:
            return None
        return r.become(State.RUNNING, ports.now(), package=info, erasing=True)

    after = ports.ledger.update(record.request_id, exported)
    if after.status == State.RUNNING and after.erasing:
        logger.info("request %s is exported; its deletes begin", after.request_id)
        stages.start(ports, after)
    elif not after.erasing:
        ports.packages.discard(after.request_id, len(info.parts))


def finish_delete(
    ports: Ports, record: RequestRecord, grouped: Grouped, message: FinishMessage
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
    if record.status != State.VERIFYING:
        return
    gathered, exported = Gathered(), Gathered()
    recoverable: Counter[tuple[str, str | None]] = Counter()
    for result in _results(ports, record):
        if result.batch in record.phase:
            gathered.take(result)
            recoverable.update(_recoverable(result))
        else:
            exported.take(result)
    gathered.events[:0] = exported.events
    told = [
        {"what": what, "until": until, "count": count}
        for (what, until), count in sorted(recoverable.items(), key=str)
    ]
    complete(ports, record, gathered, record.package, told)


def _results(ports: Ports, record: RequestRecord) -> Iterator[BatchResult]:
    grouped = in_force(ports.ledger.results(record.request_id))
    wanted = [(batch, s.attempt) for batch in sorted(grouped) for s in grouped[batch]]
    for found in ahead(wanted, lambda key: ports.ledger.result(record.request_id, *key)):
        if found is not None:
            yield found


def _recoverable(result: BatchResult) -> Iterator[tuple[str, str | None]]:
    """Give what may still be had back of deleted assets: what it is, and until when."""
    for each in result.results:
        left: list[dict[str, Any]] = each["evidence"].get("left_behind", [])
        for cleared in left:
            if "recoverable_until" in cleared:
                yield "blobs in the workspace's storage account", cleared["recoverable_until"]
            if cleared.get("versions") or not cleared["cleared"]:
                yield "blobs in the workspace's storage account", None
