"""`python -m bench`: runs the cases and writes docs/performance.md."""

import argparse
import sys
from pathlib import Path

from bench import machine, page
from bench.cases import CASES

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def main() -> int:
    """Run the cases; 1 where a target is missed, after the page was written."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--case", action="append", choices=CASES, help="only these")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, one run, no page")
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument(
        "--merge", action="store_true", help="with --case: put these into the page that is there"
    )
    options = parser.parse_args()
    found = []
    for name in options.case or CASES:
        print(f"{name} ...", flush=True)
        found.append(CASES[name](1 if options.quick else options.runs, options.quick))
    for finding in (f for case in found for f in case.findings):
        print(finding.row())
    if not options.quick and not options.case:
        learnt = page.learnt_of(options.out)
        options.out.write_text(page.render(machine.describe(), found, learnt), "utf-8")
        print(f"written to {options.out}")
    elif options.merge and not options.quick:
        text = options.out.read_text("utf-8")
        for case in found:
            text = page.merged(text, case, machine.describe())
        options.out.write_text(text, "utf-8")
        print(f"put into {options.out}")
    missed = any(not f.met for case in found for f in case.findings)
    return 1 if missed and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
