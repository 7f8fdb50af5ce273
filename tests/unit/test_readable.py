"""JSON as people find it in a package."""

import json

from hypothesis import given
from hypothesis import strategies as st

from dsr.model.readable import readable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(VALUES)
def test_it_is_the_same_value(value):
    data = readable(value)
    assert json.loads(data) == value
    assert data.endswith(b"\n")


def test_members_have_lines_of_their_own_three_levels_down():
    text = readable({"a": {"b": {"c": {"d": 1, "e": 2}}}, "l": [1, 2], "n": {}}).decode()
    assert text == (
        '{\n "a": {\n  "b": {\n   "c": {"d": 1, "e": 2}\n  }\n },\n'
        ' "l": [\n  1,\n  2\n ],\n "n": {}\n}\n'
    )


def test_what_utf_8_does_not_know_is_escaped():
    assert json.loads(readable({"a": "\ud800"})) == {"a": "\ud800"}
