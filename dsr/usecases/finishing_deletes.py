"""Finishing deletes: from what was exported first to the certificate of what is gone."""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

from dsr.model.messages import FinishMessage
from dsr.model.outcome import BatchResult, BatchSummary, in_force
from dsr.model.record import PackageInfo, RequestRecord
from dsr.model.states import State
from dsr.usecases import stages
from dsr.usecases.adding_up import add_up, results_of
from dsr.usecases.certifying import Gathered, complete
from dsr.usecases.dispatching import batches_done, of_phase
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)


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
    ports: Ports, record: RequestRecord, summaries: list[BatchSummary], message: FinishMessage
) -> None:
    """End a delete all of whose batches are done; where its first were not sent, send them."""
    grouped = of_phase(record, summaries)
    if batches_done(record, summaries) < record.batches:
        if record.status == State.RUNNING and (not grouped or not message.nudge):
            stages.start(ports, record)
        return
    record = add_up(ports, record, grouped)
    if record.status != State.VERIFYING:
        return
    gathered, exported = Gathered(), Gathered()
    recoverable: Counter[tuple[str, str | None]] = Counter()
    # what was exported first is told as well
    for result in results_of(ports, record.request_id, in_force(summaries)):
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


def _recoverable(result: BatchResult) -> Iterator[tuple[str, str | None]]:
    """Give what may still be had back of deleted assets: what it is, and until when."""
    for each in result.results:
        left: list[dict[str, Any]] = each["evidence"].get("left_behind", [])
        for cleared in left:
            if "recoverable_until" in cleared:
                yield "blobs in the workspace's storage account", cleared["recoverable_until"]
            kept = cleared.get("kept")
            if kept is not None:
                yield "blobs that the workspace's storage account keeps unchangeable", kept["until"]
            elif cleared.get("versions") or not cleared["cleared"]:
                yield "blobs in the workspace's storage account", None
