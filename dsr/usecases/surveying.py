"""What there is in the workspaces of one request: their records, and what their kinds list."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from dsr.errors import Conflict, Refused, ServiceError, Unavailable
from dsr.model.asset import Kind, Person, WorkspaceRecord
from dsr.model.listing import Listing, ListingSummary, PageRef
from dsr.model.messages import PlanMessage
from dsr.model.plan import to_ndjson
from dsr.model.record import RequestRecord
from dsr.model.redaction import Redactions, without_secrets
from dsr.model.request import DsrRequest, split_asset
from dsr.usecases.connector import Connector
from dsr.usecases.listing import Lister, listing_key, record_entries
from dsr.usecases.listing_deletes import DeleteLister, delete_entries
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)

RECORD: Final = Kind("workspace")
"""Kind number 0 of every workspace: its own record and its users; the connector's follow."""
_LONG: Final = 60.0
"""Seconds after which a step lists no further kind; the rest get messages of their own."""


class Survey:
    """The workspaces of one request, as one message sees them."""

    def __init__(self, ports: Ports, record: RequestRecord, request: DsrRequest) -> None:
        self._ports = ports
        self._id = record.request_id
        self._request = request
        self.names = record.workspaces
        self._unlisted = record.unlisted
        self._rosters: dict[int, WorkspaceRecord | None] = {}
        self.waits: dict[int, float] = {}
        """Seconds that a service asked to wait before a kind is listed again, by its number."""

    def missing(self, done: Mapping[str, ListingSummary]) -> Iterator[PlanMessage]:
        """Give the messages that bring the listings which are not there yet."""
        for number in range(len(self.names)):
            head = done.get(listing_key(number, 0, 0))
            if head is None:
                yield PlanMessage(self._id, "workspace", number)
                continue
            for kind, first in head.follow.items():
                page = first
                while (key := listing_key(number, kind, page)) in done and not done[key].last:
                    page += 1
                if key not in done:
                    yield PlanMessage(self._id, "list", number, kind, page)

    def workspace(self, number: int) -> Listing:
        """Read a workspace's record and users, and list the first page of every kind.

        Raises ServiceError where the record can't be read.
        """
        record = self._read_record(number)
        kinds = self.kinds(number)
        if self._request.type == "delete":
            stage = self._connector(number).own.stage
            entries = delete_entries(self._ports, self._request, self.names[number], record)
        else:
            stage = 0
            entries = record_entries(self._ports, self._request, self.names[number], record, kinds)
        key, data = listing_key(number, 0, 0), to_ndjson(entries)
        # always a page, so that the record is in the package even where nobody matched
        self._ports.ledger.add_page(self._id, key, data)
        page = PageRef(key, hashlib.sha256(data).hexdigest(), len(entries), 0, stage=stage)
        return self._with_kinds(number, Listing((page,)))

    def workspace_failed(self, number: int, error: ServiceError) -> Listing:
        """Give the listing of a workspace whose record can't be read; its kinds are listed."""
        failed = self._lister(number).failed(listing_key(number, 0, 0), RECORD, error)
        return self._with_kinds(number, failed)

    def page(self, message: PlanMessage) -> Listing:
        """List one page of a kind; raises ServiceError."""
        number, kind = message.workspace, self.kind(message)
        key = listing_key(number, message.kind, message.page)
        page = self._connector(number).assets(kind.name, self._cursor(message))
        return self._lister(number).run(key, kind, page, message.page)

    def page_failed(self, message: PlanMessage, error: ServiceError) -> Listing:
        """Give the listing of a kind that can't be listed."""
        key = listing_key(message.workspace, message.kind, message.page)
        return self._lister(message.workspace).failed(key, self.kind(message), error)

    def _with_kinds(self, workspace: int, head: Listing) -> Listing:
        """Add the first page of every kind; what may be had later gets a message of its own."""
        lister = self._lister(workspace)
        started = self._ports.now()
        for number in self._kind_numbers(workspace):
            kind = self.kinds(workspace)[number - 1]
            key = listing_key(workspace, number, 0)
            if (self._ports.now() - started).total_seconds() > _LONG:
                head = head.postponed(number)
                continue
            try:
                page = self._connector(workspace).assets(kind.name, None)
                found = lister.run(key, kind, page, 0)
            except Unavailable as error:
                logger.info("request %s: %s; again later", self._id, error)
                self.waits[number] = error.retry_after
                head = head.postponed(number)
            except ServiceError as error:
                logger.warning("request %s: %s; given up", self._id, error)
                head = head.joined(number, lister.failed(key, kind, error))
            except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
                # an answer of a form that nobody has seen is this kind's trouble alone
                logger.warning("request %s: %s: %s", self._id, kind.name, type(error).__name__)
                head = head.postponed(number)
            else:
                head = head.joined(number, found)
        return head

    def _cursor(self, message: PlanMessage) -> str | None:
        """Give where the page before ended: by its own listing, or the workspace's first."""
        if not message.page:
            return None
        if message.page == 1:
            head = self._ports.ledger.listing(self._id, listing_key(message.workspace, 0, 0))
            if head.follow.get(message.kind) is not None:
                return head.follow[message.kind]
        before = listing_key(message.workspace, message.kind, message.page - 1)
        return self._ports.ledger.listing(self._id, before).next

    def _read_record(self, workspace: int) -> WorkspaceRecord:
        """Store a workspace's record without its secrets, and give it; the first stored counts."""
        if self.names[workspace] in self._unlisted:
            raise Refused(self._unlisted[self.names[workspace]])
        found = self._connector(workspace).record()
        redactions = Redactions()
        clean = replace(
            found,
            payload=without_secrets(found.payload, redactions),
            resource=without_secrets(found.resource, redactions),
            users=tuple((p, without_secrets(u, redactions)) for p, u in found.users),
        )
        if self._ports.ledger.add_roster(self._id, workspace, clean, redactions.secrets):
            self._rosters[workspace] = clean
        roster = self._roster(workspace)
        if roster is None:
            raise Conflict("the roster that was just stored is gone")
        return roster

    def _roster(self, workspace: int) -> WorkspaceRecord | None:
        if self._rosters.get(workspace) is None:
            stored = self._ports.ledger.roster(self._id, workspace)
            self._rosters[workspace] = stored[0] if stored else None
        return self._rosters[workspace]

    def people(self) -> list[Person]:
        """Give the users of all workspaces, each once."""
        people: dict[tuple[str, ...], Person] = {}
        for number in range(len(self.names)):
            for person in self._people(number):
                people.setdefault(person.ids, person)
        return list(people.values())

    def _people(self, workspace: int) -> list[Person]:
        roster = self._roster(workspace)
        return [person for person, _ in roster.users] if roster else []

    def _kind_numbers(self, workspace: int) -> list[int]:
        """Give the kinds to list: all, or those that named assets are of."""
        kinds = enumerate(self.kinds(workspace), 1)
        scope = self._request.scope
        if scope.select != "assets":
            return [number for number, _ in kinds]
        name = self.names[workspace]
        wanted = {split_asset(a)[1] for a in scope.assets if split_asset(a)[0] == name}
        return [number for number, kind in kinds if kind.name in wanted]

    def kind(self, message: PlanMessage) -> Kind:
        """Give the kind that a message is about."""
        return self.kinds(message.workspace)[message.kind - 1]

    def kinds(self, workspace: int) -> tuple[Kind, ...]:
        """Give the kinds that a workspace lists; none where it is no longer configured."""
        configured = self.names[workspace] in self._ports.targets
        return self._connector(workspace).kinds if configured else ()

    def _connector(self, workspace: int) -> Connector:
        return self._ports.connector(self.names[workspace])

    def _lister(self, workspace: int) -> Lister:
        name, people = self.names[workspace], self._people(workspace)
        deletes = self._request.type == "delete" and name in self._ports.targets
        lister = DeleteLister if deletes else Lister
        return lister(self._ports, self._id, self._request, name, people)
