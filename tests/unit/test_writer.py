"""One attempt at a batch as blocks: what is referred to is whole, what failed leaves nothing."""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsr.errors import Unavailable
from dsr.model.package import Piece
from dsr.model.plan import LARGE
from dsr.storage.writer import BlockIds, ZipBatchWriter, batch_of
from dsr.storage.zipping import write_directory
from dsr.usecases.reading import ResumingStream
from tests.fakes.made_up_connector import MemorySource, MemoryStream

TIME = (2026, 11, 24, 9, 0, 0)
BLOCK = 5 * 1024 * 1024
BIG = bytes(range(256)) * (LARGE // 256)


class Staged:
    """Blocks by id, and the writer that stages them."""

    def __init__(self, batch: int = 7) -> None:
        self.blocks: dict[str, bytes] = {}
        self.writer = ZipBatchWriter(self._stage, batch, "bag/data/", TIME, BLOCK)

    def _stage(self, block_id: str, data: bytes) -> None:
        assert block_id not in self.blocks
        assert len(data) <= BLOCK + LARGE
        self.blocks[block_id] = data

    def zip(self) -> zipfile.ZipFile:
        """Close the batch and open what its pieces give."""
        pieces = self.writer.close()
        body = b"".join(self.blocks[b] for p in pieces for b in p.blocks)
        assert len(body) == sum(p.size for p in pieces)
        held = io.BytesIO(body)
        held.seek(0, io.SEEK_END)
        write_directory(_placed(pieces), lambda: len(body), TIME, BLOCK, held.write)
        opened = zipfile.ZipFile(held)
        assert opened.testzip() is None
        for entry in (e for p in pieces for e in p.entries):
            assert hashlib.sha256(opened.read(entry.name)).hexdigest() == entry.sha256
        return opened


def _placed(pieces: tuple[Piece, ...]) -> Iterator[tuple[int, object]]:
    base = 0
    for piece in pieces:
        yield from ((base, entry) for entry in piece.entries)
        base += piece.size


def test_block_ids_have_one_length_and_one_form_and_never_repeat():
    one, other = BlockIds(3), BlockIds(3)
    ids = [one.next() for _ in range(1000)] + [other.next() for _ in range(1000)]
    assert len(set(ids)) == 2000
    assert all(re.fullmatch(r"00000003\.[0-9a-f]{16}\.\d{6}", i) for i in ids)
    assert ids[1].endswith(".000002")
    assert batch_of(BlockIds(99_999_999).next()) == 99_999_999


def test_small_assets_share_one_block():
    staged = Staged()
    for number in range(20):
        asset = staged.writer.asset()
        info = asset.add(f"lab/{number}.json", b"{}")
        assert (info.path, info.size) == (f"lab/{number}.json", 2)
        asset.keep()
    with staged.zip() as opened:
        assert len(opened.namelist()) == 20
        assert opened.read("bag/data/lab/19.json") == b"{}"
    assert len(staged.blocks) == 1


def test_segments_are_flushed_before_they_grow_large():
    staged = Staged()
    noise = hashlib.shake_256(b"x").digest(1 << 20)
    for number in range(9):
        asset = staged.writer.asset()
        asset.add(str(number), noise)
        asset.keep()
    with staged.zip() as opened:
        assert len(opened.namelist()) == 9
    assert 2 <= len(staged.blocks) <= 3


def test_a_large_file_is_stored_as_it_comes_with_its_header_in_front():
    staged = Staged()
    data = BIG * 3 + b"tail"
    asset = staged.writer.asset()
    info = asset.stream("big.bin", MemoryStream(data, "tag"))
    asset.keep()
    assert (info.size, info.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    (piece,) = staged.writer.close()
    header, *rest = piece.blocks
    assert [b for b in staged.blocks if b != header] == rest  # data first, in order
    assert list(staged.blocks)[-1] == header  # the header last, once CRC and size are known
    assert staged.blocks[header].startswith(b"PK\x03\x04")
    assert b"".join(staged.blocks[b] for b in rest) == data
    assert [len(staged.blocks[b]) for b in rest] == [BLOCK, BLOCK, len(data) - 2 * BLOCK]


@pytest.mark.parametrize("size", [0, 1, LARGE - 1, LARGE, LARGE + 1, BLOCK, BLOCK + 1])
def test_a_stream_of_any_size_around_the_limits_comes_back(size: int):
    staged = Staged()
    data = (BIG + BIG)[:size]
    asset = staged.writer.asset()
    asset.stream("f", MemoryStream(data, "tag"))
    asset.keep()
    with staged.zip() as opened:
        assert opened.read("bag/data/f") == data
        kind = zipfile.ZIP_STORED if size >= LARGE else zipfile.ZIP_DEFLATED
        assert opened.getinfo("bag/data/f").compress_type == kind


def test_an_asset_that_is_not_kept_leaves_nothing():
    staged = Staged()
    lost = staged.writer.asset()
    lost.add("small", b"x")
    lost.stream("big", MemoryStream(BIG, "tag"))
    kept = staged.writer.asset()
    kept.add("kept", b"y")
    kept.keep()
    with staged.zip() as opened:
        assert opened.namelist() == ["bag/data/kept"]


@pytest.mark.parametrize("break_at", [0, 10, BLOCK, BLOCK + 10])
def test_a_stream_that_breaks_leaves_nothing_of_its_file_and_the_rest_of_the_asset(break_at):
    staged = Staged()
    asset = staged.writer.asset()
    asset.add("before", b"1")
    with pytest.raises(Unavailable):
        asset.stream("broken", MemoryStream(BIG * 3, "tag", break_at))
    asset.add("after", b"2")
    asset.keep()
    with staged.zip() as opened:
        assert opened.namelist() == ["bag/data/before", "bag/data/after"]


def test_an_attempt_with_nothing_in_it_stages_nothing():
    staged = Staged()
    staged.writer.asset().keep()
    assert staged.writer.close() == ()
    assert staged.blocks == {}


FILES = st.lists(
    st.tuples(
        st.sampled_from([0, 5, 1000, LARGE, BLOCK + 3]), st.sampled_from(["add", "stream", "lose"])
    ),
    max_size=5,
)


@settings(max_examples=25)
@given(st.lists(FILES, max_size=3))
def test_whatever_is_kept_comes_back_and_nothing_else(assets):
    staged, expected = Staged(), {}
    for number, files in enumerate(assets):
        asset = staged.writer.asset()
        for turn, (size, how) in enumerate(files):
            name, data = f"{number}/{turn}", (BIG + BIG)[:size]
            writer = staged.writer.asset() if how == "lose" else asset
            if how == "stream":
                writer.stream(name, MemoryStream(data, "t"))
            else:
                writer.add(name, data)
            if how != "lose":
                expected[f"bag/data/{name}"] = size
        asset.keep()
    with staged.zip() as opened:
        assert {i.filename: i.file_size for i in opened.infolist()} == expected


def read_all(stream: ResumingStream) -> bytes:
    return b"".join(iter(lambda: stream.read(3), b""))


def test_a_source_that_breaks_is_read_on_from_there():
    source = MemorySource(b"0123456789", breaks=[4, 7])
    stream = ResumingStream(source)
    assert read_all(stream) == b"0123456789"
    assert source.opened == [0, 4, 7]


def test_a_source_that_breaks_again_and_again_is_given_up():
    source = MemorySource(b"0123456789", breaks=[1, 2, 3, 4, 5])
    stream = ResumingStream(source)
    with pytest.raises(Unavailable):
        read_all(stream)
    assert len(source.opened) == 4


class Odd(MemorySource):
    """A source whose first stream says another length or no ETag."""

    def __init__(self, data: bytes, length: int | None, etag: str | None = "t") -> None:
        super().__init__(data)
        self._length, self._etag = length, etag

    def open(self, offset: int = 0, etag: str | None = None) -> MemoryStream:
        stream = MemoryStream(self.data[offset:], "t")
        stream.length, stream.etag = self._length, self._etag
        return stream


@pytest.mark.parametrize(("length", "why"), [(3, "longer than"), (9, "ended before")])
def test_a_body_of_another_length_than_said_is_no_body(length, why):
    stream = ResumingStream(Odd(b"12345", length, None))
    with pytest.raises(Unavailable, match=why):
        read_all(stream)


def test_a_body_of_unsaid_length_ends_where_it_ends():
    stream = ResumingStream(Odd(b"12345", None))
    assert (stream.read(100), stream.read(100)) == (b"12345", b"")


def test_a_source_that_became_another_version_is_not_read_on():
    source = MemorySource(b"0123456789", breaks=[4])
    stream = ResumingStream(source)
    assert stream.read(4) == b"0123"
    source.data = b"9876543210"
    with pytest.raises(Unavailable, match="another version"):
        stream.read(4)
