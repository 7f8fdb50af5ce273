"""HTTP: the configured workspaces."""

import azure.functions as func

from dsr.wiring import ports
from handlers._http import answers, reply

bp = func.Blueprint()


@bp.function_name("list_workspaces")
@bp.route("workspaces", methods=["GET"])
@answers
def list_workspaces(req: func.HttpRequest) -> func.HttpResponse:
    """List the targets, configured and found, with no secret in them; and what is not listed."""
    known = ports()
    unlisted = [{"name": name, "detail": why} for name, why in known.unlisted().items()]
    shown = {"items": [target.to_json() for target in known.targets.values()]}
    return reply(shown | {"problems": unlisted} if unlisted else shown)
