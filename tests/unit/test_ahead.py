"""Reading ahead: the order and the errors are those of reading one after another."""

import threading

import pytest

from dsr.usecases.ahead import ahead


@pytest.mark.parametrize("count", [0, 1, 3, 4, 50])
def test_values_come_in_the_order_of_their_keys(count):
    assert list(ahead(iter(range(count)), lambda n: n * n)) == [n * n for n in range(count)]


def test_no_more_than_a_few_are_read_before_they_are_asked_for():
    read: list[int] = []
    values = ahead(range(100), lambda n: read.append(n) or n)
    assert next(values) == 0
    assert len(read) <= 4
    values.close()
    assert len(read) <= 4


def test_an_error_comes_at_its_place():
    def read(n: int) -> int:
        if n == 2:
            raise LookupError
        return n

    values = ahead(range(5), read)
    assert [next(values), next(values)] == [0, 1]
    with pytest.raises(LookupError):
        next(values)
    assert not [t for t in threading.enumerate() if "ThreadPoolExecutor" in t.name and t.daemon]
