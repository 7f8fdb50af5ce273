"""The local host's NCRONTAB."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.host.schedule import Schedule

_BOUNDS = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NOW = datetime(2026, 11, 24, 12, 34, 56, 789_000, UTC)  # a Tuesday


def _values(moment: datetime) -> tuple[int, ...]:
    """Give what the six fields see of a moment; Sunday is 0."""
    weekday = (moment.weekday() + 1) % 7
    return (moment.second, moment.minute, moment.hour, moment.day, moment.month, weekday)


@st.composite
def _fields(draw: st.DrawFn) -> list[tuple[str, set[int]]]:
    """Draw six fields, each as text and as the numbers that it stands for."""
    fields: list[tuple[str, set[int]]] = []
    for index, (low, high) in enumerate(_BOUNDS):
        # days that no month has, and too many conditions on the date, never come
        top = 28 if index == 3 else high
        first = draw(st.integers(low, top))
        last = draw(st.integers(first, top))
        step = draw(st.integers(1, 20))
        kinds = {
            "*": set(range(low, high + 1)),
            f"*/{step}": set(range(low, high + 1, step)),
            f"{first}": {first},
            f"{first}-{last}": set(range(first, last + 1)),
            f"{first}/{step}": set(range(first, high + 1, step)),
            f"{first}-{last}/{step}": set(range(first, last + 1, step)),
            f"{last},{first}": {first, last},
        }
        text = draw(st.sampled_from(sorted(kinds)))
        fields.append((text, kinds[text]))
    return fields


_MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2110, 1, 1), timezones=st.just(UTC))


class TestAfter:
    @given(_fields(), _MOMENTS)
    def test_it_is_later_and_matches_every_field(
        self, fields: list[tuple[str, set[int]]], moment: datetime
    ) -> None:
        found = Schedule(" ".join(text for text, _ in fields)).after(moment)
        assert found > moment
        assert found.microsecond == 0
        for value, (text, numbers) in zip(_values(found), fields, strict=True):
            assert value in numbers, (text, found)

    @given(st.integers(1, 3000), st.sampled_from(["*/7", "5,50", "13-17"]), _MOMENTS)
    @example(1, "*/7", datetime(2026, 12, 31, 23, 59, 59, 999_999, UTC))
    def test_nothing_before_it_matches(self, ahead: int, minutes: str, moment: datetime) -> None:
        found = Schedule(f"*/20 {minutes} * * * *").after(moment)
        second = moment.replace(microsecond=0)
        earlier = [second + timedelta(seconds=n) for n in range(1, ahead)]
        allowed = {"*/7": set(range(0, 60, 7)), "5,50": {5, 50}, "13-17": set(range(13, 18))}
        matching = [m for m in earlier if m.second in (0, 20, 40) and m.minute in allowed[minutes]]
        assert not matching or found == matching[0]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("* * * * * *", datetime(2026, 11, 24, 12, 34, 57, tzinfo=UTC)),
            ("0 */5 * * * *", datetime(2026, 11, 24, 12, 35, tzinfo=UTC)),
            ("0 0 0 * * 0", datetime(2026, 11, 29, tzinfo=UTC)),
            ("0 30 9 * * 1-5", datetime(2026, 11, 25, 9, 30, tzinfo=UTC)),
            ("59 59 23 31 12 *", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
            ("0 0 0 29 2 *", datetime(2028, 2, 29, tzinfo=UTC)),
            ("0 0 0 29 2 2", datetime(2028, 2, 29, tzinfo=UTC)),
            ("0 0 0 29 2 1", datetime(2044, 2, 29, tzinfo=UTC)),
        ],
    )
    def test_known_moments(self, text: str, expected: datetime) -> None:
        assert Schedule(text).after(_NOW) == expected

    def test_a_leap_day_is_found_over_a_century_without_one(self) -> None:
        found = Schedule("0 0 0 29 2 0").after(datetime(2088, 3, 1, tzinfo=UTC))
        assert found == datetime(2128, 2, 29, tzinfo=UTC)

    def test_a_moment_that_matches_is_not_its_own_next(self) -> None:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        assert Schedule("0 0 0 1 1 *").after(at) == datetime(2027, 1, 1, tzinfo=UTC)
        just_before = at - timedelta(microseconds=1)
        assert Schedule("0 0 0 1 1 *").after(just_before) == at

    def test_a_date_that_no_year_has_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="never comes"):
            Schedule("0 0 0 30 2 *").after(_NOW)


class TestTexts:
    @pytest.mark.parametrize("text", ["", "* * * * *", "* * * * * * *"])
    def test_six_fields_it_has_to_have(self, text: str) -> None:
        with pytest.raises(ValueError, match="six fields"):
            Schedule(text)

    @pytest.mark.parametrize(
        "part",
        ["x", "1-", "-1", "1-2-3", "*/", "5/", "/5", "*-5", "1/2/3", ",", "1,", "1.5", "1_0", "٣"],
    )
    def test_what_is_no_number_is_refused(self, part: str) -> None:
        with pytest.raises(ValueError, match=r"second: .* is no number, range or step"):
            Schedule(f"{part} * * * * *")

    @pytest.mark.parametrize("index", range(6))
    def test_numbers_outside_a_field_are_refused(self, index: int) -> None:
        low, high = _BOUNDS[index]
        for part in (str(high + 1), f"{high}-{low}", f"{low}-{high + 1}", "*/0"):
            fields = ["*"] * 6
            fields[index] = part
            with pytest.raises(ValueError, match=f"outside {low} to {high}"):
                Schedule(" ".join(fields))
        if low:
            fields[index] = "0"
            with pytest.raises(ValueError, match="outside"):
                Schedule(" ".join(fields))
