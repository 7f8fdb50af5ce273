"""Datasets whose names are hard to keep as file names. Each name is one that people can give."""

from sandbox.studio.content import text
from sandbox.studio.identifiers import milliseconds
from sandbox.studio.model import DatasetFamily, DatasetVersion, family

NAMES = (
    "report.csv",
    "report.csv",
    "Report.CSV",
    "REPORT.csv",
    "a/b/c.csv",
    "../../etc/passwd",
    "..",
    ".",
    "C:\\temp\\file.csv",
    "tab\there\nnewline\r\x00nul\x1b[31mescape\x7f.csv",
    "100%25 sure %2e%2e%2f.csv",
    "n" * 500,
    "\u00fc" * 500,
    "\U0001f600 smile \U0001f469\u200d\U0001f469\u200d\U0001f467.csv",
    "\u202egnp.exe",
    "\u05d3\u05d5\u05d7 \u0644\u0644\u0639\u0645\u0644\u0627\u0621.csv",
    "line\u2028separator\u2029.csv",
    "trailing dots...",
    "trailing space ",
    " leading space",
    "CON",
    "con.csv",
    "LPT1.tar.gz",
    "cafe\u0301.csv",
    "caf\u00e9.csv",
    "<script>alert(1)</script>.csv",
    "quote\"'`$(id).csv",
    "-rf",
    "\u200b",
    "manifest-sha256.txt",
    "report.csv.json",
)


def awkward_families(workspace_id: str, owner: str) -> tuple[DatasetFamily, ...]:
    """Give a family a name, each with bytes of its own."""
    created = milliseconds("2018-05-20T08:00:00")
    return tuple(
        family(
            workspace_id,
            f"awkward-{at}",
            DatasetVersion(
                1,
                name,
                "PlainText",
                text(f"awkward dataset {at}\n"),
                owner,
                created + at * 60_000,
            ),
        )
        for at, name in enumerate(NAMES)
    )
