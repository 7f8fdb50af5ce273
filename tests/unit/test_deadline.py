"""When a request has to be answered."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.model.deadline import due_at

MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(9000, 12, 31), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("submitted", "due"),
    [
        ("2026-11-24T09:00:00+00:00", "2026-12-24T09:00:00+00:00"),
        ("2026-12-31T23:59:59+00:00", "2027-01-31T23:59:59+00:00"),
        ("2027-01-31T00:00:00+00:00", "2027-02-28T00:00:00+00:00"),
        ("2028-01-30T00:00:00+00:00", "2028-02-29T00:00:00+00:00"),
        ("2026-05-31T12:00:00+00:00", "2026-06-30T12:00:00+00:00"),
    ],
)
def test_gdpr_is_one_month_to_the_same_day_or_the_last_of_a_shorter_month(submitted, due):
    assert due_at("gdpr", datetime.fromisoformat(submitted)) == datetime.fromisoformat(due)


def test_ccpa_is_45_days():
    assert due_at("ccpa", datetime(2026, 11, 24, tzinfo=UTC)) == datetime(2027, 1, 8, tzinfo=UTC)


@given(MOMENTS)
def test_a_gdpr_month_is_28_to_31_days_at_the_same_time_of_day(submitted: datetime):
    due = due_at("gdpr", submitted)
    assert timedelta(days=28) <= due - submitted <= timedelta(days=31)
    assert due.timetz() == submitted.timetz()
    assert (due.month - submitted.month) % 12 == 1


@given(MOMENTS, MOMENTS)
def test_who_asks_later_is_never_due_earlier(one: datetime, other: datetime):
    first, second = sorted((one, other))
    assert due_at("gdpr", first) <= due_at("gdpr", second)
