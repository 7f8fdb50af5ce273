"""HTTP: short-lived links to a package."""

import azure.functions as func

from dsr.usecases import viewing
from dsr.wiring import ports
from handlers._http import answers, reply, request_id

bp = func.Blueprint()


@bp.function_name("get_package")
@bp.route("requests/{id}/package", methods=["GET"])
@answers
def get_package(req: func.HttpRequest) -> func.HttpResponse:
    """Issue read-only URLs of the package's parts."""
    return reply(viewing.package(ports(), request_id(req)))
