"""Medians, verdicts and the page that they end up in."""

from pathlib import Path

import pytest

from bench.page import MARK, learnt_of, merged, render
from bench.result import Case, Finding


@pytest.mark.parametrize(
    ("value", "bound", "met"),
    [
        (0.33, "at most", True),
        (0.5, "at most", True),
        (0.51, "at most", False),
        (0.5, "at least", True),
        (0.49, "at least", False),
    ],
)
def test_a_target_is_met_up_to_and_at_its_bound(value: float, bound: str, met: bool):
    finding = Finding("time", value, bound, 0.5)  # type: ignore[arg-type]
    assert finding.met is met
    assert ("**missed**" in finding.row()) is not met


def test_a_row_tells_what_was_found_its_target_and_the_unit():
    row = Finding("peak", 41.26, "at most", 32, "MiB").row()
    assert row == "| peak | 41.3 MiB | at most 32 MiB | **missed** |"


def test_the_median_is_the_one_in_the_middle_and_not_the_mean():
    case = Case("small", "about")
    for value in (9.0, 1.0, 2.0):
        case.add("the app", value)
    assert case.middle("the app") == 2.0
    assert case.figures == {"the app": [9.0, 1.0, 2.0]}


def test_what_a_case_is_about_is_one_line():
    assert Case("small", "one\n        two").about == "one two"


def test_the_page_holds_the_machine_every_figure_and_every_verdict():
    case = Case("small", "many small ones")
    for value in (1.25, 3.0, 2.5):
        case.add("the app", value)
    case.findings.append(Finding("time beside rclone", 0.7, "at most", 0.5))
    case.notes.append("a note")
    text = render({"cores": "2", "Python": "3.11"}, [case], "by people\n")
    assert "cores 2, Python 3.11" in text
    assert "| the app | 2.50 | 1.25, 3, 2.50 |" in text
    assert "| time beside rclone | 0.7 | at most 0.5 | **missed** |" in text
    assert "\na note\n" in text
    assert text.endswith(f"{MARK}\nby people\n")


def test_what_people_wrote_stays(tmp_path: Path):
    page = tmp_path / "performance.md"
    assert learnt_of(page) == ""
    page.write_text(render({}, [], "by people\n"), "utf-8")
    assert learnt_of(page) == "by people\n"


def measured(name: str, seconds: float, met: float) -> Case:
    case = Case(name, f"about {name}")
    case.add("the app", seconds)
    case.findings.append(Finding(f"time of {name}", met, "at most", 1))
    return case


MACHINE = {"date": "2026-11-28", "cores": "2"}


def test_a_case_takes_its_own_place_on_the_page_and_no_other():
    page = render({"cores": "4"}, [measured("a", 1, 0.5), measured("b", 2, 0.5)], "by people\n")
    again = merged(page, measured("a", 7, 1.5), MACHINE)
    assert "about a Measured by itself on 2026-11-28, 2 cores." in again
    assert "| time of a | 1.5 | at most 1 | **missed** |" in again
    assert "| time of a | 0.5" not in again
    assert "| time of b | 0.5 | at most 1 | met |" in again
    assert again[again.index("## b") :] == page[page.index("## b") :]
    assert [line for line in again.splitlines() if line.startswith("## ")] == ["## a", "## b"]


def test_a_new_case_comes_after_the_others_and_before_what_people_wrote():
    page = render({"cores": "4"}, [measured("a", 1, 0.5)], "## Learnt\nby people\n")
    more = merged(page, measured("c", 3, 0.5), MACHINE)
    titles = [line for line in more.splitlines() if line.startswith("## ")]
    assert titles == ["## a", "## c", "## Learnt"]
    assert more.endswith(f"{MARK}\n## Learnt\nby people\n")
    assert more.index("time of a | 0.5") < more.index("time of c | 0.5") < more.index("## a")
    assert merged(more, measured("c", 3, 0.5), MACHINE) == more


def test_no_case_is_put_into_another_page():
    with pytest.raises(ValueError, match="not written by make bench"):
        merged("# Something else\n", measured("a", 1, 0.5), MACHINE)
