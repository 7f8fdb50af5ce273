"""Queue `dsr-export` and its poison queue: batches of a package."""

import azure.functions as func

from dsr.model.messages import ExportMessage
from dsr.usecases import exporting
from dsr.wiring import ports
from handlers._queue import last_resort, read

bp = func.Blueprint()


@bp.function_name("export")
@bp.queue_trigger("msg", "dsr-export", "DsrStorage")
def export(msg: func.QueueMessage) -> None:
    """Do one attempt at a batch."""
    message = read(ExportMessage, msg)
    if message is not None:
        exporting.export(ports(), message)


@bp.function_name("export_poison")
@bp.queue_trigger("msg", "dsr-export-poison", "DsrStorage")
def export_poison(msg: func.QueueMessage) -> None:
    """End a batch as failed."""
    last_resort(ExportMessage, msg, exporting.poisoned)
