"""Places of bytes that a list gave a short while ago."""

from dsr.services.located import RecentLocations


def test_a_place_is_given_once():
    kept = RecentLocations(lambda: 0.0)
    kept.put("a", "https://place")
    assert (kept.take("a"), kept.take("a"), kept.take("b")) == ("https://place", None, None)


def test_the_newest_place_counts():
    kept = RecentLocations(lambda: 0.0)
    kept.put("a", "old")
    kept.put("a", "new")
    assert kept.take("a") == "new"


def test_a_place_of_a_quarter_of_an_hour_is_forgotten():
    now = [0.0]
    kept = RecentLocations(lambda: now[0])
    kept.put("a", "place")
    kept.put("b", "place")
    now[0] = RecentLocations.SECONDS
    assert kept.take("a") == "place"
    now[0] += 0.1
    assert kept.take("b") is None


def test_no_more_than_the_limit_are_kept_and_the_oldest_go_first():
    kept = RecentLocations(lambda: 0.0)
    for number in range(RecentLocations.LIMIT + 2):
        kept.put(str(number), "place")
    assert (kept.take("0"), kept.take("1"), kept.take("2")) == (None, None, "place")
    assert len(kept._kept) == RecentLocations.LIMIT - 1
