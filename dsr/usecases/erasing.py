"""Deleting one batch of an approved plan: check again, ask once, look again, write it down."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from dsr.errors import Conflict, Gone, NotFound
from dsr.model.messages import DELETE, DeleteMessage
from dsr.model.outcome import AssetResult, BatchResult, Outcome
from dsr.model.outcome import in_force as attempts_in_force
from dsr.model.plan import PlanEntry
from dsr.model.record import RequestRecord, stamp
from dsr.model.request import split_asset
from dsr.model.states import State
from dsr.usecases.approved import Approved
from dsr.usecases.correlation import about
from dsr.usecases.deletion import Units
from dsr.usecases.ending import fail
from dsr.usecases.exporting import NOT_INCLUDED
from dsr.usecases.holding import in_force
from dsr.usecases.listing_deletes import BY_HAND
from dsr.usecases.ports import Ports
from dsr.usecases.retrying import be_patient
from dsr.usecases.stages import hand_on, has_turn, is_due
from dsr.usecases.units import Standing

logger = logging.getLogger(__name__)

_LONGER: Final = 1.5
_SLOWEST: Final = 30.0
"""Seconds between two looks at what was asked to be deleted at most, and how each wait grows."""
_IDLE: Final = {
    "skip": Outcome.SKIPPED,
    "fail": Outcome.FAILED,
    "retain": Outcome.RETAINED,
}
"""The outcomes of entries that nothing is done about, by nobody."""


def erase(ports: Ports, message: DeleteMessage, redelivered: bool = False) -> None:
    """Do one attempt at one batch of deletes.

    Nothing is deleted but what the approved plan says, in a request that is running, whose turn
    it is, once all batches of earlier stages are done; a message that comes too early is dropped
    (whoever ends the stage before sends it again). What is not gone yet is deferred to a next
    attempt, which a message brings.

    What follows is sent by whoever stored the attempt's result, so that copies of a message die
    out; `redelivered` tells that an earlier delivery may have died before it did so.
    """
    try:
        record = ports.ledger.load(message.request)
    except NotFound:
        logger.warning("request %s is not in the ledger; message dropped", message.request)
        return
    if record.status != State.RUNNING or not record.erasing or message.batch not in record.phase:
        return
    done = ports.ledger.result(message.request, message.batch, message.attempt)
    if done is None:
        approved = Approved(ports, record)
        if not is_due(ports, record, approved.plan, message) or not has_turn(ports, record):
            return
        with about(message.request):
            done = _Batch(ports, record, approved, message).run()
        if not ports.ledger.add_result(message.request, done):
            return  # another worker was first, and hands on; its message comes again if it dies
    elif not redelivered:
        return
    if done.deferred:
        looks = done.attempt - record.restaged.get(str(message.batch), 0)
        seconds = min(ports.retry_seconds * _LONGER ** min(looks, 50), _SLOWEST)
        be_patient(ports, message.request, seconds)
        again = replace(message, attempt=message.attempt + 1)
        ports.queues.send(DELETE, again.to_bytes(), seconds)
    else:
        hand_on(ports, record, message.batch)


def poisoned(ports: Ports, message: DeleteMessage) -> None:
    """End a batch that could not be done however often: what is left of it is `failed`.

    Where what was approved can't be read any more, the whole request is.
    """
    record = ports.ledger.load(message.request)
    if record.status != State.RUNNING or not record.erasing or message.batch not in record.phase:
        return
    if ports.ledger.result(message.request, message.batch, message.attempt) is None:
        try:
            approved = Approved(ports, record)
            if not is_due(ports, record, approved.plan, message):
                return
            batch = _Batch(ports, record, approved, message)
        except (Conflict, Gone, LookupError, TypeError, ValueError):
            fail(ports, record, "what was approved is no longer there as it was")
            return
        ports.ledger.add_result(message.request, batch.failed("the batch failed again and again"))
    hand_on(ports, record, message.batch)


class _Batch:
    """One attempt at one batch."""

    def __init__(
        self, ports: Ports, record: RequestRecord, approved: Approved, message: DeleteMessage
    ) -> None:
        self._ports = ports
        self._record = record
        self._approved = approved
        self._message = message
        self._entries = dict(enumerate(approved.page(message.batch - record.phase.start)))
        self._before: BatchResult | None = None
        self._results: list[dict[str, Any]] = []
        self._new: dict[int, dict[str, Any]] = {}
        if record.restaged.get(str(message.batch)) == message.attempt:
            self._results = self._kept_results()
        elif message.attempt:
            self._before = ports.ledger.result(
                record.request_id, message.batch, message.attempt - 1
            )
        self._pending: dict[str, Any] = {}

    def run(self) -> BatchResult:
        """Give the result of the attempt."""
        acting = [
            (place, entry)
            for place, entry in self._open()
            if not self._decided(place, self._idle(entry))
        ]
        if acting:
            units = Units(
                self._ports,
                self._record,
                self._approved,
                self._message.batch,
                acting,
                self._stops,
            )
            for place, entry, standing in units.run(self._before):
                self._note(place, entry, standing)
        return self._result()

    def failed(self, error: str) -> BatchResult:
        """Give the result in which everything that is open is failed."""
        for place, entry in self._open():
            self._new[place] = AssetResult(entry, Outcome.FAILED, error=error).to_json()
        return self._result()

    def _kept_results(self) -> list[dict[str, Any]]:
        """Give the results that a retry leaves as they are, and forget their entries."""
        batch = self._message.batch
        summaries = self._ports.ledger.results(self._record.request_id)
        before = (s for s in summaries if s.batch == batch and s.attempt < self._message.attempt)
        kept = []
        for summary in attempts_in_force(before)[batch]:
            found = self._ports.ledger.result(self._record.request_id, batch, summary.attempt)
            results = found.results if found else ()
            kept += [r for r in results if r["outcome"] != Outcome.FAILED]
        done = {r["asset"] for r in kept}
        self._entries = {p: e for p, e in self._entries.items() if e.asset not in done}
        return kept

    def _open(self) -> list[tuple[int, PlanEntry]]:
        places = self._entries if self._before is None else self._before.deferred
        return [(place, self._entries[place]) for place in places]

    def _result(self) -> BatchResult:
        return BatchResult(
            self._message.batch,
            self._message.attempt,
            self._before is None,
            (*self._results, *(self._new[place] for place in sorted(self._new))),
            (),
            tuple(sorted(int(place) for place in self._pending)),
            self._message.attempt + 1,
            self._pending,
            tuple(self._events()),
        )

    def _events(self) -> Iterator[dict[str, Any]]:
        """Tell the audit chain of each asset that was deleted or was to be, by its ref."""
        at = stamp(self._ports.now())
        for place in sorted(self._new):
            result = self._new[place]
            if not self._approved.is_acted_on(self._entries[place]):
                continue
            known = ("requested_at", "calls", "answered", "verified_at")
            told = {k: result["evidence"][k] for k in known if k in result["evidence"]}
            detail = {"ref": result["ref"], "outcome": result["outcome"]} | told
            event = "deleted" if result["outcome"] == Outcome.DELETED else "not_deleted"
            yield {"at": at, "event": event, "detail": detail}

    def _idle(self, entry: PlanEntry) -> AssetResult | None:
        """Give the outcome of an entry on which nothing is done; None where it is acted on."""
        if self._approved.is_acted_on(entry):
            return None
        if entry.action == "review":
            if entry.asset in self._approved.included:
                return self._by_hand(entry, entry.reason.partition(": ")[2] or BY_HAND)
            return AssetResult(entry, Outcome.SKIPPED, reason=NOT_INCLUDED)
        if entry.action == "manual":
            return self._by_hand(entry, entry.reason)
        return AssetResult(
            entry, _IDLE[entry.action], reason=entry.reason, error=entry.error, steps=entry.steps
        )

    def _by_hand(self, entry: PlanEntry, reason: str) -> AssetResult:
        """Leave an asset to a person, unless a hold covers it by now."""
        workspace, kind, _ = split_asset(entry.asset)
        holds = in_force(self._ports, workspace)
        holder = holds.of_delete(entry.asset, whole=kind == "workspace")
        if holder is not None:
            return AssetResult(entry, Outcome.RETAINED, reason=f"legal hold {holder}")
        return AssetResult(entry, Outcome.MANUAL, reason=reason, steps=entry.steps)

    def _decided(self, place: int, result: AssetResult | None) -> bool:
        if result is not None:
            self._new[place] = result.to_json()
        return result is not None

    def _stops(self) -> bool:
        """Tell whether the request was cancelled by now."""
        return self._ports.ledger.load(self._record.request_id).stopping

    def _note(self, place: int, entry: PlanEntry, standing: Standing) -> None:
        if standing.result is None:
            self._pending[str(place)] = standing.pending
        else:
            self._new[place] = standing.result.to_json()
            if standing.result.outcome == Outcome.FAILED:
                logger.warning(
                    "request %s: asset %s: %s",
                    self._record.request_id,
                    entry.ref[:16],
                    standing.result.error,
                )
