"""A delete that takes something with it: not where that is held, changed, left out, or unknown."""

from collections.abc import Callable
from typing import Any

import pytest

from dsr.errors import Refused
from tests.fakes.rig import REQUEST_ID
from tests.fakes.sample import MIRA_ID
from tests.unit.deletes_rig import GROUPS, DeleteRig, Depot, Thing, rig_of

GROUP = "group:g"
NAMED = {"workspaces": ["lab"], "select": "assets", "assets": ["lab/group:g"]}
WHOLE = {"workspaces": ["lab"], "select": "workspace"}


def within(*ids: str, **options: Any) -> tuple[DeleteRig, Depot]:
    """Give a rig over one group of Tomas with reports of his in it."""
    reports = [Thing("report", i, within="g", **options) for i in ids]
    return rig_of(Thing("group", "g"), *reports, people=[], kinds=GROUPS)


def run(
    made: DeleteRig, change: Callable[[], object] = lambda: None, *include: str, **body: Any
) -> dict[str, tuple[str, str]]:
    """Plan, change something, approve, and delete; give outcomes with their reasons."""
    made.erasure(**body)
    made.run()
    change()
    made.approve(REQUEST_ID, *include)
    made.run()
    return {a: (r["outcome"], r.get("reason", "")) for a, r in made.told().items()}


def test_a_group_goes_after_what_is_in_it():
    made, depot = within("x", "y")
    assert {outcome for outcome, _ in run(made).values()} == {"deleted"}
    assert depot.asked == [("report", "x"), ("report", "y"), ("group", "g")]


@pytest.mark.parametrize("scope", [{}, {"scope": WHOLE}], ids=["subject", "whole"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_held_keeps_what_would_take_it_along(when: str, scope: dict[str, Any]):
    made, depot = within("x", "y")
    hold = lambda: made.hold("case-7", ["lab/report:x"])  # noqa: E731
    if when == "before":
        hold()
    found = run(made, (lambda: None) if when == "before" else hold, **scope)
    assert found["report:x"] == found[GROUP] == ("retained", "legal hold case-7")
    assert found["report:y"][0] == "deleted"
    assert depot.gone == {"y"}


def test_what_was_changed_since_approval_keeps_what_would_take_it_along():
    made, depot = within("x")
    found = run(made, lambda: setattr(depot.things[1], "state", "2"))
    assert found["report:x"][0] == "skipped"
    assert found[GROUP] == ("retained", "something of kind report stays, and would go with it")
    assert depot.asked == []


def test_what_is_changed_after_its_own_check_keeps_what_would_take_it_along():
    made, depot = within("x")
    depot.troubles["delete x"] = [Refused("delete report was answered with 403")]
    depot.guard = lambda kind, unit: setattr(depot.things[1], "state", "2")
    found = run(made)
    assert found["report:x"][0] == "failed"
    assert found[GROUP][0] == "skipped"
    assert found[GROUP][1].startswith("changed since approval: something of kind report")
    assert depot.gone == set()


def test_what_is_not_included_keeps_what_would_take_it_along():
    made, depot = within("x", owner="", text="asked by tomas.user@example.org")
    found = run(made)
    assert found["report:x"][0] == "skipped"
    assert found[GROUP][0] == "retained"
    assert depot.asked == []
    made, depot = within("x", owner="", text="asked by tomas.user@example.org")
    found = run(made, lambda: None, "lab/report:x")
    assert {outcome for outcome, _ in found.values()} == {"deleted"}


def test_what_came_since_approval_keeps_what_would_take_it_along():
    made, depot = within("x")
    found = run(made, lambda: depot.things.append(Thing("report", "new", MIRA_ID, within="g")))
    assert found[GROUP] == ("skipped", "changed since approval")
    assert depot.gone == {"x"}


def test_what_the_plan_shows_as_going_along_goes_where_the_group_alone_is_named():
    made, depot = within("x")
    made.erasure(scope=NAMED)
    made.run()
    made.approve()
    made.run()
    assert made.told()[GROUP]["outcome"] == "deleted"
    assert depot.asked == [("group", "g")]
    assert depot.gone == {"g", "x"}


@pytest.mark.parametrize("held", ["lab/report:x", "all"])
def test_a_hold_counts_for_what_is_not_named_as_well(held: str):
    made, depot = within("x")
    asked = [held] if held != "all" else "all"
    found = run(made, lambda: made.hold("case-7", asked), scope=NAMED)
    assert found[GROUP] == ("retained", "legal hold case-7")
    assert depot.asked == []
