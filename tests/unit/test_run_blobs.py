"""Which runs' blobs are listed one by one, and when those of all runs are listed at once."""

import threading
from typing import Any, cast

import pytest

from dsr.errors import Absent, Refused
from dsr.services.azureml import run_blobs
from dsr.services.azureml.run_blobs import RunBlobs
from tests.fakes.azureml_wire import Files

ROOT = "ExperimentRun/"
LONG_AGO = 1_000.0
NOW = 1_000_000.0


def account(runs: int, each: int = 2) -> Files:
    blobs = {f"{ROOT}dcid.r{n}/out/{i}": b"x" * n for n in range(runs) for i in range(each)}
    return Files({"azureml": blobs})


class Rig:
    """A list of runs with a clock that is moved by hand."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.now = NOW
        self.blobs = RunBlobs(lambda: self.now)

    def of(self, run: int, ended: float | None = LONG_AGO) -> list[str]:
        folder = f"{ROOT}dcid.r{run}"
        return list(self.blobs.of(cast(Any, self.files), "azureml", folder, ended))

    @property
    def whole(self) -> int:
        """Count the lists of all runs."""
        return self.files.asked.count(("azureml", ROOT))


def expected(run: int, each: int = 2) -> list[str]:
    return [f"{ROOT}dcid.r{run}/out/{i}" for i in range(each)]


def test_few_runs_are_listed_one_by_one():
    rig = Rig(account(20))
    for run in range(20):
        assert rig.of(run) == expected(run)
    assert rig.files.asked == [("azureml", f"{ROOT}dcid.r{run}/") for run in range(20)]


def test_many_runs_are_listed_at_once_and_each_gets_its_own():
    rig = Rig(account(200))
    for run in range(200):
        assert rig.of(run) == expected(run)
    assert rig.whole == 1
    assert len(rig.files.asked) == 21


def test_a_run_whose_name_begins_another_gets_its_own_alone():
    rig = Rig(account(120))
    for _ in range(21):
        rig.of(0)
    assert rig.of(1) == expected(1)  # and nothing of 10 to 19, 100 to 119
    assert rig.of(11) == expected(11)


def test_a_run_without_blobs_has_none():
    rig = Rig(account(12))
    assert [rig.of(12) for _ in range(25)] == [[]] * 25


@pytest.mark.parametrize("ended", [None, NOW, NOW - 599, NOW + 5])
def test_a_run_that_did_not_end_well_before_the_list_is_listed_alone(ended: float | None):
    rig = Rig(account(30))
    for run in range(25):
        rig.of(run)
    before = len(rig.files.asked)
    assert rig.of(3, ended) == expected(3)
    assert rig.files.asked[before:] == [("azureml", f"{ROOT}dcid.r3/")]


def test_what_may_be_under_way_does_not_count_as_a_reason_to_list_all():
    rig = Rig(account(20))
    for _ in range(50):
        rig.of(3, None)
    assert rig.whole == 0


def test_a_list_serves_for_a_minute_and_then_runs_are_listed_one_by_one_again():
    rig = Rig(account(20))
    for _ in range(25):
        rig.of(3)
    rig.now += 60
    assert (rig.of(3), rig.whole) == (expected(3), 1)
    rig.now += 1
    rig.files = account(40)  # what is new since then is seen
    for run in range(20, 40):
        assert rig.of(run) == expected(run)
    assert (rig.whole, len(rig.files.asked)) == (0, 20)
    assert (rig.of(39), rig.whole) == (expected(39), 1)


def test_too_many_blobs_are_not_held_and_not_asked_for_again_within_the_hour(monkeypatch):
    monkeypatch.setattr(run_blobs, "_MOST", 59)
    rig = Rig(account(30))
    for run in range(30):
        assert rig.of(run) == expected(run)
    assert rig.whole == 1
    assert len(rig.files.asked) == 30 + 1
    rig.now += 3601
    for run in range(30):
        rig.of(run)
    assert rig.whole == 2
    monkeypatch.setattr(run_blobs, "_MOST", 60)
    rig.now += 3601
    for run in range(30):
        rig.of(run)
    assert rig.whole == 3


def test_no_container_is_no_blobs_and_a_refusal_is_told():
    absent, refused = (Files({}, error("told")) for error in (Absent, Refused))
    assert Rig(absent).of(1) == []
    rig = Rig(refused)
    for _ in range(22):
        with pytest.raises(Refused):
            rig.of(1)


def test_threads_that_come_at_once_list_all_runs_once():
    rig = Rig(account(64))
    for run in range(20):
        rig.of(run)
    found: dict[int, list[str]] = {}
    start = threading.Barrier(16)

    def ask(first: int) -> None:
        start.wait()
        for run in range(first, 64, 16):
            found[run] = rig.of(run)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {run: expected(run) for run in range(64)}
    assert rig.whole == 1
