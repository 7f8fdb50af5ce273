"""HTTP: what proves what was done: the certificate and the audit chain of a request."""

import azure.functions as func

from dsr.usecases import certifying
from dsr.wiring import ports
from handlers._http import answers, plain, request_id

bp = func.Blueprint()


@bp.function_name("get_certificate")
@bp.route("requests/{id}/certificate", methods=["GET"])
@answers
def get_certificate(req: func.HttpRequest) -> func.HttpResponse:
    """Give the newest certificate, a compact JWS."""
    found = certifying.certificate(ports(), request_id(req))
    return plain(found.encode(), "application/jose")


@bp.function_name("get_audit")
@bp.route("requests/{id}/audit", methods=["GET"])
@answers
def get_audit(req: func.HttpRequest) -> func.HttpResponse:
    """Give the audit chain, a line an event."""
    return plain(certifying.audit(ports(), request_id(req)), "application/x-ndjson")
