"""What lists show: some seconds old at most, never begun before who asks, read once for many."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dsr.errors import Unavailable
from dsr.model.asset import Asset, Kind
from dsr.usecases.shown import Shown

BEGIN = datetime(2026, 11, 24, tzinfo=UTC)


class Service:
    """A connector whose list has one asset, called by how often it was listed."""

    kinds = (Kind("job"),)

    def __init__(self) -> None:
        self.lists = 0
        self.now = BEGIN
        self.meanwhile: Callable[[], object] = lambda: None

    def assets(self, kind: str, cursor: str | None) -> Any:
        self.lists += 1
        number = self.lists
        self.meanwhile()

        class Page(SimpleNamespace):
            def __iter__(self) -> Any:
                return iter([Asset(kind, f"of-{number}", "", "")])

        return Page(next=None)

    def shown(self) -> Shown:
        return Shown(cast(Any, self), lambda: self.now)


def seen(shown: Shown) -> list[str]:
    return list(shown.of("job"))


def test_a_list_is_asked_for_again_once_it_is_some_seconds_old():
    service = Service()
    shown = service.shown()
    assert seen(shown) == seen(shown) == ["of-1"]
    service.now += timedelta(seconds=5.1)
    assert seen(shown) == ["of-2"]


def test_who_begins_later_gets_no_list_of_before():
    service = Service()
    first = service.shown()
    assert seen(first) == ["of-1"]
    assert seen(service.shown()) == ["of-2"]


def test_who_was_there_before_shares_a_list_but_no_old_one():
    service = Service()
    first, second, third = service.shown(), service.shown(), service.shown()
    assert seen(first) == seen(second) == ["of-1"]
    service.now += timedelta(seconds=5.1)
    assert seen(third) == ["of-2"]
    assert seen(first) == ["of-2"]


def test_once_all_was_asked_for_one_list_that_begins_then_is_enough():
    service = Service()
    first, second = service.shown(), service.shown()
    seen(first)
    seen(second)
    first.look_again()
    assert seen(first) == ["of-2"]
    service.now += timedelta(seconds=60)
    assert seen(first) == ["of-2"]
    second.look_again()
    assert seen(second) == ["of-3"]


def test_a_list_that_began_before_all_was_asked_for_does_not_count():
    service = Service()
    first, second = service.shown(), service.shown()
    service.meanwhile = second.look_again  # asked for while the first one's list is read
    assert seen(first) == ["of-1"]
    service.meanwhile = lambda: None
    assert seen(second) == ["of-2"]


def test_many_at_once_read_one_list():
    service = Service()
    many = [service.shown() for _ in range(8)]
    entered, found = threading.Barrier(8), []

    def look(shown: Shown) -> None:
        entered.wait(10)
        found.append(seen(shown))

    threads = [threading.Thread(target=look, args=(shown,)) for shown in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == [["of-1"]] * 8


def test_another_connectors_lists_are_its_own():
    one, other = Service(), Service()
    mine, theirs = one.shown(), other.shown()
    seen(mine)
    assert seen(theirs) == ["of-1"]
    assert other.lists == 1


def test_a_list_that_fails_is_read_again_by_who_asks_next():
    service = Service()
    first, second = service.shown(), service.shown()

    def fail() -> None:
        raise Unavailable("list jobs: HTTP 503")

    service.meanwhile = fail
    with pytest.raises(Unavailable):
        seen(first)
    service.meanwhile = lambda: None
    assert seen(second) == ["of-2"]
