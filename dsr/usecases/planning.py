"""Planning: one message a workspace, kind and page; whoever stores the last one seals the plan."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace

from dsr.errors import Conflict, NotFound, ServiceError, Unavailable
from dsr.model.asset import Kind, Notice, Person
from dsr.model.messages import PLAN, PlanMessage
from dsr.model.plan import Listing, PageRef, seal, to_ndjson
from dsr.model.record import RequestRecord
from dsr.model.redaction import Redactions, without_secrets
from dsr.model.request import split_asset
from dsr.model.states import State
from dsr.usecases.connector import Connector
from dsr.usecases.dispatching import dispatch
from dsr.usecases.ending import fail
from dsr.usecases.listing import Lister, give_up, listing_key, record_entries
from dsr.usecases.ports import Ports
from dsr.usecases.retrying import ATTEMPTS, be_patient, delay

logger = logging.getLogger(__name__)

RECORD = Kind("workspace")
"""Kind number 0 of every workspace: its own record and its users; the connector's follow."""


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
        _Planning(ports, record).step(message)
    elif record.status == State.RUNNING and (message.step == "dispatch" or redelivered):
        dispatch(ports, record)


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
        planning = _Planning(ports, record)
        planning.give_up(message, ServiceError("planning of this kind failed again and again"))


class _Planning:
    """The planning of one request, as one message sees it."""

    def __init__(self, ports: Ports, record: RequestRecord) -> None:
        self._ports = ports
        self._id = record.request_id
        self._record = record
        self._request, self._nonce = ports.ledger.request(record.request_id)
        self._names = record.workspaces

    def step(self, message: PlanMessage) -> None:
        match message.step:
            case "start":
                self._start()
            case "workspace":
                self._try(message, self._read_workspace)
            case _:
                self._try(message, self._list)

    def _try(self, message: PlanMessage, do: Callable[[PlanMessage], None]) -> None:
        try:
            do(message)
        except ServiceError as error:
            if give_up(error, message.attempt, ATTEMPTS):
                self.give_up(message, error)
                return
            again = replace(message, attempt=message.attempt + 1)
            asked = error.retry_after if isinstance(error, Unavailable) else 0.0
            wait = delay(self._ports.retry_seconds, again.attempt, asked)
            logger.info("request %s: %s; again in %.0f s", self._id, error, wait)
            be_patient(self._ports, self._id, wait)
            self._ports.queues.send(PLAN, again.to_bytes(), wait)

    def _start(self) -> None:
        """Open every workspace; where some were opened before, go on from there."""
        now = self._ports.now()
        record = self._ports.ledger.update(
            self._id,
            lambda r: r.become(State.PLANNING, now) if r.status == State.RECEIVED else None,
        )
        if record.status != State.PLANNING:
            return
        done = self._ports.ledger.listings(self._id)
        for number in range(len(self._names)):
            if listing_key(number, 0, 0) not in done:
                self._send(PlanMessage(self._id, "workspace", number))
            else:
                self._send_lists(number, done)
        self._seal_if_complete()

    def _send_lists(self, workspace: int, done: dict[str, tuple[bool, int, int]]) -> None:
        for kind in self._kind_numbers(workspace):
            page = 0
            while (key := listing_key(workspace, kind, page)) in done and not done[key][0]:
                page += 1
            if key not in done:
                self._send(PlanMessage(self._id, "list", workspace, kind, page))

    def _read_workspace(self, message: PlanMessage) -> None:
        """Read a workspace's record and users, and send a message a kind."""
        name = self._names[message.workspace]
        key = listing_key(message.workspace, 0, 0)
        if key not in self._ports.ledger.listings(self._id):
            self._store_record(message.workspace)
            stored = self._ports.ledger.roster(self._id, message.workspace)
            if stored is None:
                raise Conflict("the roster that was just stored is gone")
            kinds = self._kinds(message.workspace)
            entries = record_entries(self._ports, self._request, name, stored[0], kinds)
            data = to_ndjson(entries)
            # always a page, so that the record is in the package even where nobody matched
            self._ports.ledger.add_page(self._id, key, data)
            page = PageRef(key, hashlib.sha256(data).hexdigest(), len(entries), 0)
            self._ports.ledger.add_listing(self._id, key, Listing((page,)))
        self._send_lists(message.workspace, self._ports.ledger.listings(self._id))
        self._seal_if_complete()

    def _store_record(self, workspace: int) -> None:
        """Store a workspace's record without its secrets; the first one stored counts."""
        found = self._connector(workspace).record()
        redactions = Redactions()
        clean = replace(
            found,
            payload=without_secrets(found.payload, redactions),
            resource=without_secrets(found.resource, redactions),
            users=tuple((p, without_secrets(u, redactions)) for p, u in found.users),
        )
        self._ports.ledger.add_roster(self._id, workspace, clean, redactions.secrets)

    def _list(self, message: PlanMessage) -> None:
        """List one page of a kind."""
        key = listing_key(message.workspace, message.kind, message.page)
        done = self._ports.ledger.listings(self._id)
        if key not in done:
            kind = self._kind(message)
            cursor = None
            if message.page:
                before = listing_key(message.workspace, message.kind, message.page - 1)
                cursor = self._ports.ledger.listing(self._id, before).next
            page = self._connector(message.workspace).assets(kind.name, cursor)
            listing = self._lister(message.workspace).run(key, kind, page, message.page)
            self._ports.ledger.add_listing(self._id, key, listing)
        self._send_next(message, key)
        self._seal_if_complete()

    def _send_next(self, message: PlanMessage, key: str) -> None:
        last, _, _ = self._ports.ledger.listings(self._id)[key]
        if not last:
            self._send(
                PlanMessage(self._id, "list", message.workspace, message.kind, message.page + 1)
            )

    def give_up(self, message: PlanMessage, error: ServiceError) -> None:
        """Write down that a step failed, as an entry of the plan, and go on without it."""
        logger.warning("request %s: %s; given up", self._id, error)
        lister = self._lister(message.workspace)
        kind = RECORD if message.step == "workspace" else self._kind(message)
        key = listing_key(message.workspace, message.kind, message.page)
        self._ports.ledger.add_listing(self._id, key, lister.failed(key, kind, error))
        if message.step == "workspace":
            done = self._ports.ledger.listings(self._id)
            self._send_lists(message.workspace, done)
        self._seal_if_complete()

    def _seal_if_complete(self) -> None:
        """Seal the plan where every listing is there, and go on from there."""
        done = self._ports.ledger.listings(self._id)
        keys = sorted(done)
        last = {key.rpartition("-")[0] for key in keys if done[key][0]}
        expected = {
            listing_key(number, kind, 0).rpartition("-")[0]
            for number in range(len(self._names))
            for kind in (0, *self._kind_numbers(number))
        }
        if expected - last:
            return
        people = self._all_people()
        self._ports.ledger.add_people(self._id, people)
        sealed = seal(
            self._id,
            self._nonce,
            (self._ports.ledger.listing(self._id, key) for key in keys),
            (n.to_json() for n in self._notices()),
        )
        self._ports.ledger.add_plan(self._id, sealed)
        self._advance()

    def _advance(self) -> None:
        """Leave planning, by what the request asks for; whoever gets there hands out the work."""
        sealed = self._ports.ledger.plan(self._id)
        if sealed is None:
            return

        mine = False

        def sealed_into(record: RequestRecord) -> RequestRecord | None:
            nonlocal mine
            mine = record.status == State.PLANNING
            if not mine:
                return None
            state = State.AWAITING_APPROVAL if record.needs_approval else State.RUNNING
            if record.plan_only:
                state = State.COMPLETED
            return record.become(
                state,
                self._ports.now(),
                plan_hash=sealed.plan_hash,
                batches=len(sealed.pages),
                block_size=sealed.block_size,
                total=sealed.entries,
                unattributed=sealed.unattributed,
                notices=sealed.notices,
            )

        record = self._ports.ledger.update(self._id, sealed_into)
        if mine:
            logger.info("request %s is planned: %d entries", self._id, sealed.entries)
            if record.status == State.RUNNING:
                dispatch(self._ports, record)

    def _notices(self) -> list[Notice]:
        known = [n for n in self._names if n in self._ports.targets]
        return [notice for n in known for notice in self._ports.connector(n).notices()]

    def _all_people(self) -> list[Person]:
        people: dict[tuple[str, ...], Person] = {}
        for number in range(len(self._names)):
            for person in self._people(number):
                people.setdefault(person.ids, person)
        return list(people.values())

    def _people(self, workspace: int) -> list[Person]:
        stored = self._ports.ledger.roster(self._id, workspace)
        return [person for person, _ in stored[0].users] if stored else []

    def _kind_numbers(self, workspace: int) -> list[int]:
        """Give the kinds to list: all, or those that named assets are of."""
        kinds = enumerate(self._kinds(workspace), 1)
        scope = self._request.scope
        if scope.select != "assets":
            return [number for number, _ in kinds]
        name = self._names[workspace]
        wanted = {split_asset(a)[1] for a in scope.assets if split_asset(a)[0] == name}
        return [number for number, kind in kinds if kind.name in wanted]

    def _kind(self, message: PlanMessage) -> Kind:
        return self._kinds(message.workspace)[message.kind - 1]

    def _kinds(self, workspace: int) -> tuple[Kind, ...]:
        """Give the kinds that a workspace lists; none where it is no longer configured."""
        configured = self._names[workspace] in self._ports.targets
        return self._connector(workspace).kinds if configured else ()

    def _connector(self, workspace: int) -> Connector:
        return self._ports.connector(self._names[workspace])

    def _lister(self, workspace: int) -> Lister:
        name, people = self._names[workspace], self._people(workspace)
        return Lister(self._ports, self._id, self._request, name, people)

    def _send(self, message: PlanMessage) -> None:
        self._ports.queues.send(PLAN, message.to_bytes())
