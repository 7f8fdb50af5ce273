"""Queue `dsr-requests` and its poison queue: requests from a privacy pipeline."""

import azure.functions as func

from dsr.usecases import intake
from dsr.wiring import ports

bp = func.Blueprint()


@bp.function_name("take_request")
@bp.queue_trigger("msg", "dsr-requests", "DsrStorage")
def take_request(msg: func.QueueMessage) -> None:
    """Accept a request; a refused one becomes a `failed` request."""
    intake.submit_message(ports(), msg.get_body(), msg.id or "")


@bp.function_name("take_request_poison")
@bp.queue_trigger("msg", "dsr-requests-poison", "DsrStorage")
def take_request_poison(msg: func.QueueMessage) -> None:
    """Make a request that could not be taken in a `failed` one.

    Where even that fails (settings, storage), this fails too: the host then keeps the message in
    the poison queue, and nothing is lost.
    """
    intake.refuse_message(ports(), msg.get_body(), msg.id or "")
