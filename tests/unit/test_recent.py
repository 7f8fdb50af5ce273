"""What is remembered of requests under way."""

import pytest

from dsr.storage.recent import Recent


class Source:
    def __init__(self) -> None:
        self.reads = 0

    def __call__(self) -> int:
        self.reads += 1
        return self.reads


def test_a_value_is_read_once_and_again_after_its_time():
    now, source = [0.0], Source()
    recent = Recent(lambda: now[0])
    assert [recent.get("r", "a", source) for _ in range(3)] == [1, 1, 1]
    assert recent.get("r", "b", source) == 2
    now[0] = Recent.SECONDS + 1
    assert recent.get("r", "a", source) == 3


def test_a_request_can_be_forgotten_and_the_oldest_go_first():
    recent, source = Recent(lambda: 0.0), Source()
    for number in range(Recent.LIMIT + 1):
        recent.get(str(number), "a", source)
    assert recent.get("0", "a", source) == Recent.LIMIT + 2
    recent.forget("5")
    assert recent.get("5", "a", source) == Recent.LIMIT + 3
    assert recent.get("6", "a", source) == 7


def test_a_failure_is_not_remembered():
    def fail() -> int:
        raise LookupError

    recent = Recent(lambda: 0.0)
    with pytest.raises(LookupError):
        recent.get("r", "a", fail)
    assert recent.get("r", "a", lambda: 5) == 5
