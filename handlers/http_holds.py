"""HTTP: legal holds."""

import azure.functions as func

from dsr.usecases import holding
from dsr.wiring import ports
from handlers._access import caller
from handlers._http import answers, reply

bp = func.Blueprint()


@bp.function_name("list_holds")
@bp.route("holds", methods=["GET"])
@answers
def list_holds(req: func.HttpRequest) -> func.HttpResponse:
    """List all holds, expired ones too."""
    return reply(holding.listed(ports()))


@bp.function_name("put_hold")
@bp.route("holds/{name}", methods=["PUT"])
@answers
def put_hold(req: func.HttpRequest) -> func.HttpResponse:
    """Put a hold under a name: 201, or 200 where it took the place of another."""
    name = req.route_params.get("name", "")
    hold, new = holding.put(ports(), name, req.get_body(), caller(req))
    return reply(hold, 201 if new else 200)


@bp.function_name("delete_hold")
@bp.route("holds/{name}", methods=["DELETE"])
@answers
def delete_hold(req: func.HttpRequest) -> func.HttpResponse:
    """End a hold: 204."""
    holding.remove(ports(), req.route_params.get("name", ""), caller(req))
    return func.HttpResponse(status_code=204, headers={"Cache-Control": "no-store"})
