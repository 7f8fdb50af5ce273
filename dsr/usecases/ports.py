"""What the use cases need from the outside, as Protocols, with units and guarantees."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dsr.model.asset import Person, WorkspaceRecord
from dsr.model.caller import Access
from dsr.model.fingerprints import Fingerprints
from dsr.model.listing import Listing, ListingSummary
from dsr.model.outcome import BatchResult, BatchSummary
from dsr.model.package import Piece
from dsr.model.plan import Plan
from dsr.model.record import PackageInfo, RequestRecord
from dsr.model.request import DsrRequest
from dsr.model.target import WorkspaceTarget
from dsr.usecases.connector import Connector, Stream
from dsr.usecases.evidence_ports import Holds, Signer, Trail


class Queues(Protocol):
    """The app's queues."""

    def send(self, queue: str, body: bytes, delay: float = 0) -> None:
        """Send a message that never expires and is seen after `delay` seconds (7 days at most)."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One request in the order of arrival, newest first, with what lists filter by.

    `look_at` is when the sweeper has something to do about it; "" is at once.
    """

    request_id: str
    name: str
    type: str
    status: str
    due_at: str
    received_at: datetime
    look_at: str = ""


class Ledger(Protocol):
    """The state of all requests. `add_` methods create once: False says it is there already."""

    def create(self, record: RequestRecord, body: dict[str, Any], nonce: str) -> bool:
        """Store a new request and its place in the index; False where the id is taken."""

    def has_state(self, request_id: str) -> bool:
        """Tell whether a state was ever written, which is left even of an erased request."""

    def load(self, request_id: str) -> RequestRecord:
        """Read the state; raises NotFound."""

    def update(
        self, request_id: str, change: Callable[[RequestRecord], RequestRecord | None]
    ) -> RequestRecord:
        """Change the state under an ETag condition, again from the newest state on a conflict.

        `change` gives None to leave it as it is. Gives the state in force; raises NotFound.
        """

    def request(self, request_id: str) -> tuple[DsrRequest, str]:
        """Read what was asked, with the nonce of its plan; raises Gone once it was erased."""

    def index(self) -> Iterator[IndexEntry]:
        """Give all requests, newest first."""

    def reindex(self, entry: IndexEntry, record: RequestRecord | None, look_at: str = "") -> None:
        """Put right what the index says of a request; no record removes the entry."""

    def add_roster(
        self, request_id: str, workspace: int, roster: WorkspaceRecord, secrets: int
    ) -> bool:
        """Store a workspace's record and users, out of which `secrets` secrets were taken."""

    def roster(self, request_id: str, workspace: int) -> tuple[WorkspaceRecord, int] | None:
        """Read them; None where they are not there yet."""

    def add_people(self, request_id: str, people: list[Person]) -> None:
        """Store the users of all workspaces of a request, in the order of their numbers."""

    def people(self, request_id: str) -> list[Person]:
        """Read them."""

    def add_page(self, request_id: str, name: str, data: bytes) -> None:
        """Store a page of a plan under a name that nothing else has."""

    def page(self, request_id: str, name: str) -> bytes:
        """Read a page of a plan; raises Gone once it was erased."""

    def add_listing(self, request_id: str, key: str, listing: Listing) -> bool:
        """Store what a listing found; `key` is workspace, kind and page number."""

    def listing(self, request_id: str, key: str) -> Listing:
        """Read it."""

    def listings(self, request_id: str) -> dict[str, ListingSummary]:
        """Give the listings there are, by key."""

    def add_plan(self, request_id: str, plan: Plan) -> bool:
        """Store the sealed plan."""

    def plan(self, request_id: str) -> Plan | None:
        """Read it; None where it is not sealed yet."""

    def add_result(self, request_id: str, result: BatchResult) -> bool:
        """Store a batch's result."""

    def result(self, request_id: str, batch: int, attempt: int) -> BatchResult | None:
        """Read it; None where it is not there."""

    def results(self, request_id: str, max_age: float = 0.0) -> list[BatchSummary]:
        """Give the counts of all batch results, or those of `max_age` seconds ago at most."""

    def add_decision(self, request_id: str, decision: dict[str, Any]) -> str:
        """Store who decided what, with the free text; give its id, which tells nothing of it."""

    def decision(self, request_id: str, decision_id: str) -> dict[str, Any] | None:
        """Read it; None once it was erased."""

    def moved_at(self, request_id: str) -> datetime:
        """Give when anything of the request was last written."""

    def erase(self, request_id: str) -> None:
        """Delete everything of a request but its state."""


class DeleteLedger(Protocol):
    """What deletes have to remember."""

    def add_approval(self, request_id: str, include: Iterable[str]) -> str:
        """Store the entries that an approval includes; give the name to read them by."""

    def approval(self, request_id: str, name: str) -> frozenset[str]:
        """Read them, none where the approval has no name.

        Raises Conflict where they are others, and Gone where they are no longer there.
        """

    def add_intent(
        self, request_id: str, batch: int, round_: int, ref: str, intent: dict[str, Any]
    ) -> bool:
        """Write down that a unit is about to be deleted; False where it was before."""

    def change_intent(
        self, request_id: str, batch: int, round_: int, ref: str, intent: dict[str, Any]
    ) -> None:
        """Write down more of it; only who asked does so."""

    def replace_intent(
        self, request_id: str, batch: int, round_: int, ref: str, since: str, intent: dict[str, Any]
    ) -> bool:
        """Write down that it is asked for again; False where another worker did so since then."""

    def intents(self, request_id: str, batch: int, round_: int) -> dict[str, dict[str, Any]]:
        """Give the intents of a batch since it was last begun anew, by the unit's ref."""

    def former_intent(
        self, request_id: str, batch: int, round_: int, ref: str
    ) -> dict[str, Any] | None:
        """Give the newest intent of a unit before a round of its batch, None where none is."""

    def give_back_turn(self, workspace: str, request_id: str) -> None:
        """Let others delete in a workspace, if it is the request's turn there."""

    def take_turn(self, workspace: str, request_id: str, is_over: Callable[[str], bool]) -> str:
        """Take the turn to delete in a workspace; give the request that has it then.

        It is taken from a request that `is_over`, which therefore never gives it back itself.
        """


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file that is in the package: its path under `data/`, its bytes and their SHA-256."""

    path: str
    size: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """Give the member of `evidence.files`."""
        return {"path": self.path, "bytes": self.size, "sha256": self.sha256}


class AssetWriter(Protocol):
    """Takes the files of one asset; nothing of it counts before `keep`."""

    def add(self, path: str, data: bytes) -> FileInfo:
        """Add a small file."""

    def stream(self, path: str, stream: Stream) -> FileInfo:
        """Add a file from a stream, in flat memory, of which nothing stays where it fails."""

    def keep(self) -> None:
        """Make the asset part of the batch."""


class BatchWriter(Protocol):
    """Stages one attempt at a batch as blocks of the package's blob."""

    def asset(self) -> AssetWriter:
        """Start an asset."""

    def close(self) -> tuple[Piece, ...]:
        """Stage what is left and give what the result has to refer to."""


class LostBlocks(Exception):
    """Blocks that results refer to are no longer there; `batches` have to be staged again."""

    def __init__(self, batches: Iterable[int]) -> None:
        super().__init__("staged blocks are gone")
        self.batches = frozenset(batches)


class Packages(Protocol):
    """The packages under way and committed."""

    def writer(self, record: RequestRecord, batch: int, part: int) -> BatchWriter:
        """Start one attempt at a batch."""

    def assemble(
        self,
        record: RequestRecord,
        request: DsrRequest,
        plan: Plan,
        results: Callable[[], Iterator[BatchResult]],
        redact: Callable[[str], str],
        expires_at: datetime,
    ) -> PackageInfo:
        """Join all results to the package and commit it, once, whoever else does so too.

        `results` gives the results in force, in order, as often as it is called; `redact` takes
        other people out of a text. Raises LostBlocks, and Conflict where something else stands
        in the package's place.
        """

    def unlike(
        self, request_id: str, info: PackageInfo, wanted: Mapping[str, str]
    ) -> dict[str, str]:
        """Read files back (path under `data/` to SHA-256); give those that are not so, and why."""

    def discard(self, request_id: str, parts: int) -> None:
        """Delete the package's blobs, staged blocks included, whether they are there or not.

        Unconditionally: whoever wrote what stands at their names.
        """

    def urls(self, info: PackageInfo, seconds: int) -> list[tuple[str, int]]:
        """Give a read-only URL and the size of each part, valid for `seconds`."""

    def network(self) -> str:
        """Tell whether the URLs lead to a "public" or a "private" address."""


class Probes(Protocol):
    """Looks whether the data account gives what the app needs."""

    def look(self) -> dict[str, str]:
        """Give what is wrong with each container and queue, "" where nothing is.

        It takes some seconds at most, whatever the account does, and no text holds a secret.
        """


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that a use case may need, made once a process.

    `connector` gives a workspace's by name; raises Refused where it is no longer configured.
    `signs_in` tells whether the platform says who calls, without which `entra` lets nobody in.
    Without a `signer` no certificates are made. `unlisted` gives what discovery could not list,
    each by a name and with the reason: a part of "all workspaces" that `targets` lacks.
    """

    targets: Mapping[str, WorkspaceTarget]
    ledger: Ledger
    deletes: DeleteLedger
    packages: Packages
    queues: Queues
    trail: Trail
    holds: Holds
    probes: Probes
    connector: Callable[[str], Connector]
    fingerprints: Fingerprints
    now: Callable[[], datetime]
    export_retention_days: int = 30
    subject_retention_days: int = 30
    stalled_after_seconds: int = 900
    retry_seconds: int = 2
    verify_seconds: int = 900
    access: Access = "keys"
    signs_in: bool = False
    allow_automatic_approval: bool = False
    signer: Signer | None = None
    unlisted: Callable[[], Mapping[str, str]] = dict
