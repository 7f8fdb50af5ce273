"""Planning: a message a workspace, and one a further page; who stores the last seals the plan."""

import logging
from dataclasses import replace
from typing import Any

from dsr.errors import NotFound, ServiceError, Unavailable
from dsr.model.asset import Notice
from dsr.model.listing import Listing, ListingSummary
from dsr.model.messages import PLAN, PlanMessage
from dsr.model.plan import seal
from dsr.model.record import RequestRecord
from dsr.model.states import State
from dsr.usecases.beginning import begin
from dsr.usecases.chaining import chain
from dsr.usecases.confirming import needed
from dsr.usecases.correlation import about
from dsr.usecases.ending import fail
from dsr.usecases.listing import give_up, listing_key
from dsr.usecases.ports import Ports
from dsr.usecases.retrying import ATTEMPTS, be_patient, delay
from dsr.usecases.surveying import Survey

logger = logging.getLogger(__name__)


def plan(ports: Ports, message: PlanMessage, redelivered: bool = False) -> None:
    """Do one step of planning; messages of requests that are past it are dropped.

    `redelivered` tells that an earlier delivery of this very message did not end well: it may
    have died between sealing the plan and handing out the work.
    """
    try:
        record = ports.ledger.load(message.request)
    except NotFound:
        logger.warning("request %s is not in the ledger; message dropped", message.request)
        return
    if record.status in (State.RECEIVED, State.PLANNING):
        with about(message.request):
            _Planning(ports, record).step(message, redelivered)
    elif record.status == State.RUNNING and (message.step == "dispatch" or redelivered):
        begin(ports, record, message.attempt)


def poisoned(ports: Ports, message: PlanMessage) -> None:
    """Give up a step that could not be done however often: its kind fails, others go on."""
    record = ports.ledger.load(message.request)
    if record.final:
        return
    if message.step == "dispatch" or record.status not in (State.RECEIVED, State.PLANNING):
        fail(ports, record, "the work could not be handed out")
    elif message.step == "start":
        fail(ports, record, "planning could not be started")
    else:
        error = ServiceError("planning of this kind failed again and again")
        with about(message.request):
            _Planning(ports, record).give_up(message, error)


class _Planning:
    """The planning of one request, as one message sees it."""

    def __init__(self, ports: Ports, record: RequestRecord) -> None:
        self._ports = ports
        self._id = record.request_id
        self._request, self._nonce = ports.ledger.request(record.request_id)
        self._survey = Survey(ports, record, self._request)
        self._own: dict[str, Listing] = {}
        self._deletes = record.type == "delete"

    def step(self, message: PlanMessage, redelivered: bool) -> None:
        """Do what a message asks for."""
        if message.step == "start":
            self._start(redelivered)
            return
        try:
            self._list(message)
        except ServiceError as error:
            if give_up(error, message.attempt, ATTEMPTS):
                self.give_up(message, error)
                return
            logger.info("request %s: %s; again later", self._id, error)
            asked = error.retry_after if isinstance(error, Unavailable) else 0.0
            self._send(replace(message, attempt=message.attempt + 1), asked)

    def _start(self, redelivered: bool) -> None:
        """List whatever is not listed yet: the first workspace at once, others by messages.

        Where this message did not end well before, all go by messages of their own, so that one
        workspace that can't be listed is not the end of the request.
        """
        now = self._ports.now()
        record = self._ports.ledger.update(
            self._id,
            lambda r: r.become(State.PLANNING, now) if r.status == State.RECEIVED else None,
        )
        if record.status != State.PLANNING:
            return
        done = self._ports.ledger.listings(self._id)
        missing = list(self._survey.missing(done))
        if not missing:
            self._seal(done)
            return
        for message in missing if redelivered else missing[1:]:
            self._send(message)
        if not redelivered:
            self.step(missing[0], redelivered)

    def _list(self, message: PlanMessage) -> None:
        done = self._ports.ledger.listings(self._id)
        key = _key(message)
        if key not in done:
            if not self._is_missing(done, message):
                return
            if message.step == "workspace":
                listing = self._survey.workspace(message.workspace)
            else:
                listing = self._survey.page(message)
            self._add(done, key, listing)
        self._go_on(done, message)

    def _is_missing(self, done: dict[str, ListingSummary], message: PlanMessage) -> bool:
        """Tell whether a step is one that planning waits for; no message may add others."""
        if replace(message, attempt=0) in self._survey.missing(done):
            return True
        logger.warning("request %s waits for no such step of planning", self._id)
        return False

    def give_up(self, message: PlanMessage, error: ServiceError) -> None:
        """Write down that a step failed, as an entry of the plan, and go on without it."""
        done = self._ports.ledger.listings(self._id)
        key = _key(message)
        if key not in done:
            if not self._is_missing(done, message):
                return
            logger.warning("request %s: %s; given up", self._id, error)
            if message.step == "workspace":
                failed = self._survey.workspace_failed(message.workspace, error)
            else:
                failed = self._survey.page_failed(message, error)
            self._add(done, key, failed)
        self._go_on(done, message)

    def _add(self, done: dict[str, ListingSummary], key: str, listing: Listing) -> None:
        """Store a listing; where another run was faster, its listing is the one that counts."""
        if not self._ports.ledger.add_listing(self._id, key, listing):
            listing = self._ports.ledger.listing(self._id, key)
        self._own[key] = listing
        done[key] = listing.summary()

    def _go_on(self, done: dict[str, ListingSummary], after: PlanMessage) -> None:
        """Send what follows the listing just done, and seal the plan where nothing is missing."""
        missing = list(self._survey.missing(done))
        for message in missing:
            if message.step != "list" or message.workspace != after.workspace:
                continue
            if after.step == "workspace":
                wait = self._survey.waits.get(message.kind)
                again = message if wait is None else replace(message, attempt=1)
                self._send(again, wait or 0.0)
            elif message.kind == after.kind:
                self._send(message)
        if missing:  # by what was known at the start of this step; others may have gone on
            done = self._ports.ledger.listings(self._id)
        if not any(self._survey.missing(done)):
            self._seal(done)

    def _seal(self, done: dict[str, ListingSummary]) -> None:
        """Seal the plan, and go on from there."""
        self._ports.ledger.add_people(self._id, self._survey.people())
        sealed = seal(
            self._id,
            self._nonce,
            (self._own.get(k) or self._ports.ledger.listing(self._id, k) for k in sorted(done)),
            (n.to_json() for n in self._notices()),
        )
        self._ports.ledger.add_plan(self._id, sealed)
        self._advance()

    def _advance(self) -> None:
        """Leave planning, by what the request asks for; whoever gets there hands out the work."""
        sealed = self._ports.ledger.plan(self._id)
        if sealed is None:
            return

        confirmations = needed(self._ports, self._request, self._survey.names)
        mine = False

        def sealed_into(record: RequestRecord) -> RequestRecord | None:
            nonlocal mine
            mine = record.status == State.PLANNING
            if not mine:
                return None
            waits = record.needs_approval or confirmations > 1
            state = State.AWAITING_APPROVAL if waits else State.RUNNING
            if record.plan_only:
                state = State.COMPLETED
            approved: dict[str, Any] = {}
            if state == State.RUNNING and record.type == "delete":
                approved = {
                    "approved_plan": sealed.plan_hash,
                    "approver_assurance": "automatic",
                    "erasing": not record.export_first,
                }
            return record.become(
                state,
                self._ports.now(),
                planned_at=self._ports.now(),
                planned=sealed.entries,
                plan_hash=sealed.plan_hash,
                batches=len(sealed.pages),
                block_size=sealed.block_size,
                total=sealed.entries,
                unattributed=sealed.unattributed,
                notices=sealed.notices,
                needs_approval=waits,
                confirmations=confirmations,
                **approved,
            )

        record = self._ports.ledger.update(self._id, sealed_into)
        if mine:
            logger.info("request %s is planned: %d entries", self._id, sealed.entries)
            if record.status == State.RUNNING:
                begin(self._ports, record)
            if record.final:
                chain(self._ports, record)

    def _notices(self) -> list[Notice]:
        known = [n for n in self._survey.names if n in self._ports.targets]
        return [n for name in known for n in self._ports.connector(name).notices(self._deletes)]

    def _send(self, message: PlanMessage, asked: float = 0.0) -> None:
        """Send a message, a further attempt with the delay that is due before it."""
        if message.attempt:
            wait = delay(self._ports.retry_seconds, message.attempt, asked)
            be_patient(self._ports, self._id, wait)
        else:
            wait = 0.0
        self._ports.queues.send(PLAN, message.to_bytes(), wait)


def _key(message: PlanMessage) -> str:
    """Name the listing that a message brings."""
    if message.step == "workspace":
        return listing_key(message.workspace, 0, 0)
    return listing_key(message.workspace, message.kind, message.page)
