"""The app's own messages: they come back as they were, junk is refused, nothing personal fits."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.model.messages import ExportMessage, FinishMessage, PlanMessage

ID = "6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01"
KINDS = (PlanMessage, ExportMessage, FinishMessage)
NUMBER = st.integers(0, 10**9)
MESSAGES = st.one_of(
    st.builds(
        PlanMessage,
        st.uuids().map(str),
        st.sampled_from(["start", "workspace", "list", "dispatch"]),
        NUMBER,
        NUMBER,
        NUMBER,
        NUMBER,
    ),
    st.builds(
        ExportMessage,
        st.uuids().map(str),
        NUMBER,
        st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{6}", fullmatch=True),
        NUMBER,
        NUMBER,
        st.booleans(),
        NUMBER,
    ),
    st.builds(FinishMessage, st.uuids().map(str), NUMBER),
)


@given(MESSAGES)
def test_a_message_comes_back_as_it_was(message):
    assert type(message).from_bytes(message.to_bytes()) == message


@given(st.sampled_from(KINDS), st.binary(max_size=60))
def test_junk_is_a_value_error(kind, junk: bytes):
    with pytest.raises(ValueError):
        kind.from_bytes(junk)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.sampled_from(KINDS), JSON)
def test_json_that_is_no_message_is_a_value_error(kind, junk):
    with pytest.raises(ValueError):
        kind.from_bytes(json.dumps(junk).encode())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"v": None}, {"request": "tomas"}, {"request": ID + "x"}, {"note": "x"}],
)
def test_another_version_a_wrong_id_and_unknown_members_are_refused(kind, change):
    value = json.loads(kind(ID).to_bytes()) | change
    with pytest.raises(ValueError):
        kind.from_bytes(json.dumps(value).encode())


def test_messages_hold_ids_numbers_and_flags_and_nothing_else():
    allowed = {"request", "step", "workspace", "kind", "page", "batch", "part"} | {
        "attempt",
        "whole",
        "tries",
        "nudge",
    }
    for kind in KINDS:
        assert {f.name for f in fields(kind)} <= allowed
