"""Writes docs/performance.md out of what was measured."""

from collections.abc import Sequence
from pathlib import Path

from bench.pipeline import MAX_POLL, POLL
from bench.result import Case

MARK = "<!-- what was learnt: kept as it is by make bench -->"


def render(machine: dict[str, str], cases: Sequence[Case], learnt: str) -> str:
    """Give the page; `learnt` is the part that people write, below the figures."""
    described = ", ".join(f"{name} {value}" for name, value in machine.items())
    lines = [
        "# Performance",
        "",
        "Written by `make bench`, which measures the app against what people would use: each",
        "measurement in its own process, alternating with its baseline in the same run, medians. A",
        "machine is noisy, so the ratios count, not the seconds. Everything runs on this one machine,",
        "so storage, service and app share its cores.",
        "",
        "An export is timed from just before the POST to the first status that is final; the status is",
        f"asked for every {POLL * 1000:.0f} ms. The host was idle but warm: it has exported one other dataset",
        f"before. The local host looks at an idle queue every {MAX_POLL * 1000:.0f} ms at most; in Azure that is",
        "`maxPollingInterval` of host.json, and an idle app starts later by as much. After each export",
        "its package is opened and the files in it are counted.",
        "",
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
                each = ", ".join(f"{v:.2f}" for v in values)
                lines.append(f"| {what} | {case.middle(what):.2f} | {each} |")
            lines.append("")
        for note in case.notes:
            lines += [note, ""]
    return "\n".join(lines) + f"{MARK}\n{learnt}"


def learnt_of(page: Path) -> str:
    """Give what people wrote below the figures of an earlier page, "" where there is none."""
    if not page.exists():
        return ""
    return page.read_text("utf-8").partition(f"{MARK}\n")[2]
