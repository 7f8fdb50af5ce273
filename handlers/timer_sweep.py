"""Timer: the sweeper."""

import azure.functions as func

from dsr.usecases import sweeping
from dsr.wiring import ports

bp = func.Blueprint()


@bp.function_name("sweep")
@bp.timer_trigger("timer", "0 */5 * * * *", run_on_startup=False)
def sweep(timer: func.TimerRequest) -> None:
    """Send again what stopped, delete what has expired, erase subjects."""
    sweeping.sweep(ports())
