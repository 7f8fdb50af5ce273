"""HTTP: submit, list, read and cancel requests; their plans and results."""

import azure.functions as func

from dsr.errors import Invalid, Problem
from dsr.model.states import State
from dsr.usecases import intake, steering, viewing
from dsr.wiring import ports
from handlers._access import caller
from handlers._http import answers, reply, request_id

bp = func.Blueprint()


@bp.function_name("submit_request")
@bp.route("requests", methods=["POST"])
@answers
def submit_request(req: func.HttpRequest) -> func.HttpResponse:
    """Accept a request: 202, or 200 where the same one is there already."""
    record, new = intake.submit(ports(), req.get_body(), caller=caller(req))
    location = {"Location": f"/api/requests/{record.request_id}"}
    return reply(viewing.document(ports(), record), 202 if new else 200, location)


@bp.function_name("list_requests")
@bp.route("requests", methods=["GET"])
@answers
def list_requests(req: func.HttpRequest) -> func.HttpResponse:
    """List requests, newest first."""
    filters = req.params
    problems = []
    if filters.get("status") not in (None, "", *State):
        problems.append(Problem("/status", f"has to be one of {', '.join(State)}"))
    if filters.get("type") not in (None, "", "export", "delete"):
        problems.append(Problem("/type", "has to be export or delete"))
    if filters.get("overdue") not in (None, "", "true", "false"):
        problems.append(Problem("/overdue", "has to be true or false"))
    if problems:
        raise Invalid(problems)
    overdue = {"true": True, "false": False}.get(filters.get("overdue", ""))
    page = viewing.page_number(filters.get("page"))
    found = viewing.requests(
        ports(), page, filters.get("status") or None, filters.get("type") or None, overdue
    )
    return reply(found)


@bp.function_name("get_request")
@bp.route("requests/{id}", methods=["GET"])
@answers
def get_request(req: func.HttpRequest) -> func.HttpResponse:
    """Give the status document."""
    return reply(viewing.status(ports(), request_id(req)))


@bp.function_name("cancel_request")
@bp.route("requests/{id}", methods=["DELETE"])
@answers
def cancel_request(req: func.HttpRequest) -> func.HttpResponse:
    """Cancel an export until its package is committed, a delete at its next asset."""
    record = steering.cancel(ports(), request_id(req), caller(req))
    return reply(viewing.document(ports(), record))


@bp.function_name("get_plan")
@bp.route("requests/{id}/plan", methods=["GET"])
@answers
def get_plan(req: func.HttpRequest) -> func.HttpResponse:
    """Give a page of the plan."""
    page = viewing.page_number(req.params.get("page"))
    return reply(viewing.plan(ports(), request_id(req), page))


@bp.function_name("get_results")
@bp.route("requests/{id}/results", methods=["GET"])
@answers
def get_results(req: func.HttpRequest) -> func.HttpResponse:
    """Give a page of the results."""
    page = viewing.page_number(req.params.get("page"))
    return reply(viewing.results(ports(), request_id(req), page))
