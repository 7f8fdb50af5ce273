"""The end of a request that did all it could: its chain, its certificate, its final state."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from dsr.errors import NotFound
from dsr.model.certificate import ISSUER, VERSION, OutcomesDigest, stated
from dsr.model.chain import Event, Head
from dsr.model.outcome import BatchResult
from dsr.model.record import PackageInfo, RequestRecord, stamp
from dsr.model.states import WITH_PACKAGE, State
from dsr.usecases.chaining import chain, ends_as, of_batch
from dsr.usecases.evidence_ports import Signer
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)

_NO_KEYS: Final[dict[str, Any]] = {"keys": []}


class Gathered:
    """What the evidence takes from the results in force, while they pass by once and in order."""

    def __init__(self) -> None:
        self.outcomes = OutcomesDigest()
        self.events: list[Event] = []

    def take(self, result: BatchResult) -> None:
        """Take a result's outcomes and events."""
        self.outcomes.take(result.results)
        self.events += of_batch(result)


def complete(
    ports: Ports,
    record: RequestRecord,
    gathered: Gathered,
    package: PackageInfo | None = None,
    recoverable: Iterable[dict[str, Any]] = (),
) -> RequestRecord:
    """End a `verifying` request for good; give its state, another one if it ended otherwise.

    First it is settled, after which nothing but this can follow; then come the chain, the
    certificate where there is a key, and the final state. Each step finds what an earlier run
    left, so a run that died may be repeated, and several at once make one chain and one
    certificate. `recoverable` are members `{"what", "until", "count"}`: what can still be brought
    back, until when (None: nobody knows), of how many assets.
    """
    record = _settle(ports, record)
    if record.status != State.VERIFYING:
        return record
    done = [*gathered.events, *_sealed(record, package)]
    head = chain(ports, record, done)
    number = record.certificates
    if ports.signer is not None:
        claims = _claims(record, gathered, head, package, recoverable)
        number = _certify(ports, ports.signer, record, claims)
    mine = False

    def completed(r: RequestRecord) -> RequestRecord | None:
        nonlocal mine
        mine = r.status == State.VERIFYING
        if not mine:
            return None
        made = package or r.package
        return r.become(ends_as(r), ports.now(), package=made, certificates=number)

    after = ports.ledger.update(record.request_id, completed)
    if mine:
        logger.info("request %s is %s: %d assets", after.request_id, after.status, after.total)
    return after


def certificate(ports: Ports, request_id: str) -> str:
    """Give the newest certificate of a request; raises NotFound where there is none."""
    record = ports.ledger.load(request_id)
    found = (
        ports.trail.certificate(request_id, record.certificates) if record.certificates else None
    )
    if found is not None:
        return found
    if not record.final:
        raise NotFound("the request has no certificate yet")
    if record.status in WITH_PACKAGE and not record.plan_only:
        raise NotFound("the request has no certificate: DSR_SIGNING_KEY was not set when it ended")
    raise NotFound("the request has no certificate: nothing was done that one could state")


def audit(ports: Ports, request_id: str) -> bytes:
    """Give the audit chain of a request; raises NotFound where there is none yet."""
    ports.ledger.load(request_id)
    found = ports.trail.read(request_id)
    if found is None:
        raise NotFound("the request has no audit chain yet; it begins with a decision or the end")
    return found


def keys(ports: Ports) -> dict[str, Any]:
    """Give the public part of the signing key as a JWK set, an empty one where there is none."""
    return _NO_KEYS if ports.signer is None else ports.signer.jwks()


def _settle(ports: Ports, record: RequestRecord) -> RequestRecord:
    """Write down that all is done: from here on no cancellation and no failure gets in between."""
    now = ports.now()
    return ports.ledger.update(
        record.request_id,
        lambda r: (
            replace(r, settled_at=now)
            if r.status == State.VERIFYING and r.settled_at is None
            else None
        ),
    )


def _sealed(record: RequestRecord, package: PackageInfo | None) -> list[Event]:
    if package is None or record.settled_at is None:
        return []
    detail = {
        "parts": len(package.parts),
        "bytes": sum(size for _, size in package.parts),
        "tagmanifest_sha256": package.tagmanifest_sha256,
    }
    return [Event("package_sealed", stamp(record.settled_at), detail)]


def _claims(
    record: RequestRecord,
    gathered: Gathered,
    head: Head,
    package: PackageInfo | None,
    recoverable: Iterable[dict[str, Any]],
) -> dict[str, Any]:
    """Give all claims but `certificate` and `iat`; they come from the ledger, so whoever makes
    them gets the same.
    """
    # who approved is as sure as the record says; else nobody had to, or the body named somebody
    assurance = "claimed" if record.needs_approval else "automatic"
    return {
        "iss": ISSUER,
        "version": VERSION,
        "request_id": record.request_id,
        "type": record.type,
        "regulation": record.regulation,
        "received_at": stamp(record.received_at),
        "due_at": stamp(record.due_at),
        "completed_at": stamp(record.settled_at or record.updated_at),
        "status": ends_as(record).value,
        "plan_hash": record.plan_hash,
        "counts": record.counts(),
        "outcomes_sha256": gathered.outcomes.hexdigest(),
        "audit": {"seq": head.seq, "hash": head.hash},
        "approver_assurance": record.approver_assurance or assurance,
        "recoverable": list(recoverable),
        "package": package and {"tagmanifest_sha256": package.tagmanifest_sha256},
    } | ({"approvals": len(record.approved_by)} if record.confirmations > 1 else {})


def _certify(ports: Ports, signer: Signer, record: RequestRecord, claims: dict[str, Any]) -> int:
    """Store a certificate with these claims, unless there is one; give its number."""
    number = record.certificates + 1
    while True:
        claims = claims | {"certificate": number, "iat": int(ports.now().timestamp())}
        if ports.trail.add_certificate(record.request_id, number, signer.sign(claims)):
            logger.info("request %s: certificate %d made", record.request_id, number)
            return number
        there = ports.trail.certificate(record.request_id, number)
        if there is not None and stated(there) | {"iat": claims["iat"]} == claims:
            return number
        number += 1  # what stands there states something else: left by a run that was undone
