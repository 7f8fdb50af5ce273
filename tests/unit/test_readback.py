"""Reading a package back: what is not there as it was is told, whatever was done to the blob."""

import hashlib
import io
import zipfile
from datetime import UTC, datetime

import pytest

from dsr.model.record import PackageInfo
from dsr.storage.readback import unlike
from tests.fakes.memory_blobs import MemoryBlobs

ID = "6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01"
FILES = {"lab/a.csv": b"a,b\n1,2\n" * 100, "lab/b.bin": bytes(range(256)) * 40_000}


def package(blobs: MemoryBlobs, files: dict[str, bytes]) -> PackageInfo:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path, data in files.items():
            archive.writestr(f"{ID}/data/{path}", data)
    blobs.put(f"{ID}.zip", held.getvalue())
    parts = ((f"{ID}.zip", len(held.getvalue())),)
    return PackageInfo(parts, "seal", datetime(2026, 12, 24, tzinfo=UTC))


WANTED = {path: hashlib.sha256(data).hexdigest() for path, data in FILES.items()}


def test_a_package_as_it_was_is_like_it():
    blobs = MemoryBlobs()
    info = package(blobs, FILES)
    blobs.calls = 0
    assert unlike(blobs, ID, info, WANTED) == {}
    assert blobs.calls <= 8, "it is read in large ranges"


@pytest.mark.parametrize("at", [60, 500, 5_000_000])
def test_a_changed_byte_is_noticed(at: int):
    blobs = MemoryBlobs()
    info = package(blobs, FILES)
    data = bytearray(blobs.blobs[f"{ID}.zip"].data)
    data[at] ^= 1
    blobs.put(f"{ID}.zip", bytes(data))
    assert unlike(blobs, ID, info, WANTED)


def test_a_file_that_is_not_there_or_another_is_told():
    blobs = MemoryBlobs()
    info = package(blobs, {"lab/a.csv": b"other"})
    assert set(unlike(blobs, ID, info, WANTED)) == {"lab/a.csv", "lab/b.bin"}


@pytest.mark.parametrize("left", [0, 100, 5_000_000])
def test_a_package_that_is_cut_or_gone_holds_nothing(left: int):
    blobs = MemoryBlobs()
    info = package(blobs, FILES)
    blobs.put(f"{ID}.zip", blobs.blobs[f"{ID}.zip"].data[:left])
    assert set(WANTED) <= set(unlike(blobs, ID, info, WANTED))
    blobs.delete(f"{ID}.zip")
    assert set(WANTED) <= set(unlike(blobs, ID, info, WANTED))
