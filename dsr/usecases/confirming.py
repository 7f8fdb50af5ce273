"""Deletes that more than one person has to approve: of a whole workspace that is then purged.

How many, the workspace's own kind says (`Kind.confirmations`). Such a delete is a request of its
own, and each approval is of another person, of the same plan, and includes the same.
"""

from typing import Any, Final

from dsr.errors import Conflict, Invalid, Problem
from dsr.model.caller import Caller
from dsr.model.matching import folded
from dsr.model.record import RequestRecord
from dsr.model.request import DsrRequest
from dsr.usecases.ports import Ports

_ALONE: Final = (
    "has to name one workspace alone: deleting one of these takes a request of its own, which two "
    "people approve; send a request for each"
)
_NEVER_AUTOMATIC: Final = (
    "can't be automatic: two people have to approve deleting this workspace; say required, or "
    "leave it out"
)


def needed(ports: Ports, request: DsrRequest, workspaces: tuple[str, ...]) -> int:
    """Give how many people have to approve a request: 1 but for workspaces that are purged."""
    if request.type != "delete" or request.scope.select != "workspace":
        return 1
    own = [ports.connector(name).own for name in workspaces if name in ports.targets]
    return max((kind.confirmations for kind in own if kind.erasable), default=1)


def check_request(ports: Ports, request: DsrRequest, workspaces: tuple[str, ...]) -> None:
    """Refuse a request that such a delete can't be part of; raises Invalid."""
    if needed(ports, request, workspaces) == 1:
        return
    problems = []
    if len(workspaces) > 1:
        problems.append(Problem("/scope/workspaces", _ALONE))
    if request.approval == "automatic":
        problems.append(Problem("/approval", _NEVER_AUTOMATIC))
    if problems:
        raise Invalid(problems)


def approver_mark(ports: Ports, caller: Caller, said: str) -> str:
    """Give what tells one approver from another: who signed in, or the name that was said."""
    return caller.principal_ref or ports.fingerprints.ref(f"approver:{folded(said)}")


def is_repeated(ports: Ports, record: RequestRecord, mark: str, include: list[str]) -> bool:
    """Tell whether this very approval was given before; it counts once.

    Raises Conflict where it includes other entries than the approvals before.
    """
    if not record.approved_by:
        return False
    before = ports.deletes.approval(record.request_id, record.approval)
    if before != frozenset(include):
        raise Conflict(
            "include is not that of the first approval; name the same entries, or reject the "
            "request and submit it again"
        )
    return mark in record.approved_by


def told(record: RequestRecord) -> dict[str, Any]:
    """Give the member of status and plan that says how many approvals there are; {} for one."""
    if record.confirmations == 1:
        return {}
    return {"approvals": {"needed": record.confirmations, "given": len(record.approved_by)}}
