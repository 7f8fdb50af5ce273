"""HTTP: the configured workspaces."""

import azure.functions as func

from dsr.wiring import ports
from handlers._http import answers, reply

bp = func.Blueprint()


@bp.function_name("list_workspaces")
@bp.route("workspaces", methods=["GET"])
@answers
def list_workspaces(req: func.HttpRequest) -> func.HttpResponse:
    """List the configured targets, with no secret in them."""
    return reply({"items": [target.to_json() for target in ports().targets.values()]})
