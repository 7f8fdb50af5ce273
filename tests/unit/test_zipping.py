"""The ZIP format in parts: entries made apart, one directory that joins them, any reader reads."""

import hashlib
import io
import random
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.model.package import Piece, ZipEntry
from dsr.storage.zipping import Segment, stored_entry, write_directory

TIME = (2026, 11, 24, 9, 0, 0)
GIB = 1 << 30


def segment(files: dict[str, bytes]) -> tuple[bytes, list[ZipEntry]]:
    made = Segment(TIME)
    for name, data in files.items():
        made.add(name, data)
    return made.take()


def directory(entries: list[tuple[int, ZipEntry]], start: int, block: int = 1000) -> list[bytes]:
    blocks: list[bytes] = []
    write_directory(iter(entries), lambda: start, TIME, block, blocks.append)
    return blocks


def archive(*pieces: tuple[bytes, list[ZipEntry]]) -> zipfile.ZipFile:
    """Join pieces to a file as the finisher does, and open it."""
    body, placed = b"", []
    for data, entries in pieces:
        placed += [(len(body), entry) for entry in entries]
        body += data
    return zipfile.ZipFile(io.BytesIO(body + b"".join(directory(placed, len(body)))))


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_a_segment_and_its_directory_are_a_zip_file(count: int):
    files = {f"bag/data/{n}.txt": b"row " * n for n in range(count)}
    with archive(segment(files)) as opened:
        assert opened.testzip() is None
        assert {n: opened.read(n) for n in opened.namelist()} == files


@given(
    st.dictionaries(
        st.text(
            st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1
        ),
        st.binary(max_size=300),
        max_size=8,
    )
)
def test_any_name_and_bytes_come_back_from_however_many_segments(files):
    pieces = [segment({name: data}) for name, data in files.items()]
    with archive(*pieces) as opened:
        assert opened.testzip() is None
        assert {n: opened.read(n) for n in opened.namelist()} == files
        for info in opened.infolist():
            assert info.date_time == TIME
            assert info.external_attr >> 16 == 0o644
            assert not info.flag_bits & 0x08, "no data descriptor"


def test_digests_and_checks_of_a_segment_are_those_of_its_files():
    made = Segment(TIME)
    digest = made.add("a", b"abc" * 1000)
    data, (entry,) = made.take()
    assert digest == entry.sha256 == hashlib.sha256(b"abc" * 1000).hexdigest()
    assert (entry.crc, entry.size) == (zlib.crc32(b"abc" * 1000), 3000)
    assert entry.compressed < 100
    assert len(data) == made.size < 200


def stored(name: str, data: bytes) -> tuple[bytes, list[ZipEntry]]:
    digest = hashlib.sha256(data).hexdigest()
    header, entry = stored_entry(name, TIME, len(data), zlib.crc32(data), digest)
    return header + data, [entry]


def test_stored_and_deflated_pieces_join_in_any_order():
    large = bytes(range(256)) * 40
    parts = [segment({"ü/a": b"1"}), stored("ü/large.bin", large), segment({"ü/b": b""})]
    with archive(*parts) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["ü/a", "ü/large.bin", "ü/b"]
        assert opened.read("ü/large.bin") == large
        assert opened.getinfo("ü/large.bin").compress_type == zipfile.ZIP_STORED


class Sparse(io.RawIOBase):
    """A file of any size that holds only what was put somewhere; the rest reads as zeros."""

    def __init__(self, parts: dict[int, bytes]) -> None:
        self._parts = parts
        self._size = max(at + len(data) for at, data in parts.items())
        self._at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._at + size, self._size)
        assert end - self._at < 1 << 24, "reads only what it needs"
        held = bytearray(max(0, end - self._at))
        for at, data in self._parts.items():
            first, last = max(at, self._at), min(at + len(data), end)
            if first < last:
                held[first - self._at : last - self._at] = data[first - at : last - at]
        self._at += len(held)
        return bytes(held)


def test_entries_beyond_4_gib_are_found_and_read():
    front, front_entries = segment({"first": b"one"})
    back, back_entries = segment({"last": b"two"})
    start = 5 * GIB
    placed = [(0, front_entries[0]), (start, back_entries[0])]
    blocks = directory(placed, start + len(back))
    end = b"".join(blocks)
    with zipfile.ZipFile(Sparse({0: front, start: back, start + len(back): end})) as opened:
        assert opened.namelist() == ["first", "last"]
        assert opened.getinfo("last").header_offset == start
        assert (opened.read("first"), opened.read("last")) == (b"one", b"two")


@pytest.mark.parametrize("size", [2 * GIB - 2, 2 * GIB - 1, 2 * GIB, 4 * GIB - 1, 4 * GIB, 9 * GIB])
def test_a_file_of_gibibytes_is_described_in_full(size: int):
    header, entry = stored_entry("big.bin", TIME, size, 7, "f" * 64)
    end = b"".join(directory([(0, entry)], len(header) + size))
    with zipfile.ZipFile(Sparse({0: header, len(header) + size: end})) as opened:
        info = opened.getinfo("big.bin")
        assert (info.file_size, info.compress_size, info.CRC) == (size, size, 7)
        with opened.open("big.bin") as file:
            assert file.read(4) == b"\0\0\0\0"
    assert (b"\x01\x00\x10\x00" in header) == (size >= zipfile.ZIP64_LIMIT)


def test_more_entries_than_the_old_format_counts_are_a_zip64_file():
    _, (entry,) = segment({"x": b""})
    entries = [(0, ZipEntry(f"{n:05d}", *entry.to_json()[1:])) for n in range(65_600)]
    end = b"".join(directory(entries, 0, 1 << 20))
    with zipfile.ZipFile(io.BytesIO(end)) as opened:
        assert len(opened.namelist()) == 65_600


def test_the_directory_comes_in_blocks_of_the_size_asked_for():
    _, entries = segment({f"name-{n}": b"" for n in range(50)})
    blocks = directory([(0, e) for e in entries], 10_000, 512)
    assert {len(b) for b in blocks[:-1]} == {512}
    assert 0 < len(blocks[-1]) <= 512


def test_pieces_and_entries_read_back():
    _, (entry,) = segment({"ü": b"x"})
    piece = Piece(("00000001.aaaaaaaaaaaaaaaa.000001",), 9, (entry,))
    assert Piece.from_json(piece.to_json()) == piece


@pytest.mark.parametrize(
    ("data", "method"),
    [
        (random.Random(1).randbytes(2048), zipfile.ZIP_STORED),
        (random.Random(1).randbytes(2047), zipfile.ZIP_DEFLATED),
        (b"a,b\n1,2\n" * 512, zipfile.ZIP_DEFLATED),
        (random.Random(1).randbytes(512) + bytes(4096), zipfile.ZIP_STORED),
        (bytes(512) + random.Random(1).randbytes(4096), zipfile.ZIP_DEFLATED),
        (b"", zipfile.ZIP_DEFLATED),
    ],
)
def test_what_gets_no_smaller_at_its_beginning_stands_as_it_is(data: bytes, method: int):
    segment = Segment(TIME)
    digest = segment.add("f", data)
    made, (entry,) = segment.take()
    assert (entry.method, entry.size, entry.sha256) == (method, len(data), digest)
    assert entry.crc == zlib.crc32(data)
    body = made[-entry.compressed :] if entry.compressed else b""
    assert (body if method == zipfile.ZIP_STORED else zlib.decompress(body, -15)) == data
