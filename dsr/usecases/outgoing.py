"""One asset on its way into a package, and what came of it."""

from dataclasses import dataclass, field
from typing import Any

from dsr.model.outcome import AssetResult, Outcome
from dsr.model.plan import PlanEntry
from dsr.model.redaction import Redactions
from dsr.usecases.connector import Missing
from dsr.usecases.ports import AssetWriter, FileInfo


@dataclass(slots=True)
class OutgoingAsset:
    """One asset on its way into the package."""

    entry: PlanEntry
    writer: AssetWriter
    files: list[FileInfo] = field(default_factory=list)
    redacted: Redactions = field(default_factory=Redactions)
    problems: list[str] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    def result(self) -> AssetResult:
        """Give the outcome: failed beats manual, and both tell what is in the package anyway."""
        evidence: dict[str, Any] = {
            "files": [f.to_json() for f in self.files],
            "redacted": self.redacted.to_json(),
        }
        if self.problems:
            error = "; ".join(dict.fromkeys(self.problems))
            return AssetResult(self.entry, Outcome.FAILED, evidence, error=error)
        if self.missing:
            reason = "; ".join(dict.fromkeys(m.reason for m in self.missing))
            steps = tuple(dict.fromkeys(s for m in self.missing for s in m.steps))
            return AssetResult(self.entry, Outcome.MANUAL, evidence, reason, steps=steps)
        return AssetResult(self.entry, Outcome.EXPORTED, evidence)
