"""Batches that take long: begun anew by a next message, at once, and not as a failed try."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from dsr.errors import Unavailable
from dsr.model.asset import Kind
from dsr.model.messages import ExportMessage
from dsr.usecases import exporting, steering
from dsr.usecases.connector import File
from dsr.usecases.exporting import TIME_BUDGET
from dsr.usecases.retrying import ATTEMPTS
from tests.fakes.flaky import DoublingQueues, FlakyConnector, deliver
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import MIRA, SUBJECT, TOMAS, jobs
from tests.unit.test_pipeline_faults import outcomes, survive

BUSY = "read job was answered with 503"


@dataclass
class SlowConnector(FlakyConnector):
    """Takes its time for each asset, by the rig's clock; an asset may take longer than others."""

    rig: Rig | None = None
    seconds: float = 0.0
    longer: dict[str, float] = field(default_factory=dict)
    read_of: list[str] = field(default_factory=list)

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Iterator[File]:
        self.read_of.append(asset_id)
        if self.rig is not None:
            self.rig.later(seconds=self.longer.get(asset_id, self.seconds))
        yield from super().read(kind, asset_id, listed, include_data)


def slow(count: int, seconds: float, **options: Any) -> Rig:
    """Jobs that are all in one batch."""
    kinds = (Kind("job", batch=50, folder=True),)
    made = SlowConnector(jobs(count), [MIRA, TOMAS], 50, kinds, **options)
    made.seconds = seconds
    made.rig = Rig({"lab": made})
    return made.rig


def connector(made: Rig) -> SlowConnector:
    found = made.connectors["lab"]
    assert isinstance(found, SlowConnector)
    return found


def run(made: Rig) -> Rig:
    made.submit(subject=SUBJECT)
    made.pump()
    return made


def followers(made: Rig) -> list[tuple[int, int, float]]:
    """Give attempt, tries and delay of each message that took a batch up again."""
    sent = [(json.loads(b), wait) for q, b, wait in made.queues.history if q == "dsr-export"]
    return [(m["attempt"], m["tries"], wait) for m, wait in sent if m["attempt"]]


def check_package(made: Rig) -> None:
    with made.package() as opened:
        assert opened.testzip() is None
        assert len(set(opened.namelist())) == len(opened.namelist())


def test_what_there_is_no_time_for_comes_with_a_next_message_at_once_and_is_no_try():
    made = run(slow(8, TIME_BUDGET / 2 - 10))
    assert made.status()["status"] == "completed"
    assert set(outcomes(made).values()) == {"exported"}
    assert followers(made) == [(1, 0, 0.0), (2, 0, 0.0)]
    assert sorted(connector(made).read_of) == sorted(j.name for j in jobs(8)), "each once"
    check_package(made)


def test_a_batch_within_its_time_is_one_message():
    made = run(slow(7, TIME_BUDGET / 6))
    assert set(outcomes(made).values()) == {"exported"}
    assert followers(made) == []


def test_one_asset_is_done_however_long_it_takes():
    made = run(slow(4, TIME_BUDGET * 5))
    assert set(outcomes(made).values()) == {"exported"}
    assert followers(made) == [(n, 0, 0.0) for n in (1, 2, 3)]


def test_an_asset_in_vain_counts_as_a_try_for_itself_and_not_for_those_that_were_not_begun():
    names = [job.name for job in jobs(6)]
    made = slow(
        6,
        1.0,
        troubles={
            names[0]: [Unavailable(BUSY)] * ATTEMPTS,
            # has all of its tries, though the batch used up those of another before
            names[5]: [Unavailable(BUSY)] * (ATTEMPTS - 1),
        },
        longer={names[0]: TIME_BUDGET + 1},
    )
    run(made)
    found = outcomes(made)
    assert [a for a, o in found.items() if o == "failed"] == [f"lab/job:{names[0]}"]
    assert [o for o in found.values() if o != "failed"] == ["exported"] * 6
    tries = [(tries, wait) for _, tries, wait in followers(made)]
    assert tries == [(1, 2.0), (2, 6.0), (3, 18.0), (0, 0.0), (1, 2.0), (2, 6.0), (3, 18.0)]
    check_package(made)


def test_services_that_ask_for_patience_are_left_in_peace_as_before():
    names = [job.name for job in jobs(3)]
    made = run(slow(3, 200.0, troubles={names[0]: [Unavailable(BUSY, 90.0)]}))
    assert set(outcomes(made).values()) == {"exported"}
    assert followers(made)[0] == (1, 1, 90.0)
    assert connector(made).read_of[:2] == [names[0], names[0]]


@pytest.mark.parametrize("seed", range(5))
def test_every_message_twice_and_in_any_order_leaves_each_asset_one_outcome(seed: int):
    made = slow(7, TIME_BUDGET, troubles={"job1.1": [Unavailable(BUSY)]})
    made.queues = DoublingQueues()
    made.with_ports(queues=made.queues)
    made.submit(subject=SUBJECT)
    made.pump(shuffle=random.Random(seed))
    assert set(outcomes(made).values()) == {"exported"}
    check_package(made)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_worker_may_die_at_any_call_of_a_batch_that_takes_long(after: bool):
    def make() -> Rig:
        return slow(3, TIME_BUDGET + 1)

    whole, calls = survive(0, after, make)
    expected = outcomes(whole)
    assert len(followers(whole)) == 2
    for fatal in range(1, calls + 1):
        made, _ = survive(fatal, after, make)
        assert made.status()["status"] == "completed", fatal
        assert outcomes(made) == expected, fatal
        assert {tries for _, tries, _ in followers(made)} == {0}, fatal
        check_package(made)


def interrupted() -> Rig:
    """Bring a batch to where its second message waits."""
    made = slow(4, TIME_BUDGET + 1)
    made.submit(subject=SUBJECT)
    while not followers(made):
        assert deliver(made.queues, made.handlers())
    return made


def test_a_message_that_was_lost_is_sent_again_with_the_tries_it_had():
    made = interrupted()
    made.queues.sent.clear()
    made.later(hours=1)
    made.sweep()
    assert [(a, tries) for a, tries, _ in followers(made)] == [(1, 0), (1, 0)]
    made.pump()
    assert set(outcomes(made).values()) == {"exported"}


def test_tries_in_vain_are_known_to_the_sweeper_too():
    made = slow(2, 1.0, troubles={"job0.0": [Unavailable(BUSY)] * 2})
    made.submit(subject=SUBJECT)
    while len(followers(made)) < 2:
        assert deliver(made.queues, made.handlers())
    made.queues.sent.clear()
    made.later(hours=1)
    made.sweep()
    assert [(a, tries) for a, tries, _ in followers(made)] == [(1, 1), (2, 2), (2, 2)]


def test_a_next_message_that_turns_to_poison_fails_what_was_left_and_nothing_else():
    made = interrupted()
    (body,) = (b for q, b, _ in made.queues.sent if q == "dsr-export" and b'"attempt":1' in b)
    made.queues.sent = [m for m in made.queues.sent if m[1] != body]
    exporting.poisoned(made.ports, ExportMessage.from_bytes(body))
    made.pump()
    assert made.status()["status"] == "completed_with_exceptions"
    assert sorted(outcomes(made).values()) == ["exported"] * 2 + ["failed"] * 3


def test_a_cancel_is_noticed_at_the_next_message():
    made = interrupted()
    read = len(connector(made).read_of)
    steering.cancel(made.ports, REQUEST_ID)
    made.pump()
    assert made.status()["status"] == "cancelled"
    assert len(connector(made).read_of) == read
