"""Run by each Python there is: makes a package's ZIP by parts and reads it with zipfile.

Prints one line of JSON. Needs nothing but this repository's `dsr.storage.zipping`.
"""

import hashlib
import io
import json
import sys
import zipfile
import zlib

from dsr.storage.zipping import Segment, stored_entry, write_directory

TIME = (2026, 11, 24, 9, 0, 0)


def main() -> None:
    segment = Segment(TIME)
    segment.add("bag/data/a.txt", b"a" * 1000)
    segment.add("bag/data/\u00fcml\u00e4ut \U0001f600.txt", b"unicode")
    small, entries = segment.take()
    big = bytes(range(256)) * 1000
    header, entry = stored_entry(
        "bag/data/big.bin", TIME, len(big), zlib.crc32(big), hashlib.sha256(big).hexdigest()
    )
    body = small + header + big
    placed = [(0, e) for e in entries] + [(len(small), entry)]
    tail: list[bytes] = []
    write_directory(iter(placed), lambda: len(body), TIME, 64, tail.append)
    archive = zipfile.ZipFile(io.BytesIO(body + b"".join(tail)))
    huge, huge_entry = stored_entry("bag/huge", TIME, 5 << 30, 1, "00")
    directory: list[bytes] = []
    write_directory(
        iter([(6 << 30, huge_entry)]), lambda: 12 << 30, TIME, 1 << 20, directory.append
    )
    far = b"".join(directory)
    print(
        json.dumps(
            {
                "python": sys.version.split()[0],
                "bad": archive.testzip(),
                "names": archive.namelist(),
                "digest": hashlib.sha256(archive.read("bag/data/big.bin")).hexdigest(),
                "modes": sorted({i.external_attr >> 16 for i in archive.infolist()}),
                "flags": sorted({i.flag_bits & 0x8 for i in archive.infolist()}),
                "zip64_header": b"\x01\x00\x10\x00" in huge,
                "zip64_end": far.count(b"PK\x06\x06") == 1 and far.count(b"PK\x06\x07") == 1,
                "one_end": far.count(b"PK\x05\x06") == 1,
            }
        )
    )


if __name__ == "__main__":
    main()
