"""The ledger: the state of requests in blobs, created once or changed under ETag conditions.

::

    index/{9999999999999 - received, ms}-{id}      newest first; metadata for filters
    requests/{id}/request.json                     what was asked, the nonce, the first state
    requests/{id}/status.json                      the state; absent means as received
    requests/{id}/rosters/{workspace}.json         a workspace's record and users
    requests/{id}/people.json                      the users of all workspaces
    requests/{id}/pages/{key}-{run}-{n}            pages of the plan; {run} is random
    requests/{id}/listings/{key}.json              which pages a listing gave; the first wins
    requests/{id}/plan.json                        the sealed plan
    requests/{id}/results/{batch}.{attempt}.json   what a batch gave; counts in its metadata
    requests/{id}/decisions/{time}.json            approvals and rejections with their free text
"""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dsr.errors import Gone, NotFound
from dsr.model.asset import Person, WorkspaceRecord
from dsr.model.listing import Listing, ListingSummary
from dsr.model.outcome import BatchResult, BatchSummary
from dsr.model.plan import Plan
from dsr.model.record import RequestRecord, stamp
from dsr.model.request import DsrRequest, canonical
from dsr.storage.blobs import Blobs, Changed, Exists, Missing
from dsr.storage.recent import Recent
from dsr.usecases.ports import IndexEntry

_NEVER = 9_999_999_999_999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BlobLedger:
    """The ledger over one container (`dsr-ledger`)."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._recent: Recent[Any] = Recent()

    def create(self, record: RequestRecord, body: dict[str, Any], nonce: str) -> bool:
        """Store a new request and its place in the index; False where the id is taken."""
        # The index first: whatever is accepted is found by the sweeper, whenever we die.
        self._write_index(_index_name(record), record)
        document = {"record": record.to_json(), "request": body, "nonce": nonce}
        if self._add(f"requests/{record.request_id}/request.json", canonical(document)):
            return True
        if _index_name(self.load(record.request_id)) != _index_name(record):
            self._blobs.delete(_index_name(record))
        return False

    def has_state(self, request_id: str) -> bool:
        """Tell whether a state was ever written, which is left even of an erased request."""
        return self._blobs.look(f"requests/{request_id}/status.json") is not None

    def load(self, request_id: str) -> RequestRecord:
        """Read the state; raises NotFound."""
        return self._load(request_id)[0]

    def _load(self, request_id: str) -> tuple[RequestRecord, str | None]:
        try:
            status = self._blobs.read(f"requests/{request_id}/status.json")
        except Missing:
            try:
                first = self._blobs.read(f"requests/{request_id}/request.json")
            except Missing:
                raise NotFound("there is no request of this id") from None
            return RequestRecord.from_json(json.loads(first.data)["record"]), None
        return RequestRecord.from_json(json.loads(status.data)), status.etag

    def update(
        self, request_id: str, change: Callable[[RequestRecord], RequestRecord | None]
    ) -> RequestRecord:
        """Change the state under an ETag condition, again from the newest state on a conflict."""
        name = f"requests/{request_id}/status.json"
        while True:
            before, etag = self._load(request_id)
            after = change(before)
            if after is None or after == before:
                return before
            data = canonical(after.to_json())
            try:
                if etag is None:
                    self._blobs.create(name, data)
                else:
                    self._blobs.replace(name, data, etag)
            except (Exists, Changed):
                continue
            if after.status != before.status:
                self._write_index(_index_name(after), after)
            return after

    def request(self, request_id: str) -> tuple[DsrRequest, str]:
        """Read what was asked, with the nonce of its plan; raises Gone once it was erased.

        What was read in this process a short while ago is given again: it never changes.
        """

        def read() -> tuple[DsrRequest, str]:
            document = json.loads(self._kept(f"requests/{request_id}/request.json"))
            return DsrRequest.model_validate(document["request"]), document["nonce"]

        found: tuple[DsrRequest, str] = self._recent.get(request_id, "request", read)
        return found

    def index(self) -> Iterator[IndexEntry]:
        """Give all requests, newest first."""
        for blob in self._blobs.list("index/"):
            meta = blob.metadata
            yield IndexEntry(
                blob.name[-36:],
                blob.name,
                meta.get("type", ""),
                meta.get("status", ""),
                meta.get("due", ""),
                datetime.fromtimestamp((_NEVER - int(blob.name[6:19])) / 1000, UTC),
                meta.get("look", ""),
            )

    def reindex(self, entry: IndexEntry, record: RequestRecord | None, look_at: str = "") -> None:
        """Put right what the index says of a request; no record removes the entry."""
        if record is None or _index_name(record) != entry.name:
            self._blobs.delete(entry.name)
        elif (record.status.value, look_at) != (entry.status, entry.look_at):
            self._write_index(entry.name, record, look_at)

    def _write_index(self, name: str, record: RequestRecord, look_at: str = "") -> None:
        metadata = {
            "type": record.type,
            "status": record.status.value,
            "due": stamp(record.due_at),
        }
        if look_at:
            metadata["look"] = look_at
        self._blobs.put(name, b"", metadata)

    def add_roster(
        self, request_id: str, workspace: int, roster: WorkspaceRecord, secrets: int
    ) -> bool:
        """Store a workspace's record and users, out of which `secrets` secrets were taken."""
        data = canonical({"record": roster.to_json(), "secrets": secrets})
        return self._add(f"requests/{request_id}/rosters/{workspace:04d}.json", data)

    def roster(self, request_id: str, workspace: int) -> tuple[WorkspaceRecord, int] | None:
        """Read them; None where they are not there yet."""
        data = self._maybe(f"requests/{request_id}/rosters/{workspace:04d}.json")
        if data is None:
            return None
        value = json.loads(data)
        return WorkspaceRecord.from_json(value["record"]), value["secrets"]

    def add_people(self, request_id: str, people: list[Person]) -> None:
        """Store the users of all workspaces of a request, in the order of their numbers."""
        self._add(f"requests/{request_id}/people.json", canonical([p.to_json() for p in people]))

    def people(self, request_id: str) -> list[Person]:
        """Read them."""

        def read() -> list[Person]:
            data = self._kept(f"requests/{request_id}/people.json")
            return [Person.from_json(p) for p in json.loads(data)]

        found: list[Person] = self._recent.get(request_id, "people", read)
        return found

    def add_page(self, request_id: str, name: str, data: bytes) -> None:
        """Store a page of a plan under a name that nothing else has."""
        self._blobs.put(f"requests/{request_id}/pages/{name}", data)

    def page(self, request_id: str, name: str) -> bytes:
        """Read a page of a plan; raises Gone once it was erased."""
        return self._kept(f"requests/{request_id}/pages/{name}")

    def add_listing(self, request_id: str, key: str, listing: Listing) -> bool:
        """Store what a listing found; `key` is workspace, kind and page number."""
        name = f"requests/{request_id}/listings/{key}.json"
        return self._add(name, canonical(listing.to_json()), listing.summary().to_metadata())

    def listing(self, request_id: str, key: str) -> Listing:
        """Read it."""
        return Listing.from_json(
            json.loads(self._kept(f"requests/{request_id}/listings/{key}.json"))
        )

    def listings(self, request_id: str) -> dict[str, ListingSummary]:
        """Give the listings there are, by key."""
        prefix = f"requests/{request_id}/listings/"
        return {
            blob.name.removeprefix(prefix).removesuffix(".json"): ListingSummary.from_metadata(
                blob.metadata
            )
            for blob in self._blobs.list(prefix)
        }

    def add_plan(self, request_id: str, plan: Plan) -> bool:
        """Store the sealed plan."""
        return self._add(f"requests/{request_id}/plan.json", canonical(plan.to_json()))

    def plan(self, request_id: str) -> Plan | None:
        """Read it; None where it is not sealed yet."""
        data = self._maybe(f"requests/{request_id}/plan.json")
        return None if data is None else Plan.from_json(json.loads(data))

    def add_result(self, request_id: str, result: BatchResult) -> bool:
        """Store a batch's result."""
        name = _result_name(request_id, result.batch, result.attempt)
        return self._add(name, result.to_bytes(), result.summary().to_metadata())

    def result(self, request_id: str, batch: int, attempt: int) -> BatchResult | None:
        """Read it; None where it is not there."""
        data = self._maybe(_result_name(request_id, batch, attempt))
        return None if data is None else BatchResult.from_bytes(data)

    def results(self, request_id: str, max_age: float = 0.0) -> list[BatchSummary]:
        """Give the counts of all batch results, or those of `max_age` seconds ago at most."""

        def read() -> list[BatchSummary]:
            return list(self._summaries(request_id))

        if not max_age:
            return read()
        found: list[BatchSummary] = self._recent.get(request_id, "results", read, max_age)
        return found

    def _summaries(self, request_id: str) -> Iterator[BatchSummary]:
        for blob in self._blobs.list(f"requests/{request_id}/results/"):
            batch, attempt, _ = blob.name.rsplit("/", 1)[1].split(".")
            yield BatchSummary.from_metadata(int(batch), int(attempt), blob.metadata)

    def add_decision(self, request_id: str, decision: dict[str, Any]) -> str:
        """Store who decided what, with the free text; give its id, which tells nothing of it."""
        decision_id = f"{decision['at']}-{secrets.token_hex(4)}"
        self._blobs.put(_decision_name(request_id, decision_id), canonical(decision))
        return decision_id

    def decision(self, request_id: str, decision_id: str) -> dict[str, Any] | None:
        """Read it; None once it was erased."""
        data = self._maybe(_decision_name(request_id, decision_id))
        return None if data is None else dict(json.loads(data))

    def moved_at(self, request_id: str) -> datetime:
        """Give when anything of the request was last written."""
        return max(
            (blob.modified for blob in self._blobs.list(f"requests/{request_id}/")),
            default=self.load(request_id).updated_at,
        )

    def erase(self, request_id: str) -> None:
        """Delete everything of a request but its state."""
        self._recent.forget(request_id)
        record, etag = self._load(request_id)
        if etag is None:  # the state stands only in what is about to go
            self.update(request_id, lambda r: replace(r, updated_at=record.updated_at, erased=True))
        kept = f"requests/{request_id}/status.json"
        for blob in list(self._blobs.list(f"requests/{request_id}/")):
            if blob.name != kept:
                self._blobs.delete(blob.name)

    def _add(self, name: str, data: bytes, metadata: dict[str, str] | None = None) -> bool:
        try:
            self._blobs.create(name, data, metadata)
        except Exists:
            return False
        return True

    def _maybe(self, name: str) -> bytes | None:
        try:
            return self._blobs.read(name).data
        except Missing:
            return None

    def _kept(self, name: str) -> bytes:
        try:
            return self._blobs.read(name).data
        except Missing:
            raise Gone("what this request held has been erased") from None


def _index_name(record: RequestRecord) -> str:
    # whole milliseconds, cut as `stamp` cuts them, so that a state read again has the same name
    inverted = _NEVER - (record.received_at - _EPOCH) // timedelta(milliseconds=1)
    return f"index/{inverted:013d}-{record.request_id}"


def _decision_name(request_id: str, decision_id: str) -> str:
    return f"requests/{request_id}/decisions/{decision_id}.json"


def _result_name(request_id: str, batch: int, attempt: int) -> str:
    return f"requests/{request_id}/results/{batch:08d}.{attempt:03d}.json"
