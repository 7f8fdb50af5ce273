"""Writes docs/performance.md out of what was measured."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.pipeline import MAX_POLL, POLL
from bench.result import Case

MARK: Final = "<!-- what was learnt: kept as it is by make bench -->"
_RULE: Final = "|---|---|---|---|"

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
        _RULE,
        *(finding.row() for case in cases for finding in case.findings),
        "",
    ]
    for case in cases:
        lines += _section(case)
    return "\n".join(lines) + f"{MARK}\n{learnt}"


def merged(page: str, case: Case, machine: dict[str, str]) -> str:
    """Give a page with one case measured anew, or for the first time, and all else as it was.

    The case says when it was measured. Raises ValueError for a page that is none of `render`'s.
    """
    before, mark, learnt = page.partition(f"{MARK}\n")
    if not mark or f"{_RULE}\n" not in before:
        raise ValueError("the page to put a case into was not written by make bench")
    top, *sections = re.split(r"^(?=## )", before, flags=re.MULTILINE)
    rows = {finding.what: finding.row() for finding in case.findings}
    head, rule, table = top.partition(f"{_RULE}\n")
    kept = [row for row in table.splitlines() if row and row.split(" | ")[0][2:] not in rows]
    top = head + rule + "".join(f"{row}\n" for row in (*kept, *rows.values())) + "\n"
    dated = f"Measured by itself on {machine['date']}, {machine['cores']} cores."
    lines = _section(case)
    lines[2] = f"{lines[2]} {dated}"
    own = "\n".join(lines) + "\n"
    titles = [section.split("\n", 1)[0] for section in sections]
    if f"## {case.name}" in titles:
        sections[titles.index(f"## {case.name}")] = own
    else:
        sections.append(own)
    return top + "".join(sections) + mark + learnt


def _section(case: Case) -> list[str]:
    lines = [f"## {case.name}", "", case.about, ""]
    if case.figures:
        lines += [f"| measured ({case.unit}) | median | each |", "|---|---|---|"]
        for what, values in case.figures.items():
            each = ", ".join(_shown(v) for v in values)
            lines.append(f"| {what} | {_shown(case.middle(what))} | {each} |")
        lines.append("")
    for note in case.notes:
        lines += [note, ""]
    return lines


def _shown(value: float) -> str:
    """Give a count as it is, anything else with two decimals."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def learnt_of(page: Path) -> str:
    """Give what people wrote below the figures of an earlier page, "" where there is none."""
    if not page.exists():
        return ""
    return page.read_text("utf-8").partition(f"{MARK}\n")[2]
