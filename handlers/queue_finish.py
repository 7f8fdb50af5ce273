"""Queue `dsr-finish` and its poison queue: joining the batches to a package."""

import azure.functions as func

from dsr.model.messages import FinishMessage
from dsr.usecases import finishing
from dsr.wiring import ports
from handlers._queue import last_resort, read

bp = func.Blueprint()


@bp.function_name("finish")
@bp.queue_trigger("msg", "dsr-finish", "DsrStorage")
def finish(msg: func.QueueMessage) -> None:
    """Finish the package, or look again later."""
    message = read(FinishMessage, msg)
    if message is not None:
        finishing.finish(ports(), message)


@bp.function_name("finish_poison")
@bp.queue_trigger("msg", "dsr-finish-poison", "DsrStorage")
def finish_poison(msg: func.QueueMessage) -> None:
    """End a request as failed."""
    last_resort(FinishMessage, msg, finishing.poisoned)
