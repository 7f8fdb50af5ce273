"""Handing out the work of a sealed plan: a message a batch, then the finisher's first."""

from dsr.model.messages import EXPORT, FINISH, ExportMessage, FinishMessage
from dsr.model.plan import Plan
from dsr.model.record import RequestRecord
from dsr.usecases.ports import Ports


def dispatch(ports: Ports, record: RequestRecord) -> None:
    """Send a message a batch, then the finisher's first; batches that are done drop theirs."""
    sealed = ports.ledger.plan(record.request_id)
    if sealed is None:
        return
    for batch in range(len(sealed.pages)):
        ports.queues.send(EXPORT, batch_message(record, sealed, batch).to_bytes())
    ports.queues.send(FINISH, FinishMessage(record.request_id).to_bytes(), 1)


def batch_message(
    record: RequestRecord, sealed: Plan, batch: int, attempt: int = 0, whole: bool = True
) -> ExportMessage:
    """Give the message of one attempt at a batch."""
    page = sealed.pages[batch].name
    return ExportMessage(record.request_id, batch, page, sealed.parts[batch], attempt, whole)
