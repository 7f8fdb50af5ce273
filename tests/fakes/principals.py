"""The header by which App Service authentication says who signed in."""

import base64
import json
from typing import Any

HEADER = "X-MS-CLIENT-PRINCIPAL"
TENANT = "72f988bf-0000-4000-8000-2d7cd011db47"
ALICE = "aaaaaaaa-0000-4000-8000-000000000001"
BOB = "bbbbbbbb-0000-4000-8000-000000000002"
ROLE_TYPE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
OBJECT_TYPE = "http://schemas.microsoft.com/identity/claims/objectidentifier"
TENANT_TYPE = "http://schemas.microsoft.com/identity/claims/tenantid"


def claim(kind: str, value: Any) -> dict[str, Any]:
    return {"typ": kind, "val": value}


def document(*roles: str, who: str = ALICE, tenant: str = TENANT, **changes: Any) -> dict[str, Any]:
    """What the header holds, with changes; None takes a member out."""
    claims = [
        claim("aud", "api://dsr"),
        claim(OBJECT_TYPE, who),
        claim(TENANT_TYPE, tenant),
        claim("preferred_username", "alice@example.org"),
        *(claim("roles", role) for role in roles),
    ]
    whole = {"auth_typ": "aad", "claims": claims, "name_typ": "name", "role_typ": ROLE_TYPE}
    return {k: v for k, v in (whole | changes).items() if v is not None}


def encoded(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def signed_in(*roles: str, who: str = ALICE) -> dict[str, str]:
    """Give the header of somebody who has these roles."""
    return {HEADER: encoded(document(*roles, who=who))}
