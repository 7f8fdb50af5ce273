"""The audit chain of a request: what of its life goes in, told again from the ledger at any time.

Whoever changes a state may die before the chain says so. So no line depends on that: all events
come from what the ledger keeps, and the chain takes each of them once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from dsr.model.certificate import OutcomesDigest
from dsr.model.chain import Event, Head
from dsr.model.outcome import BatchResult
from dsr.model.record import RequestRecord, stamp
from dsr.model.states import State
from dsr.usecases.ports import Ports


def chain(ports: Ports, record: RequestRecord, done: Iterable[Event] = ()) -> Head:
    """Bring the chain up to a record's state; `done` is what workers did, in order.

    Gives the line of the last event that the record tells of. May be done any number of times, by
    several at once. Raises Conflict where the chain can't be read.
    """
    return ports.trail.chain(record.request_id, _life(ports, record, done))


def of_batch(result: BatchResult) -> Iterator[Event]:
    """Give the events of a batch's result, each told apart by its place in it."""
    for number, kept in enumerate(result.events):
        place = {"batch": result.batch, "attempt": result.attempt, "number": number}
        yield Event(kept["event"], kept["at"], kept["detail"] | place)


def batch_exported(ports: Ports, results: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Give the one event of an attempt at a batch of an export; none where it gave nothing."""
    entries = list(results)
    if not entries:
        return ()
    digest = OutcomesDigest()
    digest.take(entries)
    counts = Counter(str(entry["outcome"]) for entry in entries)
    detail = {"counts": dict(counts), "outcomes_sha256": digest.hexdigest()}
    return ({"at": stamp(ports.now()), "event": "batch_exported", "detail": detail},)


def ends_as(record: RequestRecord) -> State:
    """Give the state in which a request that did all there was to do ends."""
    if record.stopping:
        return State.CANCELLED
    return State.COMPLETED_WITH_EXCEPTIONS if record.has_exceptions else State.COMPLETED


def _life(ports: Ports, record: RequestRecord, done: Iterable[Event]) -> Iterator[Event]:
    yield Event(
        "received",
        stamp(record.received_at),
        {
            "type": record.type,
            "regulation": record.regulation,
            "submitted_at": stamp(record.submitted_at),
            "due_at": stamp(record.due_at),
            "body": record.body_mac,
        },
    )
    if record.planned_at is not None:
        detail = {
            "plan_hash": record.plan_hash,
            "entries": record.planned,
            "batches": record.batches,
            "unattributed": record.unattributed,
        }
        yield Event("planned", stamp(record.planned_at), detail)
    decided = set()
    for decision_id in record.decisions:
        decision = ports.ledger.decision(record.request_id, decision_id)
        if decision is None:  # erased, so it and the end that it made have long been in the chain
            decided.add(record.status.value)
            continue
        decided.add(decision["event"])
        yield _decision(ports, record, decision_id, decision)
    yield from done
    yield from _end(record, decided)


def _decision(
    ports: Ports, record: RequestRecord, decision_id: str, decision: dict[str, Any]
) -> Event:
    """Tell of a decision that took effect: fingerprints, no name and no text."""
    mac = ports.fingerprints.ref
    detail = {
        "decision": decision_id,
        "plan_hash": record.plan_hash,
        "approver": decision.get("approver_ref") or mac(f"approver:{decision['approver']}"),
        "assurance": decision.get("assurance", ""),
        "text": mac(f"text:{decision['text']}"),
    }
    return Event(decision["event"], decision["at"], detail)


def _end(record: RequestRecord, decided: set[str]) -> Iterator[Event]:
    ended_at = record.settled_at or record.ended_at
    if ended_at is None:
        return
    if record.settled_at is not None or record.status == State.COMPLETED:
        detail = {"status": ends_as(record).value, "counts": record.counts()}
        yield Event("completed", stamp(ended_at), detail | {"ended_at": stamp(ended_at)})
    elif record.status not in decided and record.status != State.REJECTED:
        yield Event(record.status.value, stamp(ended_at), {"ended_at": stamp(ended_at)})
    if record.package is not None and record.package.deleted:
        expired_at = stamp(record.package.expires_at)
        yield Event("package_deleted", expired_at, {"expired_at": expired_at})
