"""HTTP: the public key that certificates are checked with."""

import azure.functions as func

from dsr.usecases import certifying
from dsr.wiring import ports
from handlers._http import answers, reply

bp = func.Blueprint()


@bp.function_name("keys")
@bp.route("keys", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@answers
def keys(req: func.HttpRequest) -> func.HttpResponse:
    """Give the public key as a JWK set; without a signing key the set is empty."""
    return reply(certifying.keys(ports()))
