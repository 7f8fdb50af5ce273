"""The audit chain in storage: each event once, whoever writes at once, and whoever dies where."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.errors import Conflict
from dsr.model.chain import Event, Head, broken_at
from dsr.storage import evidence
from dsr.storage.blobs import Changed
from dsr.storage.evidence import AuditTrail
from tests.fakes.memory_blobs import MemoryBlobs

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NAME = "r/audit.ndjson"
DETAILS = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.integers(-9, 9) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    max_size=3,
)


def trail(blobs: MemoryBlobs | None = None) -> tuple[AuditTrail, MemoryBlobs]:
    blobs = blobs or MemoryBlobs()
    return AuditTrail(blobs, lambda: NOW), blobs


def events(count: int, start: int = 0, text: str = "") -> list[Event]:
    """Events of batches, one a batch."""
    return [
        Event("done", "2026-11-24T09:00:00.000Z", {"batch": n, "attempt": 0, "text": text})
        for n in range(start, start + count)
    ]


def lines(blobs: MemoryBlobs) -> list[dict]:
    """Check every link, and give the lines."""
    data = blobs.blobs[NAME].data if NAME in blobs.blobs else b""
    assert list(broken_at(data)) == []
    return [json.loads(line) for line in data.splitlines()]


def batches(blobs: MemoryBlobs) -> list[int]:
    return [line["detail"]["batch"] for line in lines(blobs) if line["event"] == "done"]


@given(st.lists(st.tuples(st.sampled_from(["approved", "package_issued"]), DETAILS), max_size=6))
def test_events_make_a_chain_in_their_order(told):
    made, blobs = trail()
    for event, detail in told:
        made.record("r", event, detail)
    found = [(line["event"], line["detail"]) for line in lines(blobs)]
    assert [event for event, _ in found] == [event for event, _ in told]
    for (_, shown), (_, detail) in zip(found, told, strict=True):
        assert shown == detail | {"id": shown["id"]}


def test_two_of_the_same_that_happen_at_once_are_two_lines():
    made, blobs = trail()
    for _ in range(2):
        made.record("r", "package_issued", {"parts": 1})
    assert len(lines(blobs)) == 2


@given(st.integers(0, 9), st.integers(0, 9))
def test_events_that_are_there_are_left_out_and_the_last_ones_line_is_given(there, more):
    made, blobs = trail()
    made.chain("r", events(there))
    made.record("r", "package_issued", {})
    head = made.chain("r", events(there + more))
    assert batches(blobs) == list(range(there + more))
    if there + more:
        (last,) = [ln for ln in lines(blobs) if ln["detail"].get("batch") == there + more - 1]
        assert head == Head(last["seq"], last["hash"])


def test_the_head_is_the_given_events_own_line_whatever_came_after_it():
    made, _ = trail()
    first = made.chain("r", events(3))
    made.record("r", "package_issued", {})
    assert made.chain("r", events(3)) == first


def test_whoever_is_slower_reads_the_tail_only_and_writes_behind_it():
    made, blobs = trail()
    made.chain("r", events(50))
    slower = evidence._Chain(blobs, "r", whole=True)
    size = len(blobs.blobs[NAME].data)
    made.chain("r", [*events(2, 50), Event("quicker", "t")])
    tail, read = blobs.part, []

    def watched(name: str, start: int) -> bytes:
        read.append(start)
        return tail(name, start)

    blobs.part = watched  # type: ignore[method-assign]
    for event in events(4, 50):
        slower.add(event)
    slower.flush()
    assert read == [size]
    assert batches(blobs) == list(range(54))
    assert [line["event"] for line in lines(blobs)].count("quicker") == 1


def test_recording_one_event_reads_the_end_of_a_long_chain_only():
    made, blobs = trail()
    made.chain("r", events(2000, text="x" * 200))
    tail, read = blobs.part, []

    def watched(name: str, start: int) -> bytes:
        data = tail(name, start)
        read.append(len(data))
        return data

    blobs.part = watched  # type: ignore[method-assign]
    made.record("r", "package_issued", {})
    assert len(lines(blobs)) == 2001
    assert sum(read) <= 64 * 1024


def test_an_append_whose_answer_was_lost_is_not_made_again():
    made, blobs = trail()
    made.chain("r", events(3))
    append, lost = blobs.append, []

    def losing(name: str, data: bytes, at: int) -> None:
        append(name, data, at)
        if not lost:
            lost.append(at)
            raise Changed  # what a try finds that follows one whose answer was lost

    blobs.append = losing  # type: ignore[method-assign]
    made.chain("r", events(6))
    lost.clear()
    made.record("r", "package_issued", {})
    assert batches(blobs) == [0, 1, 2, 3, 4, 5]
    assert len(lines(blobs)) == 7


def test_many_lines_go_in_appends_of_at_most_four_mebibytes():
    made, blobs = trail()
    append, sizes = blobs.append, []

    def watched(name: str, data: bytes, at: int) -> None:
        sizes.append(len(data))
        append(name, data, at)

    blobs.append = watched  # type: ignore[method-assign]
    made.chain("r", events(9000, text="x" * 800))
    assert batches(blobs) == list(range(9000))
    assert len(sizes) == 3
    assert max(sizes) <= 4 * 1024 * 1024


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whoever_dies_at_any_call_another_run_completes_the_chain(after, monkeypatch):
    monkeypatch.setattr(evidence, "MAX_APPEND", 700)  # a few lines an append
    for fatal in range(1, 12):
        made, blobs = trail()
        count = 0

        def mortal(call, fatal=fatal):
            def wrapped(*args):
                nonlocal count
                count += 1
                if count == fatal and not after:
                    raise RuntimeError("died")
                value = call(*args)
                if count == fatal:
                    raise RuntimeError("died")
                return value

            return wrapped

        blobs.append = mortal(blobs.append)  # type: ignore[method-assign]
        blobs.part = mortal(blobs.part)  # type: ignore[method-assign]
        try:
            made.chain("r", events(9))
        except RuntimeError:
            made.chain("r", events(9))
        assert batches(blobs) == list(range(9))
    assert count > 4


@pytest.mark.parametrize("junk", [b"junk\n", b"{}\n", b"no end"])
def test_what_somebody_else_wrote_into_a_chain_is_not_chained_to(junk: bytes):
    made, blobs = trail()
    made.chain("r", events(2))
    blobs.append(NAME, junk, len(blobs.blobs[NAME].data))
    with pytest.raises(Conflict):
        made.chain("r", events(3))
    with pytest.raises(Conflict):
        made.record("r", "package_issued", {})


def test_an_append_blob_that_was_made_and_never_written_is_a_chain_without_lines():
    made, blobs = trail()
    blobs.create(NAME, b"")
    assert made.read("r") is None
    made.record("r", "package_issued", {})
    made.chain("r", events(1))
    assert [line["seq"] for line in lines(blobs)] == [0, 1]


def test_a_chain_that_was_deleted_meanwhile_begins_anew():
    made, blobs = trail()
    made.chain("r", events(2))
    chain = evidence._Chain(blobs, "r", whole=True)
    blobs.delete(NAME)
    chain.add(events(1, 2)[0])
    chain.flush()
    assert [line["seq"] for line in lines(blobs)] == [0]


def test_certificates_are_stored_once():
    made, _ = trail()
    assert made.certificate("r", 1) is None
    assert made.add_certificate("r", 1, "a.b.c")
    assert not made.add_certificate("r", 1, "d.e.f")
    assert made.certificate("r", 1) == "a.b.c"
