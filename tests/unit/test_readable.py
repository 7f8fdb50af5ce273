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


def test_each_member_has_a_line_of_its_own():
    text = readable({"a": {"b": 1, "c": [2, 3]}, "n": {}}).decode()
    assert text == '{"a": {"b": 1,\n "c": [2,\n 3]},\n "n": {}}\n'


def test_what_utf_8_does_not_know_is_escaped():
    assert json.loads(readable({"a": "\ud800"})) == {"a": "\ud800"}
