"""HTTP: approve and reject plans, run again what failed."""

import azure.functions as func

from dsr.usecases import deciding, steering, viewing
from dsr.wiring import ports
from handlers._access import caller
from handlers._http import answers, reply, request_id

bp = func.Blueprint()


@bp.function_name("approve_request")
@bp.route("requests/{id}/approve", methods=["POST"])
@answers
def approve_request(req: func.HttpRequest) -> func.HttpResponse:
    """Approve the current plan."""
    record = deciding.approve(ports(), request_id(req), req.get_body(), caller(req))
    return reply(viewing.document(ports(), record))


@bp.function_name("reject_request")
@bp.route("requests/{id}/reject", methods=["POST"])
@answers
def reject_request(req: func.HttpRequest) -> func.HttpResponse:
    """End a request before anything was touched."""
    record = deciding.reject(ports(), request_id(req), req.get_body(), caller(req))
    return reply(viewing.document(ports(), record))


@bp.function_name("retry_request")
@bp.route("requests/{id}/retry", methods=["POST"])
@answers
def retry_request(req: func.HttpRequest) -> func.HttpResponse:
    """Run again what failed of a delete."""
    record = steering.retry(ports(), request_id(req), caller(req))
    return reply(viewing.document(ports(), record), 202)
