"""The XML in which Azure Files lists a directory.

Source: List Directories and Files (Azure Files REST API), and PyPI azure-storage-file-share
12.27.1: `EnumerationResults` with `Entries` of `File` and `Directory`, and `NextMarker`. A name
with `Encoded="true"` is percent-encoded, as XML can't hold it.
"""

from dataclasses import dataclass
from urllib.parse import unquote
from xml.parsers import expat

_ENTRIES = ("File", "Directory")
_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or directory, by its name in its directory.

    `size` is in bytes, None where unsaid; a file that a client of SMB has open may be another size
    by now. `id` and `created` are "" where the list was not asked for them: a directory keeps both
    for life, and one that is made anew has others.
    """

    name: str
    is_folder: bool
    size: int | None = None
    id: str = ""
    created: str = ""


def parse(body: bytes) -> tuple[list[Entry], str]:
    """Give the entries of one page and the marker of the next, "" on the last one.

    Raises ValueError for anything else than such a list; declarations of a DTD are refused.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except expat.ExpatError:
        raise ValueError("malformed XML") from None
    if reader.root != "EnumerationResults":
        raise ValueError("another document")
    return reader.entries, reader.marker


class _Reader:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.marker = ""
        self.root = ""
        self._path: list[str] = []
        self._text: list[str] = []
        self._encoded = False
        self._found: dict[str, str] = {}
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text.append
        self.parser.StartDoctypeDeclHandler = self._refuse

    @staticmethod
    def _refuse(*_: object) -> None:
        raise ValueError("a DTD")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name
        if len(self._path) >= _DEPTH:
            raise ValueError("too deep")
        self._path.append(name)
        self._text.clear()
        if name in _ENTRIES and self._path[-2:-1] == ["Entries"]:
            self._found = {}
        self._encoded = attributes.get("Encoded", "").lower() == "true"

    def _end(self, name: str) -> None:
        told = "".join(self._text)
        self._text.clear()
        self._path.pop()
        above = self._path[-1] if self._path else ""
        if name in _ENTRIES and above == "Entries":
            self.entries.append(_entry(self._found, name == "Directory"))
        elif name == "NextMarker":
            self.marker = told
        elif name == "Name" and above in _ENTRIES:
            self._found[name] = unquote(told) if self._encoded else told
        elif above in (*_ENTRIES, "Properties"):
            self._found[name] = told.strip()


def _entry(found: dict[str, str], is_folder: bool) -> Entry:
    size = found.get("Content-Length", "")
    return Entry(
        found.get("Name", ""),
        is_folder,
        int(size) if size.isdecimal() and not is_folder else None,
        found.get("FileId", ""),
        found.get("CreationTime", ""),
    )
