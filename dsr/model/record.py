"""The state of a request as the ledger keeps it: everything but who it is about."""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from dsr.errors import Conflict
from dsr.model.outcome import EXCEPTIONS, Outcome
from dsr.model.states import FINAL, State, check_transition


@dataclass(frozen=True, slots=True)
class PackageInfo:
    """A committed package: its blobs with their sizes, its seal, and until when it is kept."""

    parts: tuple[tuple[str, int], ...]
    tagmanifest_sha256: str
    expires_at: datetime
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request's state; identifiers of the subject never stand here.

    `workspaces` are the names of the request's workspaces, in the order of the package, as they
    were configured or found when it came in; for those in `unlisted` it says why nobody knows what
    they hold. `body_mac` tells a repeated body from another one,
    `finish_attempt` is the newest look of the finisher that counts. `erased` tells that all that
    names the subject was erased, `swept` that the blob of an end without a package was deleted a
    second time. `resumes` counts how often the sweeper sent again what had stopped, `restaged`
    gives, for batches whose staged blocks were lost, the attempt whose result counts again,
    `wait_until` is the end of the longest wait that a service asked for. `submitted_by` is the
    fingerprint of the principal that submitted it ("" where none signed in), `approver_assurance`
    how sure it is who approved ("" while nobody has). `planned_at` is when the plan was sealed,
    `settled_at` when all was done and the request could end no other way any more. `decisions`
    are the ids of those decisions that took effect, `certificates` counts the certificates.

    Of deletes: `approved_plan` is the hash of the plan that was approved, `approval` names what
    the ledger holds of the approval, `erasing` tells that deleting has begun (what is exported
    first comes before), `stopping` that it was cancelled since. `confirmations` is how many people
    have to approve it, `approved_by` marks those who did (fingerprints). `select` and `subjects`
    tell requests about the same from others: fingerprints of the identifiers, until the end.
    """

    request_id: str
    type: str
    regulation: str
    status: State
    received_at: datetime
    due_at: datetime
    updated_at: datetime
    body_mac: str
    submitted_at: datetime
    reference: str = ""
    plan_only: bool = False
    needs_approval: bool = False
    workspaces: tuple[str, ...] = ()
    ended_at: datetime | None = None
    plan_hash: str | None = None
    batches: int = 0
    block_size: int = 0
    total: int = 0
    unattributed: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    notices: tuple[dict[str, Any], ...] = ()
    problems: tuple[dict[str, str], ...] = ()
    finish_attempt: int = 0
    package: PackageInfo | None = None
    erased: bool = False
    swept: bool = False
    resumes: int = 0
    restaged: dict[str, int] = field(default_factory=dict)
    wait_until: datetime | None = None
    submitted_by: str = ""
    approver_assurance: str = ""
    select: str = "subject"
    subjects: tuple[str, ...] = ()
    export_first: bool = False
    approved_plan: str | None = None
    approval: str = ""
    erasing: bool = False
    stopping: bool = False
    planned_at: datetime | None = None
    planned: int = 0
    settled_at: datetime | None = None
    decisions: tuple[str, ...] = ()
    certificates: int = 0
    confirmations: int = 1
    approved_by: tuple[str, ...] = ()
    unlisted: dict[str, str] = field(default_factory=dict)

    @property
    def final(self) -> bool:
        """Tell whether nothing leaves the state any more."""
        return self.status in FINAL

    def become(self, state: State, now: datetime, **changes: Any) -> "RequestRecord":
        """Give the record in another state; raises Conflict where that is not allowed."""
        check_transition(self.status, state)
        stopped = self.stopping and state == State.CANCELLED
        if self.settled_at is not None and state in (State.CANCELLED, State.FAILED) and not stopped:
            raise Conflict("all of the request is done; it can only complete now")
        if state == State.RUNNING:
            changes.setdefault("settled_at", None)  # something is to be done after all
        ended = now if state in FINAL else None
        if ended:
            changes = {"subjects": ()} | changes
        return replace(self, status=state, updated_at=now, ended_at=ended, **changes)

    @property
    def phase(self) -> range:
        """Give the numbers of the batches that the request works on now.

        Page N of the plan is batch N; where it is exported first, deleting it is a batch of its
        own, numbered behind all those of the export.
        """
        start = self.batches if self.export_first and self.erasing else 0
        return range(start, start + self.batches)

    def counts(self) -> dict[str, int]:
        """Give the `counts` of the status document: total, unattributed, and each outcome."""
        by_outcome = {o.value: self.outcomes.get(o.value, 0) for o in Outcome}
        return {"total": self.total, "unattributed": self.unattributed} | by_outcome

    @property
    def has_exceptions(self) -> bool:
        """Tell whether some asset ended `manual`, `retained` or `failed`."""
        return any(self.outcomes.get(o.value, 0) for o in EXCEPTIONS)

    def to_json(self) -> dict[str, Any]:
        """Give the form that the ledger keeps."""
        value: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.package is not None:
            value["package"] = {
                "parts": [list(p) for p in self.package.parts],
                "tagmanifest_sha256": self.package.tagmanifest_sha256,
                "expires_at": stamp(self.package.expires_at),
                "deleted": self.package.deleted,
            }
        return {k: stamp(v) if isinstance(v, datetime) else v for k, v in value.items()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "RequestRecord":
        """Read what `to_json` gave."""
        value = dict(value)
        for name in (
            "received_at",
            "due_at",
            "updated_at",
            "submitted_at",
            "ended_at",
            "wait_until",
            "planned_at",
            "settled_at",
        ):
            if value.get(name) is not None:
                value[name] = datetime.fromisoformat(value[name])
        value["status"] = State(value["status"])
        value["workspaces"] = tuple(value["workspaces"])
        value["notices"] = tuple(value["notices"])
        value["problems"] = tuple(value["problems"])
        value["subjects"] = tuple(value.get("subjects", ()))
        value["decisions"] = tuple(value.get("decisions", ()))
        value["approved_by"] = tuple(value.get("approved_by", ()))
        if value["package"] is not None:
            package = value["package"]
            value["package"] = PackageInfo(
                tuple((name, size) for name, size in package["parts"]),
                package["tagmanifest_sha256"],
                datetime.fromisoformat(package["expires_at"]),
                package["deleted"],
            )
        return cls(**value)


def stamp(moment: datetime) -> str:
    """Give a moment in RFC 3339, UTC, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
