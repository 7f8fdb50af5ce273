"""What a case found: figures, their medians, the ratio and the target."""

from dataclasses import dataclass, field
from statistics import median
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One target. `value` is what was found; it is met at most or at least at `target`."""

    what: str
    value: float
    bound: Literal["at most", "at least"]
    target: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Tell whether the target is met."""
        return self.value <= self.target if self.bound == "at most" else self.value >= self.target

    def row(self) -> str:
        """Give the table's row."""
        unit = f" {self.unit}" if self.unit else ""
        verdict = "met" if self.met else "**missed**"
        shown = f"{self.value:.3g}" if self.value < 1000 else f"{self.value:.0f}"
        return f"| {self.what} | {shown}{unit} | {self.bound} {self.target:g}{unit} | {verdict} |"


@dataclass(slots=True)
class Case:
    """A case's figures by what was measured, in the order of measuring, and its findings."""

    name: str
    about: str
    unit: str = "s"
    figures: dict[str, list[float]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take the line breaks out of `about`, which is written over several lines."""
        self.about = " ".join(self.about.split())

    def add(self, what: str, value: float) -> None:
        """Note a figure."""
        self.figures.setdefault(what, []).append(value)
        print(f"  {self.name}: {what}: {value:.3f} {self.unit}", flush=True)

    def middle(self, what: str) -> float:
        """Give the median of what was measured."""
        return median(self.figures[what])
