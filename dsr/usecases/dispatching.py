"""Handing out the work of a sealed plan, and telling the finisher when all of it is done."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from dsr.model.messages import EXPORT, FINISH, ExportMessage, FinishMessage
from dsr.model.outcome import BatchSummary, in_force, is_done
from dsr.model.plan import Plan
from dsr.model.record import RequestRecord
from dsr.usecases.listing import is_record_page
from dsr.usecases.ports import Ports

FIRST_LOOK: Final = 5.0
"""Seconds before the finisher's first look; each further one waits twice as long."""
_REMEMBERED: Final = 1024
_NEAR: Final = 16
"""How many batches before the last one their workers look whether all are there."""


def dispatch(ports: Ports, record: RequestRecord) -> None:
    """Send a message a batch, then the finisher's first; batches that are done drop theirs."""
    sealed = ports.ledger.plan(record.request_id)
    if sealed is None:
        return
    # records last: they are quick, and a host that has taken its fill of messages takes no more
    # before half of them are done
    order = sorted(range(len(sealed.pages)), key=lambda b: is_record_page(sealed.pages[b].name))
    for batch in order:
        ports.queues.send(EXPORT, batch_message(record, sealed, batch).to_bytes())
    ports.queues.send(FINISH, FinishMessage(record.request_id).to_bytes(), FIRST_LOOK)


def batch_message(
    record: RequestRecord, sealed: Plan, batch: int, attempt: int = 0, whole: bool = True
) -> ExportMessage:
    """Give the message of one attempt at a batch."""
    page = sealed.pages[batch].name
    return ExportMessage(record.request_id, batch, page, sealed.parts[batch], attempt, whole)


def batches_done(record: RequestRecord, summaries: Iterable[BatchSummary]) -> int:
    """Count the batches, of those that the request works on now, of which nothing is left."""
    return sum(
        is_done(attempts, record.restaged.get(str(batch), 0))
        for batch, attempts in of_phase(record, summaries).items()
    )


def of_phase(
    record: RequestRecord, summaries: Iterable[BatchSummary]
) -> dict[int, list[BatchSummary]]:
    """Give the attempts in force of the batches that the request works on now."""
    return {b: a for b, a in in_force(summaries).items() if b in record.phase}


class UnderWay:
    """Counts the batches that this process works on, by request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._ended: dict[str, None] = {}

    @contextlib.contextmanager
    def batch(self, request_id: str) -> Iterator[None]:
        """Count a batch while it is worked on."""
        with self._lock:
            self._counts[request_id] += 1
            self._ended.pop(request_id, None)
        try:
            yield
        finally:
            with self._lock:
                self._counts[request_id] -= 1
                if not self._counts[request_id]:
                    del self._counts[request_id]

    def any(self, request_id: str) -> bool:
        """Tell whether there is one."""
        with self._lock:
            return self._counts[request_id] > 0

    def ends(self, request_id: str) -> bool:
        """Tell, to one caller alone, that the batches are done, until another one is begun."""
        with self._lock:
            first = request_id not in self._ended
            self._ended[request_id] = None
            while len(self._ended) > _REMEMBERED:
                del self._ended[next(iter(self._ended))]
        return first


UNDER_WAY: Final = UnderWay()


def nudge(ports: Ports, record: RequestRecord, message: ExportMessage) -> None:
    """Have the finisher look at once where a batch that was just done was the last of all.

    Its own looks come with growing delays, so that a long export costs few of them. Only batches
    near the end look, and those that were tried again, and of those of one process the last one;
    where no worker sees the end, because the last one died, the finisher's next look does.
    """
    late = message.attempt > 0 or is_record_page(message.page)
    near = late or message.batch >= record.batches - _NEAR
    if not near or UNDER_WAY.any(record.request_id):
        return  # far from the end, or another batch of this process will look
    done = batches_done(record, ports.ledger.results(record.request_id)) >= record.batches
    # batches that end together see it together; a package is made by one finisher, not by each
    if done and UNDER_WAY.ends(record.request_id):
        finish = FinishMessage(record.request_id, record.finish_attempt, nudge=True)
        ports.queues.send(FINISH, finish.to_bytes())
