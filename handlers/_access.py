"""Who may call what: the app role that each HTTP function needs where `DSR_ACCESS` is `entra`.

Where it is `keys`, the host has checked the function key, and nothing that a caller sends about
itself is looked at.
"""

from typing import Final

import azure.functions as func

from dsr.errors import Forbidden, Misconfigured
from dsr.model.caller import ANYONE, Caller, Role, parse_principal
from dsr.wiring import ports

HEADER: Final = "X-MS-CLIENT-PRINCIPAL"
"""Set by App Service authentication, which takes it out of what comes from outside."""

POLICY: Final[dict[str, Role | None]] = {
    "submit_request": Role.SUBMIT,
    "list_requests": Role.READ,
    "get_request": Role.READ,
    "cancel_request": Role.SUBMIT,
    "get_plan": Role.READ,
    "get_results": Role.READ,
    "approve_request": Role.APPROVE,
    "reject_request": Role.APPROVE,
    "retry_request": Role.SUBMIT,
    "get_package": Role.READ,
    "get_certificate": Role.READ,
    "get_audit": Role.READ,
    "list_holds": Role.READ,
    "put_hold": Role.APPROVE,
    "delete_hold": Role.APPROVE,
    "list_workspaces": Role.READ,
    "ready": Role.READ,
    "openapi": Role.READ,
    "health": None,
    "keys": None,
}
"""By function, which is one method and route; None lets everybody in. A function without a row
stops the app when it is imported."""


def check(role: Role | None, req: func.HttpRequest) -> None:
    """Let a call go on; raises NotSignedIn, Forbidden, and Misconfigured where nobody signs in."""
    joined = ports()
    if joined.access == "keys":
        return
    if not joined.signs_in:
        raise Misconfigured(
            "DSR_ACCESS: is entra, but App Service authentication is off: turn it on, or set keys"
        )
    if role is None:
        return
    if role not in parse_principal(req.headers.get(HEADER)).roles:
        raise Forbidden(f"this needs the app role {role}; ask who administers the app for it")


def caller(req: func.HttpRequest) -> Caller:
    """Give who calls, for a use case, once `check` has let the call go on."""
    joined = ports()
    if joined.access == "keys":
        return ANYONE
    name = parse_principal(req.headers.get(HEADER)).name
    return Caller(name, joined.fingerprints.principal(name), "authenticated")
