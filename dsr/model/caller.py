"""Who calls: app roles, the signed-in principal, and what use cases get to know of it."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from dsr.errors import Invalid, NotSignedIn
from dsr.model.strict_json import parse_json

Access = Literal["keys", "entra"]
"""What decides who may call: function keys alone, or app roles of Microsoft Entra ID as well."""
Assurance = Literal["claimed", "authenticated"]
"""How sure it is who approved: a name in the body, or the principal that signed in."""

_ROLES: Final = frozenset({"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"})
_OBJECT: Final = frozenset({"oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"})
_TENANT: Final = frozenset({"tid", "http://schemas.microsoft.com/identity/claims/tenantid"})
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MAX_CLAIMS: Final = 64 * 1024
_UNREADABLE: Final = "the sign-in can't be read; sign in with Microsoft Entra ID and send its token"


class Role(StrEnum):
    """The app roles, as the app's registration in Microsoft Entra ID has to name them."""

    SUBMIT = "Dsr.Submit"
    APPROVE = "Dsr.Approve"
    READ = "Dsr.Read"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or an application that signed in, with its app roles."""

    tenant: str = field(repr=False)
    object_id: str = field(repr=False)
    roles: frozenset[str]

    @property
    def name(self) -> str:
        """Give `tenant/object id`, which is one principal and stays so."""
        return f"{self.tenant}/{self.object_id}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls a use case; with function keys, and by queue, nobody is known.

    `principal` is `tenant/object id`, for the ledger's decisions only; `principal_ref` is its
    fingerprint, for all else.
    """

    principal: str = field(default="", repr=False)
    principal_ref: str = ""
    assurance: Assurance = "claimed"

    @property
    def authenticated(self) -> bool:
        """Tell whether the platform has said who this is."""
        return self.assurance == "authenticated"

    @property
    def mark(self) -> str:
        """Give the name of the caller for a line of the log."""
        return self.principal_ref[:16] or "key"


ANYONE: Final = Caller()
"""The caller where nobody is identified."""


def parse_principal(header: str | None) -> Principal:
    """Read the value of `X-MS-CLIENT-PRINCIPAL`, which App Service authentication sets.

    Raises NotSignedIn where it is missing, malformed, not of Microsoft Entra ID, or does not say
    exactly one object id and one tenant. No text of it is in the error.
    """
    if not header:
        raise NotSignedIn("nobody is signed in; send a token of Microsoft Entra ID for this app")
    try:
        decoded = base64.b64decode(header, validate=True)
        value = parse_json(decoded, _MAX_CLAIMS)
        claims = _claims(value)
        types = _ROLES | ({value["role_typ"]} if value.get("role_typ") else set())
        return Principal(
            _only(claims, _TENANT), _only(claims, _OBJECT), frozenset(_values(claims, types))
        )
    except (binascii.Error, ValueError, Invalid):
        raise NotSignedIn(_UNREADABLE) from None


def _claims(value: Any) -> list[tuple[str, str]]:
    """Give types and values of the claims; raises ValueError where they have another form."""
    if not isinstance(value, dict) or value.get("auth_typ") != "aad":
        raise ValueError
    claims, role_type = value.get("claims"), value.get("role_typ")
    if not isinstance(claims, list) or not isinstance(role_type, str | None):
        raise ValueError
    found = []
    for claim in claims:
        if not isinstance(claim, dict):
            raise ValueError
        kind, text = claim.get("typ"), claim.get("val")
        if not isinstance(kind, str) or not isinstance(text, str):
            raise ValueError
        found.append((kind, text))
    return found


def _values(claims: list[tuple[str, str]], types: frozenset[str] | set[str]) -> set[str]:
    return {text for kind, text in claims if kind in types}


def _only(claims: list[tuple[str, str]], types: frozenset[str]) -> str:
    """Give the one GUID that claims of these types say; raises ValueError where it is not one."""
    (found,) = {text.lower() for text in _values(claims, types)}
    if not _GUID.fullmatch(found):
        raise ValueError
    return found
