"""Writes docs/performance.md out of what was measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.pipeline import MAX_POLL, POLL
from bench.result import Case

MARK: Final = "<!-- what was learnt: kept as it is by make bench -->"

_ABOUT: Final = f"""# Performance

Written by `make bench`, which measures the app against what people would use: each measurement
in its own process, alternating with its baseline in the same run, medians. A machine is noisy, so
the ratios count, not the seconds. Storage, service and app share the cores of this one machine.

An export is timed from just before the POST to the first status that is final, which is asked for
every {POLL * 1000:.0f} ms. The host is warm: it has exported one other dataset before. It looks at
an idle queue every {MAX_POLL * 1000:.0f} ms at most; in Azure that is `maxPollingInterval` of
host.json, and an idle app begins later by as much. After each export its package is opened and
the files in it are counted.
"""


def render(machine: dict[str, str], cases: Sequence[Case], learnt: str) -> str:
    """Give the page; `learnt` is the part that people write, below the figures."""
    described = ", ".join(f"{name} {value}" for name, value in machine.items())
    lines = [
        _ABOUT,
        f"Measured on: {described}.",
        "",
        "| what | found | target | |",
        "|---|---|---|---|",
        *(finding.row() for case in cases for finding in case.findings),
        "",
    ]
    for case in cases:
        lines += [f"## {case.name}", "", case.about, ""]
        if case.figures:
            lines += [f"| measured ({case.unit}) | median | each |", "|---|---|---|"]
            for what, values in case.figures.items():
                each = ", ".join(_shown(v) for v in values)
                lines.append(f"| {what} | {_shown(case.middle(what))} | {each} |")
            lines.append("")
        for note in case.notes:
            lines += [note, ""]
    return "\n".join(lines) + f"{MARK}\n{learnt}"


def _shown(value: float) -> str:
    """Give a count as it is, anything else with two decimals."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def learnt_of(page: Path) -> str:
    """Give what people wrote below the figures of an earlier page, "" where there is none."""
    if not page.exists():
        return ""
    return page.read_text("utf-8").partition(f"{MARK}\n")[2]
