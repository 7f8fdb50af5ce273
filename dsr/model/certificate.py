"""What a certificate states: the form of its claims over one request that ended.

Whoever checks one imports this, so it needs nothing but the standard library.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from dsr.model.canonical import rfc8785
from dsr.model.states import State

WITH_CERTIFICATE: Final = (State.COMPLETED, State.COMPLETED_WITH_EXCEPTIONS, State.CANCELLED)
"""The ends that a certificate states; cancelled is a delete that was stopped half-way."""

VERSION: Final = "0.1.0"
"""The app's own version."""
ISSUER: Final = "dsr-processor"
TYPE: Final = "dsr-certificate+jwt"
"""The `typ` in a certificate's header, so that nothing else that the key signs passes for one."""
ASSURANCES: Final = ("claimed", "authenticated", "automatic")

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_COUNTS: Final = frozenset(
    {"total", "unattributed", "exported", "deleted", "manual", "retained", "skipped", "failed"}
)


class OutcomesDigest:
    """SHA-256 over what became of each asset: canonical lines `{"outcome","ref"}`, in order.

    The order is that of GET results.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def take(self, results: Iterable[Mapping[str, Any]]) -> None:
        """Take in further entries of GET results."""
        for entry in results:
            line = {"ref": entry["ref"], "outcome": str(entry["outcome"])}
            self._digest.update(rfc8785(line) + b"\n")

    def hexdigest(self) -> str:
        """Give the digest over all that was taken in."""
        return self._digest.hexdigest()


def stated(jws: str) -> dict[str, Any]:
    """Give the claims of a compact JWS, unchecked; none where it is something else."""
    try:
        part = jws.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (LookupError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def misshapen(found: dict[str, Any]) -> list[str]:
    """Name the claims of a certificate that are missing, unknown or of another form."""
    known = {
        "iss": found.get("iss") == ISSUER,
        "version": _is_text(found.get("version")),
        "certificate": _is_count(found.get("certificate"), 1),
        "iat": _is_count(found.get("iat")),
        "request_id": _is_text(found.get("request_id")),
        "type": found.get("type") in ("export", "delete"),
        "regulation": _is_text(found.get("regulation")),
        "received_at": _is_time(found.get("received_at")),
        "due_at": _is_time(found.get("due_at")),
        "completed_at": _is_time(found.get("completed_at")),
        "status": found.get("status") in WITH_CERTIFICATE,
        "plan_hash": _is_hash(found.get("plan_hash")),
        "counts": _is_counts(found.get("counts")),
        "outcomes_sha256": _is_hash(found.get("outcomes_sha256")),
        "audit": _is_head(found.get("audit")),
        "approver_assurance": found.get("approver_assurance") in ASSURANCES,
        "recoverable": _is_recoverable(found.get("recoverable")),
        "package": "package" in found and _is_seal(found["package"]),
        # of a delete that more than one person had to approve
        "approvals": "approvals" not in found or _is_count(found["approvals"], 2),
    }
    return [name for name, right in known.items() if not right] + sorted(set(found) - set(known))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_count(value: Any, least: int = 0) -> bool:
    return type(value) is int and value >= least


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _is_time(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _is_counts(value: Any) -> bool:
    shaped = isinstance(value, dict) and set(value) == _COUNTS
    return shaped and all(map(_is_count, value.values()))


def _is_head(value: Any) -> bool:
    shaped = isinstance(value, dict) and set(value) == {"seq", "hash"}
    return shaped and _is_count(value["seq"]) and _is_hash(value["hash"])


def _is_recoverable(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(member, dict)
        and set(member) == {"what", "until", "count"}
        and _is_text(member["what"])
        and (member["until"] is None or _is_text(member["until"]))
        and _is_count(member["count"])
        for member in value
    )


def _is_seal(value: Any) -> bool:
    if value is None:
        return True
    return (
        isinstance(value, dict)
        and set(value) == {"tagmanifest_sha256"}
        and _is_hash(value["tagmanifest_sha256"])
    )
