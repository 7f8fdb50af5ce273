"""Queue `dsr-requests` and its poison queue: requests from a privacy pipeline."""

import logging

import azure.functions as func

from dsr.usecases import intake
from dsr.wiring import ports

logger = logging.getLogger(__name__)
bp = func.Blueprint()


@bp.function_name("take_request")
@bp.queue_trigger("msg", "dsr-requests", "DsrStorage")
def take_request(msg: func.QueueMessage) -> None:
    """Accept a request; a refused one becomes a `failed` request."""
    intake.submit_message(ports(), msg.get_body(), msg.id or "")


@bp.function_name("take_request_poison")
@bp.queue_trigger("msg", "dsr-requests-poison", "DsrStorage")
def take_request_poison(msg: func.QueueMessage) -> None:
    """Make a request that could not be taken in a `failed` one; never fails itself."""
    try:
        intake.refuse_message(ports(), msg.get_body(), msg.id or "")
    except Exception as error:
        logger.error("a poison request could not be recorded: %s", type(error).__name__)
