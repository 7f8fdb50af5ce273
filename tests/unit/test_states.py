"""The life of a request: the table, and the record that follows it."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.errors import Conflict
from dsr.model.record import PackageInfo, RequestRecord
from dsr.model.states import FINAL, TRANSITIONS, WITH_PACKAGE, State, check_transition

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RECORD = RequestRecord(
    request_id="6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01",
    type="export",
    regulation="gdpr",
    status=State.RECEIVED,
    received_at=NOW,
    due_at=NOW + timedelta(days=30),
    updated_at=NOW,
    body_mac="ab" * 32,
    submitted_at=NOW,
)
RETRY = (State.COMPLETED_WITH_EXCEPTIONS, State.RUNNING)
"""The only step out of an end: what failed of a delete is run again."""
ENDS = {"completed", "completed_with_exceptions", "failed", "rejected", "cancelled"}


def test_the_final_states_are_those_of_the_contract_and_every_other_has_a_way_out():
    assert {state.value for state in FINAL} == ENDS
    left = {(state, after) for state in FINAL for after in TRANSITIONS[state]}
    assert left == {RETRY}
    assert set(TRANSITIONS) == set(State)
    assert all(TRANSITIONS[state] for state in set(State) - FINAL)


def test_every_state_can_be_reached_from_received():
    reached, rest = {State.RECEIVED}, [State.RECEIVED]
    while rest:
        new = TRANSITIONS[rest.pop()] - reached
        reached |= new
        rest += new
    assert reached == set(State)


def test_every_state_that_is_not_final_can_be_cancelled_and_can_reach_an_end():
    for state in set(State) - FINAL:
        assert State.CANCELLED in TRANSITIONS[state]


def test_only_a_verified_export_ends_with_a_package():
    into = {before for before, after in TRANSITIONS.items() if after & WITH_PACKAGE}
    assert into == {State.VERIFYING, State.PLANNING}  # planning: plan_only, which makes none
    assert TRANSITIONS[State.AWAITING_APPROVAL].isdisjoint(WITH_PACKAGE)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(State, State)))
def test_a_step_is_allowed_exactly_where_the_table_has_it(before: State, after: State):
    record = replace(RECORD, status=before)
    if after in TRANSITIONS[before]:
        check_transition(before, after)
        moved = record.become(after, NOW + timedelta(seconds=5))
        assert (moved.status, moved.updated_at) == (after, NOW + timedelta(seconds=5))
        assert moved.final == (after in FINAL)
        assert moved.ended_at == (moved.updated_at if after in FINAL else None)
    else:
        with pytest.raises(Conflict, match=before.value):
            record.become(after, NOW)


@given(st.lists(st.sampled_from(list(State)), max_size=30))
def test_random_walks_never_leave_the_table_nor_a_final_state_but_by_a_retry(wishes: list[State]):
    record = RECORD
    for moment, wish in enumerate(wishes):
        before = record
        try:
            record = record.become(wish, NOW + timedelta(seconds=moment))
        except Conflict:
            assert wish not in TRANSITIONS[before.status]
            assert record is before
        else:
            assert not before.final or (before.status, wish) == RETRY
            assert wish in TRANSITIONS[before.status]


def test_changes_ride_along_with_the_step_and_leave_the_old_record_alone():
    planning = RECORD.become(State.PLANNING, NOW)
    running = planning.become(State.RUNNING, NOW, plan_hash="f" * 64, total=3)
    assert (running.plan_hash, running.total) == ("f" * 64, 3)
    assert (planning.plan_hash, planning.total) == (None, 0)


@given(
    status=st.sampled_from(list(State)),
    outcomes=st.dictionaries(st.sampled_from(["exported", "manual", "failed"]), st.integers(0)),
    ended=st.none() | st.datetimes(timezones=st.just(UTC)),
    package=st.none()
    | st.builds(
        PackageInfo,
        parts=st.lists(st.tuples(st.text(), st.integers(0)), max_size=3).map(tuple),
        tagmanifest_sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
        expires_at=st.just(NOW),
        deleted=st.booleans(),
    ),
    flags=st.fixed_dictionaries({"erased": st.booleans(), "swept": st.booleans()}),
)
def test_a_record_comes_back_from_json_as_it_was(status, outcomes, ended, package, flags):
    if ended is not None:
        ended = ended.replace(microsecond=ended.microsecond // 1000 * 1000)
    record = replace(
        RECORD,
        status=status,
        outcomes=outcomes,
        ended_at=ended,
        package=package,
        notices=({"code": "telemetry"},),
        problems=({"pointer": "/type", "detail": "is required"},),
        **flags,
    )
    assert RequestRecord.from_json(record.to_json()) == record


def test_counts_name_every_outcome_and_exceptions_are_manual_retained_and_failed():
    counted = replace(RECORD, total=4, unattributed=2, outcomes={"exported": 3, "skipped": 1})
    assert counted.counts() == {
        "total": 4,
        "unattributed": 2,
        "exported": 3,
        "deleted": 0,
        "manual": 0,
        "retained": 0,
        "skipped": 1,
        "failed": 0,
    }
    assert not counted.has_exceptions
    for name in ("manual", "retained", "failed"):
        assert replace(RECORD, outcomes={name: 1}).has_exceptions
