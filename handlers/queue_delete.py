"""Queue `dsr-delete` and its poison queue: batches of an approved delete."""

import azure.functions as func

from dsr.model.messages import DeleteMessage
from dsr.usecases import erasing
from dsr.wiring import ports
from handlers._queue import last_resort, read

bp = func.Blueprint()


@bp.function_name("erase")
@bp.queue_trigger("msg", "dsr-delete", "DsrStorage")
def erase(msg: func.QueueMessage) -> None:
    """Do one attempt at a batch."""
    message = read(DeleteMessage, msg)
    if message is not None:
        erasing.erase(ports(), message, redelivered=(msg.dequeue_count or 1) > 1)


@bp.function_name("erase_poison")
@bp.queue_trigger("msg", "dsr-delete-poison", "DsrStorage")
def erase_poison(msg: func.QueueMessage) -> None:
    """End a batch as failed."""
    last_resort(DeleteMessage, msg, erasing.poisoned)
