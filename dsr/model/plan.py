"""The plan of a request: its entries, their batches, and the hash that an approval binds to."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from dsr.model.listing import Listing, PageRef
from dsr.model.matching import Match
from dsr.model.request import canonical

BLOCK = 8 * 1024 * 1024
"""Bytes of a package's block where the sizes known ask for no larger one."""
MAX_BLOCKS = 40_000
"""Blocks of one part of a package; the service takes 50,000 a blob."""
LARGE = 4 * 1024 * 1024
"""Bytes from which a file gets blocks of its own instead of sharing a segment."""
BATCH_BYTES = 64 * 1024 * 1024
"""Known bytes after which a batch takes no more assets."""


_OPTIONAL: Final = ("path", "reason", "error", "count", "unit", "state", "recoverable", "refers")
_LISTS: Final = ("used_by", "steps")


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """What is to be done with one asset (or, for `skip` and `fail`, one set of them).

    `asset` is `workspace/kind:id`, `ref` what names it where no identifier may stand, `path` its
    place under `data/` of the package. Actions: `export`; `skip` with a reason; `fail` with an
    error where the service could not be read. Of deletes also: `delete`; `review`, which is acted
    on only where the approval includes it; `retain` under a legal hold; `manual` with `steps`.
    `listed` is the service's own entry of its list, out of which `secrets` secrets were taken;
    pages keep it, and the plan as shown leaves it out. `unit` and `state` are as the asset's;
    `used_by` is what uses it, `recoverable` what may be had back after a delete, and until when.
    `refers` tells that the asset is somebody else's and that the subject only touched it: what
    the service notes about it is exported, its bytes are not, and nothing of it is deleted.
    """

    asset: str
    ref: str
    name: str
    match: Match
    action: str
    path: str = ""
    size: int | None = None
    reason: str = ""
    error: str = ""
    count: int = 0
    listed: Any = None
    secrets: int = 0
    unit: str = ""
    state: str = ""
    used_by: tuple[str, ...] = ()
    recoverable: str = ""
    steps: tuple[str, ...] = ()
    refers: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give the entry as the plan shows it; empty members are left out."""
        shown: dict[str, Any] = {
            "asset": self.asset,
            "ref": self.ref,
            "name": self.name,
            "match": self.match.to_json(),
            "action": self.action,
        }
        for name in _OPTIONAL:
            if value := getattr(self, name):
                shown[name] = value
        if self.size is not None:
            shown["size"] = self.size
        for name in _LISTS:
            if members := getattr(self, name):
                shown[name] = list(members)
        return shown

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "PlanEntry":
        """Read what `to_json` gave."""
        return cls(
            value["asset"],
            value["ref"],
            value["name"],
            Match.from_json(value["match"]),
            value["action"],
            value.get("path", ""),
            value.get("size"),
            value.get("reason", ""),
            value.get("error", ""),
            value.get("count", 0),
            value.get("listed"),
            value.get("secrets", 0),
            value.get("unit", ""),
            value.get("state", ""),
            tuple(value.get("used_by", ())),
            value.get("recoverable", ""),
            tuple(value.get("steps", ())),
            value.get("refers", False),
        )


def to_ndjson(entries: Iterable[PlanEntry]) -> bytes:
    """Give a plan page: one entry a line, canonical JSON, with what the service listed."""
    return b"".join(canonical(_kept(e)) + b"\n" for e in entries)


def _kept(entry: PlanEntry) -> dict[str, Any]:
    kept = entry.to_json()
    if entry.listed is not None:
        kept |= {"listed": entry.listed, "secrets": entry.secrets}
    return kept


def from_ndjson(data: bytes) -> list[PlanEntry]:
    """Read a plan page."""
    return [read_entry(line) for line in data.splitlines() if line]


def read_entry(line: bytes) -> PlanEntry:
    """Read a line of a plan page."""
    return PlanEntry.from_json(json.loads(line))


@dataclass(frozen=True, slots=True)
class Plan:
    """A sealed plan. Batch N of the work is `pages[N]`, staged into part `parts[N]` (from 1)."""

    plan_hash: str
    pages: tuple[PageRef, ...]
    parts: tuple[int, ...]
    block_size: int
    unattributed: int
    unmatched: int
    builtin: int = 0
    notices: tuple[dict[str, Any], ...] = field(default=())

    @property
    def entries(self) -> int:
        """Count the entries of all pages."""
        return sum(p.entries for p in self.pages)

    def to_json(self) -> dict[str, Any]:
        """Give the form that the ledger keeps."""
        return {
            "plan_hash": self.plan_hash,
            "pages": [p.to_json() for p in self.pages],
            "parts": list(self.parts),
            "block_size": self.block_size,
            "unattributed": self.unattributed,
            "unmatched": self.unmatched,
            "builtin": self.builtin,
            "notices": list(self.notices),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Plan":
        """Read what `to_json` gave."""
        return cls(
            value["plan_hash"],
            tuple(PageRef.from_json(p) for p in value["pages"]),
            tuple(value["parts"]),
            value["block_size"],
            value["unattributed"],
            value["unmatched"],
            value["builtin"],
            tuple(value["notices"]),
        )


def seal(
    request_id: str,
    nonce: str,
    listings: Iterable[Listing],
    notices: Iterable[dict[str, Any]],
    max_blocks: int = MAX_BLOCKS,
) -> Plan:
    """Give the plan made of the listings, in their order.

    Its hash is that of `hash_of`, so sealing costs the same however large the pages are.
    """
    pages: list[PageRef] = []
    unattributed = unmatched = builtin = 0
    for listing in listings:
        pages += listing.pages
        unattributed += listing.unattributed
        unmatched += listing.unmatched
        builtin += listing.builtin
    total = sum(p.bytes for p in pages)
    block_size = BLOCK
    while block_size < 64 * 1024 * 1024 and total / block_size > max_blocks / 2:
        block_size *= 2
    parts, part, used = [], 1, 0
    for page in pages:
        needed = page.blocks + page.bytes // block_size
        if used and used + needed > max_blocks:
            part, used = part + 1, 0
        used += needed
        parts.append(part)
    return Plan(
        hash_of(request_id, nonce, pages),
        tuple(pages),
        tuple(parts),
        block_size,
        unattributed,
        unmatched,
        builtin,
        tuple(notices),
    )


def hash_of(request_id: str, nonce: str, pages: Iterable[PageRef]) -> str:
    """Give the hash of a plan: SHA-256 over canonical NDJSON.

    A line with the request and its 128-bit nonce, so that the hash can't be guessed from a
    guessed plan, then a line a page with the SHA-256 of that page's own NDJSON
    and, of deletes, the stage at which it is done.
    """
    digest = hashlib.sha256(canonical({"nonce": nonce, "request_id": request_id}) + b"\n")
    for page in pages:
        told: dict[str, Any] = {"entries": page.entries, "sha256": page.sha256}
        if page.stage:
            told["stage"] = page.stage
        digest.update(canonical(told) + b"\n")
    return digest.hexdigest()
