"""HTTP: the API's description."""

import azure.functions as func

from handlers._http import answers, reply

bp = func.Blueprint()


@bp.function_name("openapi")
@bp.route("openapi.json", methods=["GET"])
@answers
def openapi(req: func.HttpRequest) -> func.HttpResponse:
    """Give the OpenAPI 3.1 document."""
    from handlers._openapi import document  # large, and rarely asked for

    return reply(document())
