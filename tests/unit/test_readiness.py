"""GET ready: every part that the app needs, each problem by name, and never a long wait."""

import logging
import threading
import time

import pytest
from azure.core.exceptions import HttpResponseError

from dsr.errors import StorageAway
from dsr.model.messages import QUEUES
from dsr.storage.probes import AccountProbes
from dsr.usecases import readiness
from tests.fakes.rig import Rig
from tests.fakes.sample import rig

CONTAINERS = {"dsr-ledger": "ledger", "dsr-exports": "exports", "dsr-evidence": "evidence"}
REFUSED = "the data account answers 403; try again later"


def refuse(made: Rig, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(name: str) -> None:
        if part in CONTAINERS or name == part:
            raise StorageAway(REFUSED)

    thing = getattr(made, CONTAINERS[part]) if part in CONTAINERS else made.queues
    monkeypatch.setattr(thing, "look", look)


def test_all_is_well():
    found = readiness.check(rig().ports)
    assert found["status"] == "ready"
    assert found["checks"] == dict.fromkeys(("settings", *CONTAINERS, *QUEUES), "ok")


@pytest.mark.parametrize("part", [*CONTAINERS, *QUEUES])
def test_each_part_that_fails_is_named_alone(part: str, monkeypatch, caplog):
    made = rig()
    refuse(made, part, monkeypatch)
    found = readiness.check(made.ports)
    assert found["status"] == "not ready"
    assert {p: t for p, t in found["checks"].items() if t != "ok"} == {part: REFUSED}
    assert caplog.messages == [f"not ready: {part}: {REFUSED}"]


def test_all_that_fails_is_named_at_once(monkeypatch):
    made = rig()
    for part in ("dsr-evidence", "dsr-exports", "dsr-plan"):
        refuse(made, part, monkeypatch)
    checks = readiness.check(made.ports)["checks"]
    failing = [part for part, told in checks.items() if told != "ok"]
    assert failing == ["dsr-exports", "dsr-evidence", "dsr-plan"]


def test_what_nobody_expected_is_named_by_its_kind_and_not_by_its_text(caplog):
    def probe() -> None:
        raise HttpResponseError("https://account/?sig=SECRET")

    caplog.set_level(logging.DEBUG)
    assert AccountProbes({"dsr-plan": probe}).look() == {"dsr-plan": "failed (HttpResponseError)"}
    assert "SECRET" not in caplog.text


def test_a_part_that_hangs_does_not_hold_the_answer_and_threads_do_not_pile_up():
    free = threading.Event()
    hanging = {"dsr-plan": lambda: (free.wait(10), None)[1], "dsr-ledger": lambda: None}
    probes = AccountProbes(hanging, 0.05)
    try:
        before = threading.active_count()
        started = time.monotonic()
        for _ in range(5):
            found = probes.look()
            assert found["dsr-plan"] == "gave no answer within 0 s"
        assert time.monotonic() - started < 5
        assert threading.active_count() <= before + 2
    finally:
        free.set()
    assert AccountProbes({"dsr-plan": lambda: None}).look() == {"dsr-plan": ""}


def test_parts_are_asked_all_at_once():
    together = threading.Barrier(3, timeout=5)
    probes = AccountProbes({name: lambda: (together.wait(), None)[1] for name in "abc"})
    assert probes.look() == {"a": "", "b": "", "c": ""}
