"""HTTP: whether the app is alive, and whether it is ready for work."""

import azure.functions as func

from dsr.usecases import readiness
from dsr.wiring import ports
from handlers._http import answers, reply

bp = func.Blueprint()


@bp.function_name("health")
@bp.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    """Say that the app is alive, and nothing else."""
    return reply({"status": "ok"})


@bp.function_name("ready")
@bp.route("ready", methods=["GET"])
@answers
def ready(req: func.HttpRequest) -> func.HttpResponse:
    """Check settings, containers and queues: 200, or 503 that names each problem."""
    checks = readiness.check(ports())
    return reply(checks, 200 if checks["status"] == "ready" else 503)
