"""Ends without a package: what they leave behind is deleted."""

import logging

from dsr.model.record import RequestRecord
from dsr.model.states import State
from dsr.usecases.chaining import chain
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)


def fail(ports: Ports, record: RequestRecord, why: str) -> None:
    """End a request as `failed`, unless it has ended; `why` is shown as its problem."""
    problem = {"pointer": "", "detail": f"{why}; see docs/troubleshooting.md and the app's log"}
    after = ports.ledger.update(
        record.request_id,
        lambda r: (
            None
            if r.final
            else r.become(State.FAILED, ports.now(), problems=(*r.problems, problem))
        ),
    )
    logger.error("request %s failed: %s", record.request_id, why)
    if after.package is None:
        discard(ports, after)
    chain(ports, after)


def discard(ports: Ports, record: RequestRecord) -> None:
    """Delete what an end without a package left of it: also blocks that no listing shows.

    Whatever stands at the package's name goes, a blob of somebody else's too. To look first would
    leave bytes behind: what is under way can be committed between the look and the delete, and a
    half-made package is not told from a foreign blob. The name belongs to the request.
    """
    sealed = ports.ledger.plan(record.request_id)
    parts = max(sealed.parts, default=1) if sealed else 1
    ports.packages.discard(record.request_id, parts)
