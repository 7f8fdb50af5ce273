"""Queue `dsr-plan` and its poison queue: the steps of planning."""

import azure.functions as func

from dsr.model.messages import PlanMessage
from dsr.usecases import planning
from dsr.wiring import ports
from handlers._queue import last_resort, read

bp = func.Blueprint()


@bp.function_name("plan")
@bp.queue_trigger("msg", "dsr-plan", "DsrStorage")
def plan(msg: func.QueueMessage) -> None:
    """Do one step of planning."""
    message = read(PlanMessage, msg)
    if message is not None:
        planning.plan(ports(), message, redelivered=(msg.dequeue_count or 1) > 1)


@bp.function_name("plan_poison")
@bp.queue_trigger("msg", "dsr-plan-poison", "DsrStorage")
def plan_poison(msg: func.QueueMessage) -> None:
    """Give up a step of planning."""
    last_resort(PlanMessage, msg, planning.poisoned)
