"""What a request's batches gave: the step to `verifying`, and the results in force, read once."""

from collections.abc import Iterator

from dsr.model.outcome import BatchResult, BatchSummary, tally
from dsr.model.record import RequestRecord
from dsr.model.states import State
from dsr.usecases.ahead import ahead
from dsr.usecases.ports import Ports

Grouped = dict[int, list[BatchSummary]]
"""The attempts in force, by batch."""


def add_up(ports: Ports, record: RequestRecord, grouped: Grouped) -> RequestRecord:
    """Let a running request all of whose batches are done become `verifying`, with its counts."""
    outcomes = tally(grouped)
    total = sum(outcomes.values())
    return ports.ledger.update(
        record.request_id,
        lambda r: (
            r.become(State.VERIFYING, ports.now(), outcomes=outcomes, total=total)
            if r.status == State.RUNNING
            else None
        ),
    )


def results_of(ports: Ports, request_id: str, grouped: Grouped) -> Iterator[BatchResult]:
    """Give the results of attempts in the order of their batches, a few read ahead."""
    wanted = ((batch, s.attempt) for batch in sorted(grouped) for s in grouped[batch])
    for result in ahead(wanted, lambda key: ports.ledger.result(request_id, *key)):
        if result is not None:
            yield result
