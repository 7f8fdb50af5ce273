"""A chain that was touched is noticed, at the line where it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.model.canonical import rfc8785
from dsr.model.chain import START, Event, Head, broken_at, link

EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["received", "approved", "verified"]),
        st.just("2026-11-24T09:00:00.000Z"),
        st.dictionaries(st.sampled_from(["ref", "batch"]), st.integers(0, 9) | st.text(max_size=3)),
    ),
    min_size=1,
    max_size=8,
)


def made(events: list[Event]) -> tuple[list[bytes], Head]:
    """The lines of a chain, and its last one's head."""
    lines, head = [], START
    for event in events:
        line, head = link(head, event)
        lines.append(line)
    return lines, head


def breaks(lines: list[bytes], head: Head | None) -> list[int]:
    return [found.line for found in broken_at(b"".join(lines), head)]


@given(EVENTS)
def test_an_untouched_chain_holds(events):
    lines, head = made(events)
    assert breaks(lines, head) == breaks(lines, None) == []


@given(EVENTS, st.data())
def test_any_changed_byte_is_noticed_at_its_line(events, data):
    lines, head = made(events)
    whole = b"".join(lines)
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda b: b != whole[place]))
    changed = whole[:place] + bytes([other]) + whole[place + 1 :]
    found = [f.line for f in broken_at(changed, head)]
    assert found
    assert found[0] - 1 <= whole[:place].count(b"\n") <= found[0]


@given(EVENTS, st.data())
def test_a_dropped_a_repeated_and_a_moved_line_are_noticed(events, data):
    lines, head = made(events)
    at = data.draw(st.integers(0, len(lines) - 1))
    assert breaks(lines[:at] + lines[at + 1 :], head)[0] == at + 1
    assert breaks([*lines[: at + 1], lines[at], *lines[at + 1 :]], head)[0] == at + 2
    to = data.draw(st.integers(0, len(lines) - 1).filter(lambda n: n != at)) if at else 0
    if to != at:
        moved = lines[:at] + lines[at + 1 :]
        moved.insert(to, lines[at])
        assert breaks(moved, head)[0] == min(at, to) + 1


@given(EVENTS, EVENTS)
def test_lines_after_the_head_are_fine_and_lines_cut_off_before_it_are_not(events, more):
    lines, head = made(events)
    longer, _ = made(events + more)
    assert breaks(longer, head) == []
    assert breaks(lines[:-1], head) == [len(lines)]
    assert breaks(lines[:-1], None) == []
    cut = b"".join(lines)[:-1]
    assert [f.line for f in broken_at(cut, None)] == [len(lines)]


def test_a_chain_that_was_made_anew_from_a_line_on_is_not_the_one_that_was_signed():
    events = [Event("received", "t", {"n": n}) for n in range(5)]
    _, head = made(events)
    events[2] = Event("received", "t", {"n": 7})
    forged, _ = made(events)
    assert breaks(forged, None) == []
    assert breaks(forged, head) == [5]


def test_a_line_changed_with_its_hash_breaks_the_next_one():
    lines, head = made([Event("received", "t", {"n": n}) for n in range(3)])
    line = json.loads(lines[1])
    forged, _ = link(Head(0, line["prev"]), Event("received", "t", {"n": 9}))
    assert breaks([lines[0], forged, lines[2]], head) == [3]


@pytest.mark.parametrize(
    "text",
    [b"{}", b"[1]", b"7", b"null", b"", b'{"a":1.5}', b"\xff", b'{"seq": 0}', b"[" * 2000],
)
def test_what_is_no_line_is_named(text: bytes):
    lines, head = made([Event("received", "t"), Event("completed", "t")])
    found = list(broken_at(b"".join([lines[0], text + b"\n", lines[1]]), head))
    assert found[0].line == 2
    assert "changed" in found[0].why


def test_a_line_with_a_member_more_is_named_even_with_a_right_hash():
    body = {"seq": 0, "at": "t", "event": "e", "detail": {}, "prev": START.hash, "more": 1}
    from hashlib import sha256

    line = rfc8785(body | {"hash": sha256(rfc8785(body)).hexdigest()}) + b"\n"
    assert breaks([line], None) == [1]
