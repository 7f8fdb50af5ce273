"""JSON arrays member by member: as the standard library reads them, wherever a piece ends."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.services.json_list import JsonList, TooLarge

LIMIT = 1 << 20
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


def read(data: bytes, piece: int = 1 << 16) -> list[Any]:
    source = io.BytesIO(data)
    body = JsonList(lambda size: source.read(min(size, piece)), LIMIT)
    assert body.begins()
    return list(body.members())


@given(st.lists(VALUES, max_size=5), st.integers(1, 9), st.booleans(), st.sampled_from([None, 1]))
def test_any_list_in_any_pieces_is_what_it_is_as_a_whole(values, piece, ascii_only, indent):
    data = json.dumps(values, ensure_ascii=ascii_only, indent=indent).encode()
    assert read(data, piece) == values


@given(st.binary(max_size=20), st.integers(1, 4))
def test_what_is_malformed_as_a_whole_is_malformed_in_pieces(tail, piece):
    data = b"[1," + tail
    try:
        expected = json.loads(data, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        with pytest.raises(ValueError):
            read(data, piece)
    else:
        assert read(data, piece) == expected


@pytest.mark.parametrize("piece", [1, 2, 64])
def test_a_number_is_not_cut_where_a_piece_ends(piece):
    assert read(b"[12345, -0.5e3 ,6]", piece) == [12345, -500.0, 6]


def test_whole_numbers_are_exact_and_those_beyond_a_float_stay_as_they_are_written():
    assert read(b"[%d,1e400,[-1.5E999],1e-400]" % 2**70) == [2**70, "1e400", ["-1.5E999"], 0.0]


def test_half_a_surrogate_pair_is_replaced_and_a_whole_one_is_a_character():
    members = read(rb'[{"\udc00": ["a\uD83D", "\ud83d\ude00"]}, "\\ud83d", 7]')
    assert members == [{"\ufffd": ["a\ufffd", "\U0001f600"]}, "\\ud83d", 7]
    json.dumps(members, ensure_ascii=False).encode()


def test_no_more_is_read_than_the_member_that_is_given_and_a_piece():
    source = io.BytesIO(json.dumps([{"Id": "x" * 1000}] * 5000).encode())
    body = JsonList(source.read, LIMIT)
    assert body.begins()
    for number, _ in enumerate(body.members(), 1):
        assert source.tell() <= number * 1020 + (1 << 17)


def test_a_member_longer_than_a_piece_comes_whole_and_one_beyond_the_limit_does_not():
    assert read(b'["%s",1]' % (b"x" * 500_000)) == ["x" * 500_000, 1]
    with pytest.raises(TooLarge):
        read(b'["%s",1]' % (b"x" * (4 * LIMIT)))


@pytest.mark.parametrize("data", [b"", b"  ", b"{}", b"null", b"\xef\xbb\xbf[]"])
def test_anything_else_does_not_begin_as_a_list(data):
    assert not JsonList(io.BytesIO(data).read, LIMIT).begins()
