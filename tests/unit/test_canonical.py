"""Canonical JSON as RFC 8785 has it, against a second reading of the same RFC."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.model.canonical import rfc8785
from dsr.model.request import canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SAFE = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | SAFE | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=12,
)
SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def units(text: str) -> list[int]:
    """The UTF-16 code units of a text, counted by hand."""
    found: list[int] = []
    for point in map(ord, text):
        if point < 0x10000:
            found.append(point)
        else:
            found += [0xD800 + (point - 0x10000 >> 10), 0xDC00 + (point - 0x10000 & 0x3FF)]
    return found


def by_the_letter(value: Any) -> str:
    """Section 3.2 of the RFC, written down a second time and slowly."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return f"{value}"
    if isinstance(value, str):
        inner = [SHORT.get(ord(c)) or (f"\\u{ord(c):04x}" if ord(c) < 32 else c) for c in value]
        return '"' + "".join(inner) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(by_the_letter, value)) + "]"
    keys = sorted(value, key=units)
    return "{" + ",".join(f"{by_the_letter(k)}:{by_the_letter(value[k])}" for k in keys) + "}"


@given(VALUES)
def test_it_is_what_the_rfc_says_byte_by_byte(value: Any):
    assert rfc8785(value) == by_the_letter(value).encode("utf-8")
    assert json.loads(rfc8785(value)) == value
    assert rfc8785(json.loads(rfc8785(value))) == rfc8785(value)


def test_keys_stand_in_the_order_of_the_rfcs_own_example():
    given = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(rfc8785(given))) == [
        "\r",
        "1",
        "\u0080",
        "\u00f6",
        "\u20ac",
        "\U0001f600",
        "\ufb33",
    ]


def test_texts_are_escaped_as_in_the_rfcs_own_example():
    given = '\u20ac$\u000f\u000aA\'B"\\\\"/'
    assert rfc8785(given).decode() == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'
    assert rfc8785("\x7f\u2028") == '"\x7f\u2028"'.encode()


@given(VALUES)
def test_the_form_that_the_ledger_keeps_is_the_same_unless_keys_go_beyond_16_bits(value: Any):
    def keys(part: Any) -> list[str]:
        if isinstance(part, dict):
            return [*part, *(k for v in part.values() for k in keys(v))]
        return [k for v in part for k in keys(v)] if isinstance(part, list) else []

    if all(ord(c) < 0x10000 for key in keys(value) for c in key):
        assert canonical(value) == rfc8785(value)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        1.0,
        float("nan"),
        2**53,
        -(2**53),
        b"bytes",
        {1: 2},
        {"a": {None: 1}},
        "\ud800",
        {"\udfff": 1},
    ],
    ids=repr,
)
def test_what_has_no_one_form_is_refused(value: Any):
    with pytest.raises(ValueError):
        rfc8785([value])
