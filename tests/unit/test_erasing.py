"""What a delete does about one asset: sure or not, held, changed, gone, refused, slow, blocked."""

from typing import Any

import pytest

from dsr.errors import Invalid, Refused, Unavailable, Unusable
from dsr.usecases.connector import Missing
from dsr.usecases.deletion import SETTLES
from tests.fakes.sample import MIRA_ID, TOMAS_ID
from tests.unit.deletes_rig import OWN_ID, DeleteRig, Thing, rig_of

WHOLE = {"workspaces": ["lab"], "select": "workspace"}
ALIAS = {"emails": ["tomas.user@example.org"], "user_ids": [TOMAS_ID], "aliases": ["tu"]}
REVIEWED = {
    "resolved": Thing("report", "x", owner="", alias="tu"),
    "weak": Thing("report", "x", owner="", text="asked by tomas.user@example.org"),
}


def only(**options: Any) -> tuple[DeleteRig, Any]:
    """Give a rig over one report of Tomas, and nobody to remove."""
    return rig_of(Thing("report", "x"), **({"people": []} | options))


def told(made: DeleteRig, asset: str = "report:x") -> tuple[str, str]:
    found = made.told()[asset]
    return found["outcome"], found.get("reason") or found.get("error") or ""


def approved_after(made: DeleteRig, change, *include: str, **body: Any) -> None:
    """Plan a delete, change something, approve, and run it."""
    made.erasure(**body)
    made.run()
    change()
    made.approve(made.ports.ledger.load(made_id(made)).request_id, *include)
    made.run()


def made_id(made: DeleteRig) -> str:
    return next(made.ports.ledger.index()).request_id


def test_a_deleted_asset_was_looked_for_and_its_evidence_says_so():
    made, depot = only()
    found = made.deleted()["report:x"]
    assert found["outcome"] == "deleted"
    assert found["evidence"] == {
        "requested_at": "2026-11-24T09:00:00.000Z",
        "calls": 1,
        "verified_at": "2026-11-24T09:00:00.000Z",
        "seen": "neither by its id nor in the list",
        "answered": 200,
    }
    assert depot.asked == depot.counted == [("report", "x")]


@pytest.mark.parametrize("tier", REVIEWED)
def test_what_is_not_sure_is_deleted_only_where_the_approval_includes_it(tier: str):
    for include, outcome in (((), "skipped"), (("lab/report:x",), "deleted")):
        made, depot = rig_of(REVIEWED[tier], people=[])
        found = made.deleted(*include, subject=ALIAS)["report:x"]
        assert (found["action"], found["outcome"]) == ("review", outcome)
        assert found["match"]["tier"] == tier
        assert len(depot.asked) == len(include)


@pytest.mark.parametrize("asset", ["report:sure", "model:m", "report:nowhere", "report:hers"])
def test_nothing_but_entries_to_review_can_be_included(asset: str):
    hers = Thing("report", "hers", MIRA_ID)
    made, depot = rig_of(Thing("report", "sure"), Thing("model", "m"), hers)
    made.erasure()
    made.run()
    with pytest.raises(Invalid, match="/include/0"):
        made.approve(made_id(made), f"lab/{asset}")
    made.run()
    assert made.status()["status"] == "awaiting_approval"
    assert depot.asked == []


def test_what_no_api_deletes_is_manual_with_steps_sure_or_included():
    weak = Thing("model", "w", owner="", text="tomas.user@example.org")
    made, depot = rig_of(Thing("model", "m"), weak, people=[])
    found = made.deleted("lab/model:w")
    assert {r["outcome"] for r in found.values()} == {"manual"}
    assert all(r["steps"] == ["Delete the model by hand."] for r in found.values())
    assert depot.asked == []


def test_nobody_is_told_to_delete_by_hand_what_is_held_by_now():
    weak = Thing("model", "w", owner="", text="tomas.user@example.org")
    made, _ = rig_of(Thing("model", "m"), weak, people=[])
    approved_after(made, lambda: made.hold("case-7", "all"), "lab/model:w")
    assert {(r["outcome"], r["reason"]) for r in made.told().values()} == {
        ("retained", "legal hold case-7")
    }
    assert not any("steps" in r for r in made.told().values())


def test_samples_are_one_skipped_entry_a_kind():
    samples = [Thing("report", f"s{n}", builtin=True) for n in range(3)]
    made, depot = rig_of(*samples, people=[])
    found = made.deleted()
    assert {a: (r["outcome"], r["count"]) for a, r in found.items()} == {
        "report:samples": ("skipped", 3)
    }
    assert depot.asked == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_held_asset_is_retained_whenever_the_hold_came(when: str):
    made, depot = only()
    if when == "before":
        made.hold("case-7", ["lab/report:x"])
    approved_after(made, lambda: when == "after" and made.hold("case-7", ["lab/report:x"]))
    assert told(made) == ("retained", "legal hold case-7")
    assert depot.asked == []


def test_a_hold_on_one_version_keeps_its_whole_family():
    family = [Thing("job", f"v{n}", unit="fam") for n in range(2)]
    for when in ("before", "after"):
        made, depot = rig_of(*family, people=[])
        if when == "before":
            made.hold("case-7", ["lab/job:v1"])
        approved_after(made, lambda m=made, w=when: w == "after" and m.hold("c", ["lab/job:v1"]))
        assert set(made.outcomes().values()) == {"retained"}
        assert depot.asked == []


def test_a_family_of_the_subject_goes_by_one_call():
    made, depot = rig_of(*(Thing("job", f"v{n}", unit="fam") for n in range(3)), people=[])
    assert {r["outcome"] for r in made.deleted().values()} == {"deleted"}
    assert depot.asked == [("job", "fam")]


def test_a_family_shared_with_others_is_reviewed_and_retained_even_where_included():
    family = [Thing("job", "his", unit="fam"), Thing("job", "hers", MIRA_ID, "fam")]
    for include, outcome in (((), "skipped"), (("lab/job:his",), "retained")):
        made, depot = rig_of(*family, people=[])
        found = made.deleted(*include)
        assert {a: (r["action"], r["outcome"]) for a, r in found.items()} == {
            "job:his": ("review", outcome)
        }
        assert depot.asked == []


def test_a_family_of_which_part_is_sure_goes_only_where_all_of_it_is_included():
    family = [Thing("job", "a", unit="fam"), Thing("job", "b", "", "fam", alias="tu")]
    for include, outcomes in (
        ((), {"skipped"}),
        (("lab/job:b",), {"retained", "skipped"}),
        (("lab/job:a", "lab/job:b"), {"deleted"}),
    ):
        made, depot = rig_of(*family, people=[])
        found = made.deleted(*include, subject=ALIAS)
        assert {r["outcome"] for r in found.values()} == outcomes
        assert len(depot.asked) == (outcomes == {"deleted"})


@pytest.mark.parametrize("owner", ["", MIRA_ID, "his own"])
def test_a_family_with_a_version_more_than_was_approved_stays(owner: str):
    made, depot = rig_of(Thing("job", "v1", unit="fam"), people=[])
    new = Thing("job", "v2", unit="fam") if owner == "his own" else Thing("job", "v2", owner, "fam")
    approved_after(made, lambda: depot.things.append(new))
    assert told(made, "job:v1") == (
        "skipped",
        "changed since approval: there are further versions of it",
    )
    assert depot.asked == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("owner", [MIRA_ID, TOMAS_ID])
def test_a_version_that_may_be_of_two_families_keeps_both_from_being_deleted(when: str, owner: str):
    families = [Thing("job", f"{f}{n}", unit=f) for f in ("one", "two") for n in range(2)]
    stray = Thing("job", "stray", owner, disputed=("one", "two"))
    made, depot = rig_of(*families, people=[])
    if when == "before":
        depot.things.append(stray)
    approved_after(made, lambda: when == "after" and depot.things.append(stray))
    found = {a: r["outcome"] for a, r in made.told().items() if a != "job:stray"}
    assert len(found) == 4
    assert set(found.values()) == {"manual" if when == "before" else "skipped"}
    assert depot.asked == []
    if when == "before" and owner == TOMAS_ID:
        stays = made.told()["job:stray"]
        assert (stays["outcome"], stays["reason"]) == (
            "manual",
            "the service does not say clearly what a delete would take with it",
        )


def test_a_list_that_does_not_end_fails_uncalled():
    class Endless:
        next = "again"

        def __iter__(self):
            return iter(())

    made, depot = only()
    plain = depot.assets
    approved_after(made, lambda: setattr(depot, "assets", lambda kind, cursor: Endless()))
    depot.assets = plain
    assert told(made) == ("failed", "the list of kind report does not end")
    assert depot.asked == []


def test_a_changed_version_keeps_its_whole_family():
    made, depot = rig_of(*(Thing("job", f"v{n}", unit="fam") for n in range(2)), people=[])
    approved_after(made, lambda: setattr(depot.things[1], "state", "2"))
    assert {(r["outcome"], r["reason"]) for r in made.told().values()} == {
        ("skipped", "changed since approval")
    }
    assert depot.asked == []


def test_a_version_that_went_by_itself_does_not_keep_the_others():
    made, depot = rig_of(*(Thing("job", f"v{n}", unit="fam") for n in range(2)), people=[])
    approved_after(made, lambda: depot.gone.add("v0"))
    assert told(made, "job:v0")[0] == "skipped"
    assert told(made, "job:v1")[0] == "deleted"
    assert depot.asked == [("job", "fam")]


@pytest.mark.parametrize("field", ["state", "builtin", "unit"])
def test_an_asset_that_was_changed_since_approval_stays(field: str):
    made, depot = only()
    values = {"state": "2", "builtin": True, "unit": "another"}
    approved_after(made, lambda: setattr(depot.things[0], field, values[field]))
    assert told(made)[0] == "skipped"
    assert told(made)[1].startswith("changed since approval")
    assert depot.asked == []


def test_an_asset_that_is_gone_already_is_skipped_and_asked_for_by_nobody():
    made, depot = only()
    approved_after(made, lambda: depot.gone.add("x"))
    assert told(made) == ("skipped", "changed since approval: it is no longer there")
    assert depot.asked == []


def test_a_refused_delete_fails_at_once_and_keeps_nothing_from_going():
    refused = {"delete x": [Refused("delete was answered with 403")]}
    made, depot = rig_of(Thing("report", "x"), Thing("job", "j"), people=[], troubles=refused)
    made.deleted()
    assert told(made) == ("failed", "the delete was refused: delete was answered with 403")
    assert told(made, "job:j")[0] == "deleted"
    assert depot.asked == [("report", "x"), ("job", "j")]


def test_a_delete_that_counted_though_it_answered_500_is_asked_once():
    made, depot = only(after={"x"})
    found = made.deleted()["report:x"]
    assert (found["outcome"], found["evidence"]["calls"]) == ("deleted", 1)
    assert "answered" not in found["evidence"]
    assert depot.asked == [("report", "x")]


def test_a_delete_that_did_not_count_is_asked_for_again_once_that_would_show():
    made, depot = only(troubles={"delete x": [Unavailable("500")]})
    times = []
    depot.guard = lambda kind, unit: times.append(made.clock)
    found = made.deleted()["report:x"]
    assert (found["outcome"], found["evidence"]["calls"]) == ("deleted", 2)
    assert (times[1] - times[0]).total_seconds() >= SETTLES * made.ports.retry_seconds


def test_a_delete_that_never_counts_is_asked_for_three_times_and_fails():
    made, depot = only(troubles={"delete x": [Unavailable("500")] * 9})
    started = made.clock
    made.deleted()
    outcome, error = told(made)
    assert outcome == "failed"
    assert error.startswith("still there")
    assert depot.asked == [("report", "x")] * 3
    assert (made.clock - started).total_seconds() >= made.ports.verify_seconds


def test_a_last_call_that_counts_late_is_still_found_gone():
    """The time to look counts from the last call, as the first ones may not have counted."""
    made, depot = only(troubles={"delete x": [Unavailable("500")]})
    made.with_ports(retry_seconds=10, verify_seconds=110)
    lists = depot.assets
    asked_at: list[Any] = []
    depot.guard = lambda kind, unit: asked_at.append(made.clock)

    def lagging(kind: str, cursor: str | None):
        if len(asked_at) > 1 and (made.clock - asked_at[1]).total_seconds() < 15:
            depot.gone.discard("x")
            page = lists(kind, cursor)
            depot.gone.add("x")
            return page
        return lists(kind, cursor)

    depot.assets = lagging
    made.deleted()
    assert told(made)[0] == "deleted"


def test_a_list_that_lags_is_waited_for_and_one_that_never_shows_it_fails():
    for lag, outcome in ((100, "deleted"), (10_000, "failed")):
        made, depot = only()
        lists, gone_at = depot.assets, []
        depot.guard = lambda kind, unit, g=gone_at, m=made: g.append(m.clock)

        def lagging(kind: str, cursor: str | None, m=made, d=depot, g=gone_at, s=lag, old=lists):
            if g and (m.clock - g[0]).total_seconds() < s:
                kept, d.gone = d.gone, set()
                page = old(kind, cursor)
                d.gone = kept
                return page
            return old(kind, cursor)

        depot.assets = lagging
        made.deleted()
        assert told(made)[0] == outcome
        assert depot.asked == [("report", "x")]
        if outcome == "failed":
            assert "a list still shows it" in told(made)[1]


@pytest.mark.parametrize("fails", [False, True])
def test_a_delete_that_takes_time_is_followed_to_its_end(fails: bool):
    made, depot = only(slow={"x": 4}, fails={"x"} if fails else set())
    made.deleted()
    assert told(made)[0] == ("failed" if fails else "deleted")
    assert depot.asked == [("report", "x")]
    if fails:
        assert "ended in failure (Conflict)" in told(made)[1]


def test_what_is_blocked_goes_once_what_it_waits_for_has_gone():
    things = [Thing("report", "a"), Thing("report", "b")]
    made, depot = rig_of(*things, people=[], blocked={"a": {"b"}})
    found = made.deleted()
    assert {a: (r["outcome"], r["evidence"]["calls"]) for a, r in found.items()} == {
        "report:a": ("deleted", 1),
        "report:b": ("deleted", 1),
    }
    assert depot.counted == [("report", "b"), ("report", "a")]


def test_what_was_blocked_for_long_is_asked_for_again_like_anything_else():
    made, depot = only(blocked={"x": {"y"}})

    def guard(kind: str, unit: str) -> None:
        if len(depot.asked) == 5:
            depot.gone.add("y")
            depot.troubles["delete x"] = [Unavailable("500")]

    depot.guard = guard
    found = made.deleted()["report:x"]
    assert (found["outcome"], found["evidence"]["calls"]) == ("deleted", 2)


def test_what_stays_blocked_is_retained():
    made, depot = only(blocked={"x": {"something of others"}})
    made.deleted()
    assert told(made) == ("retained", "it can't be deleted while others use it")
    assert depot.counted == []


def test_an_asset_that_can_not_be_checked_is_left_for_later_and_then_fails_uncalled():
    made, depot = only()
    made.erasure()
    made.run()
    depot.gone.add("x")  # so that it is looked for by itself
    depot.troubles["look x"] = [Unavailable("busy")] * 1000
    made.approve()
    made.run()
    assert told(made) == ("failed", "busy")
    assert depot.asked == []


def test_a_list_that_is_refused_fails_uncalled():
    made, depot = only()
    made.erasure()
    made.run()

    def refused(kind: str, cursor: str | None):
        raise Refused("list reports was answered with 403")

    depot.assets = refused
    made.approve()
    made.run()
    assert told(made) == ("failed", "list reports was answered with 403")
    assert depot.asked == []


def test_an_unusable_answer_fails_that_asset_alone():
    made, _ = rig_of(
        Thing("report", "x"),
        Thing("report", "y"),
        people=[],
        troubles={"delete x": [Unusable("delete was answered with 400")]},
    )
    made.deleted()
    assert told(made) == ("failed", "delete was answered with 400")
    assert told(made, "report:y")[0] == "deleted"


def test_what_no_api_exports_whole_is_left_to_a_person_where_it_is_to_be_exported_first():
    made, depot = only()
    plain = depot.read

    def read(kind: str, asset_id: str, listed: Any, include_data: bool):
        yield from plain(kind, asset_id, listed, include_data)
        yield Missing("code", "no API gives its code", ("Copy the code by hand.",))

    depot.read = read
    found = made.deleted(export_first=True)["report:x"]
    assert (found["outcome"], found["reason"]) == (
        "manual",
        "it was not exported whole, so it is not deleted",
    )
    assert found["steps"][-1] == "Then submit a delete of it without export_first."
    assert any("Copy the code by hand." in step for step in found["steps"])
    assert depot.asked == []
    assert "retry" not in made.status()["links"]


def test_reports_go_before_jobs():
    things = [Thing("job", "j"), *(Thing("report", f"r{n}") for n in range(5))]
    made, depot = rig_of(*things, people=[])
    made.deleted()
    assert [kind for kind, _ in depot.asked] == ["report"] * 5 + ["job"]


# A whole workspace.


def test_a_whole_workspace_goes_last_and_takes_with_it_what_no_call_deletes():
    hers = Thing("report", "hers", MIRA_ID)
    made, depot = rig_of(Thing("report", "x"), hers, Thing("model", "m"), Thing("job", "j"))
    found = made.deleted(scope=WHOLE)
    assert {r["outcome"] for r in found.values()} == {"deleted"}
    assert len(found) == 7
    assert depot.asked[-1] == ("workspace", OWN_ID)
    assert len(depot.asked) == 4
    assert made.status()["status"] == "completed"


def whole(change, **options: Any) -> tuple[DeleteRig, Any, dict[str, str]]:
    """Delete a whole workspace that is changed after the plan; give what became of it."""
    things = [Thing("report", "x"), Thing("model", "m"), Thing("job", "j", MIRA_ID)]
    made, depot = rig_of(*things, **({"people": []} | options))
    approved_after(made, lambda: change(made, depot), scope=WHOLE)
    return made, depot, made.outcomes()


@pytest.mark.parametrize("kind", ["report", "job", "model"])
def test_a_workspace_with_something_new_in_it_stays(kind: str):
    _, depot, found = whole(lambda _, d: d.things.append(Thing(kind, "new", MIRA_ID)))
    assert found[f"workspace:{OWN_ID}"] == "skipped"
    assert found["model:m"] == "manual"
    assert ("workspace", OWN_ID) not in depot.asked
    assert "new" not in depot.gone


@pytest.mark.parametrize("thing", [0, 1, 2])
def test_a_workspace_with_something_in_it_that_was_changed_stays(thing: int):
    made, depot, found = whole(lambda _, d: setattr(d.things[thing], "state", "2"))
    changed = depot.things[thing]
    assert found[f"workspace:{OWN_ID}"] == "skipped"
    reason = made.told()[f"workspace:{OWN_ID}"]["reason"]
    assert reason.startswith("changed since approval")
    assert changed.id not in depot.gone
    assert ("workspace", OWN_ID) not in depot.asked


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("held", ["report:x", "model:m", "job:j"])
def test_a_workspace_with_a_held_asset_is_retained(held: str, when: str):
    things = [Thing("report", "x"), Thing("model", "m"), Thing("job", "j", MIRA_ID)]
    made, depot = rig_of(*things, people=[])
    if when == "before":
        made.hold("case-7", [f"lab/{held}"])
    approved_after(
        made, lambda: when == "after" and made.hold("case-7", [f"lab/{held}"]), scope=WHOLE
    )
    found = made.told()
    own = found[f"workspace:{OWN_ID}"]
    assert (own["outcome"], own["reason"]) == ("retained", "legal hold case-7")
    assert ("workspace", OWN_ID) not in depot.asked
    assert held.partition(":")[2] not in depot.gone


def test_a_sample_is_no_reason_to_keep_a_workspace():
    sample = Thing("report", "sample", builtin=True)
    made, depot = rig_of(Thing("report", "x"), sample, people=[])
    found = made.deleted(scope=WHOLE)
    assert found[f"workspace:{OWN_ID}"]["outcome"] == "deleted"
    assert found["report:samples"]["outcome"] == "skipped"
    assert ("report", "sample") not in depot.asked


def test_where_nobody_can_tell_whether_the_workspace_is_gone_it_is_asked_again():
    made, depot = rig_of(Thing("model", "m"), people=[])
    made.erasure(scope=WHOLE)
    made.run()
    made.approve()
    while ("workspace", OWN_ID) not in depot.counted:
        assert made.step()
    depot.troubles[f"look {OWN_ID}"] = [Unavailable("busy")] * 3
    made.run()
    assert set(made.outcomes().values()) == {"deleted"}
    assert depot.asked == [("workspace", OWN_ID)]
