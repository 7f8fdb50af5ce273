"""Dataset bytes: the public datasets that vega_datasets ships, as they are or in other formats.

The package is found, not imported: its own reader needs pandas.
"""

import csv
import hashlib
import io
import json
import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from sandbox.studio.content import Content, StoredContent, text


@cache
def shipped(name: str) -> StoredContent:
    """Give a file as shipped, for example `airports.csv`."""
    spec = find_spec("vega_datasets")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the sample data needs vega_datasets (requirements-data.txt)")
    return StoredContent((Path(spec.submodule_search_locations[0]) / "_data" / name).read_bytes())


def as_tsv(name: str) -> Content:
    """Give a shipped CSV with tabs."""
    rows = csv.reader(io.StringIO(shipped(name).data.decode()))
    return text("".join("\t".join(row) + "\n" for row in rows))


def without_header(name: str) -> Content:
    """Give a shipped CSV without its first line."""
    return StoredContent(shipped(name).data.partition(b"\n")[2])


def first_lines(name: str, count: int) -> Content:
    """Give the first lines of a shipped file: what an earlier version of it may have been."""
    return StoredContent(b"".join(shipped(name).data.splitlines(keepends=True)[:count]))


def as_zip(*names: str) -> Content:
    """Give shipped files in a ZIP that is the same in every process."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(name, (2018, 5, 21, 9, 0, 0))
            info.compress_type = zipfile.ZIP_STORED
            archive.writestr(info, shipped(name).data)
    return StoredContent(buffer.getvalue())


def iris_as_arff() -> Content:
    """Give the iris dataset as ARFF."""
    rows = json.loads(shipped("iris.json").data)
    fields = list(rows[0])
    species = sorted({row["species"] for row in rows})
    kinds = ["{" + ",".join(species) + "}" if f == "species" else "NUMERIC" for f in fields]
    lines = ["@RELATION iris", ""]
    lines += [f"@ATTRIBUTE {f} {kind}" for f, kind in zip(fields, kinds, strict=True)]
    lines += ["", "@DATA"]
    lines += [",".join(str(row[f]) for f in fields) for row in rows]
    return text("\n".join(lines) + "\n")


def iris_as_svmlight() -> Content:
    """Give the iris dataset as SVMLight: setosa against the rest."""
    rows = json.loads(shipped("iris.json").data)
    fields = [f for f in rows[0] if f != "species"]
    return text(
        "".join(
            ("+1" if row["species"] == "setosa" else "-1")
            + "".join(f" {at}:{row[f]}" for at, f in enumerate(fields, 1))
            + "\n"
            for row in rows
        )
    )


def customers(count: int) -> Content:
    """Give a table of fictional customers; the first rows do not depend on the count."""
    lines = ["customer,email,tenure_months,monthly_charge,churned"]
    for at in range(count):
        draw = hashlib.sha256(f"customer {at}".encode()).digest()
        name = f"customer-{at:05}"
        charge = 20 + draw[1] / 4
        churned = "yes" if draw[2] < 64 else "no"
        lines.append(f"{name},{name}@example.org,{draw[0] % 72},{charge:.2f},{churned}")
    return text("\n".join(lines) + "\n")


def opaque(label: str, size: int) -> Content:
    """Give bytes that no text codec reads, as of Studio's internal formats."""
    return StoredContent(b"\x93STUDIO\x00\xff" + hashlib.shake_256(label.encode()).digest(size))
