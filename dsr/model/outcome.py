"""What became of each asset, and the result of one batch."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dsr.model.package import Piece
from dsr.model.plan import PlanEntry


class Outcome(StrEnum):
    """The ends of an asset."""

    EXPORTED = "exported"
    DELETED = "deleted"
    MANUAL = "manual"
    RETAINED = "retained"
    SKIPPED = "skipped"
    FAILED = "failed"


EXCEPTIONS = frozenset({Outcome.MANUAL, Outcome.RETAINED, Outcome.FAILED})
"""Outcomes that make a request `completed_with_exceptions`."""


@dataclass(frozen=True, slots=True)
class AssetResult:
    """The outcome of one asset; `evidence` holds its files, redactions and the like."""

    entry: PlanEntry
    outcome: Outcome
    evidence: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    error: str = ""
    steps: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the entry of GET results."""
        shown: dict[str, Any] = {
            "asset": self.entry.asset,
            "ref": self.entry.ref,
            "name": self.entry.name,
            "match": self.entry.match.to_json(),
            "action": self.entry.action,
            "outcome": self.outcome.value,
            "evidence": self.evidence,
        }
        if self.entry.refers:
            shown["refers"] = True
        if self.entry.count:
            shown["count"] = self.entry.count
        if self.reason:
            shown["reason"] = self.reason
        if self.error:
            shown["error"] = self.error
        if self.steps:
            shown["steps"] = list(self.steps)
        return shown


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What one attempt at a batch gave.

    `deferred` are the places (in the batch's page) of assets that the next attempt takes up.
    `tries` counts the attempts up to this one, in a row, in which some asset was asked for in
    vain; it is 0 where the deferred ones just had no time left.
    `whole` tells that this attempt stands for the batch from its start, so that results of
    earlier attempts no longer count. `pending` is what the next attempt has to know of a
    deferred asset, by its place.
    `events` are what is to stand in the audit chain, in order: `{"at", "event", "detail"}`, with
    refs only; the finisher adds batch, attempt and number to each detail.
    """

    batch: int
    attempt: int
    whole: bool
    results: tuple[dict[str, Any], ...]
    pieces: tuple[Piece, ...]
    deferred: tuple[int, ...] = ()
    tries: int = 0
    pending: dict[str, Any] = field(default_factory=dict)
    events: tuple[dict[str, Any], ...] = ()

    def to_bytes(self) -> bytes:
        """Give the blob that the ledger keeps."""
        return json.dumps(
            {
                "batch": self.batch,
                "attempt": self.attempt,
                "whole": self.whole,
                "results": list(self.results),
                "pieces": [p.to_json() for p in self.pieces],
                "deferred": list(self.deferred),
                "tries": self.tries,
                "pending": self.pending,
                "events": list(self.events),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "BatchResult":
        """Read what `to_bytes` gave."""
        value = json.loads(data)
        return cls(
            value["batch"],
            value["attempt"],
            value["whole"],
            tuple(value["results"]),
            tuple(Piece.from_json(p) for p in value["pieces"]),
            tuple(value["deferred"]),
            value.get("tries", 0),  # not in results of an app before this one
            value.get("pending", {}),
            tuple(value.get("events", ())),
        )

    def summary(self) -> "BatchSummary":
        """Give the counts that stand in the blob's metadata."""
        outcomes: dict[str, int] = {}
        for result in self.results:
            outcomes[result["outcome"]] = outcomes.get(result["outcome"], 0) + 1
        return BatchSummary(
            self.batch,
            self.attempt,
            self.whole,
            len(self.results),
            len(self.deferred),
            self.tries,
            outcomes,
        )


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """A batch result's counts, as a listing of the ledger shows them."""

    batch: int
    attempt: int
    whole: bool
    entries: int
    deferred: int
    tries: int
    outcomes: dict[str, int]

    def to_metadata(self) -> dict[str, str]:
        """Give the blob metadata."""
        counts = {name: str(count) for name, count in self.outcomes.items()}
        return counts | {
            "whole": str(int(self.whole)),
            "entries": str(self.entries),
            "deferred": str(self.deferred),
            "tries": str(self.tries),
        }

    @classmethod
    def from_metadata(cls, batch: int, attempt: int, metadata: dict[str, str]) -> "BatchSummary":
        """Read what `to_metadata` gave."""
        outcomes: dict[str, int] = {
            o.value: int(metadata[o.value]) for o in Outcome if o.value in metadata
        }
        return cls(
            batch,
            attempt,
            metadata["whole"] == "1",
            int(metadata["entries"]),
            int(metadata["deferred"]),
            int(metadata.get("tries", "0")),
            outcomes,
        )


def in_force(summaries: Iterable[BatchSummary]) -> dict[int, list[BatchSummary]]:
    """Group summaries by batch, attempts in order, from the last `whole` one on."""
    grouped: dict[int, list[BatchSummary]] = {}
    for summary in sorted(summaries, key=lambda s: (s.batch, s.attempt)):
        if summary.whole:
            grouped[summary.batch] = []
        grouped.setdefault(summary.batch, []).append(summary)
    return grouped


def is_done(attempts: list[BatchSummary], since: int = 0) -> bool:
    """Tell whether a batch's attempts, those before `since` left out, leave nothing deferred."""
    return bool(attempts) and attempts[-1].attempt >= since and attempts[-1].deferred == 0


def tally(grouped: dict[int, list[BatchSummary]]) -> dict[str, int]:
    """Count assets by outcome."""
    counts: dict[str, int] = {}
    for attempts in grouped.values():
        for summary in attempts:
            for name, count in summary.outcomes.items():
                counts[name] = counts.get(name, 0) + count
    return counts
