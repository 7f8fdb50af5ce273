"""Safe and unique paths for whatever a workspace calls its assets."""

import hashlib
import re
import unicodedata

MAX_COMPONENT = 100
"""Bytes of UTF-8 of one path component."""
MAX_PATH = 200
"""Bytes of UTF-8 of a whole name in the package, the request id in front included."""
BESIDE = ".metadata.json"
"""What the name of an asset's metadata ends in, beside the asset's own file."""

_LEAST = 24
"""Bytes that the last component of a path always has: a few letters, a mark, an extension."""

_DEVICE = re.compile(r"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)$", re.IGNORECASE)
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
_SPACED = frozenset({"Cc", "Zl", "Zp"})
_EDGE = " .\u00a0\u3000"
_REPLACED = re.compile(r'[/\\:*?"<>|%]')
_PLAIN = re.compile(
    r"(?P<stem>[A-Za-z0-9_-]|[A-Za-z0-9_-][A-Za-z0-9 ._-]*[A-Za-z0-9_-])"
    r"(?P<extension>\.[A-Za-z0-9]{1,10})?"
)
"""Names that are safe as they are, which most are."""
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}$")


def safe_component(name: str, limit: int = MAX_COMPONENT, mark: str = "") -> str:
    """Give a path component for a name.

    It is NFC, at most `limit` bytes of UTF-8, with no separator, `%`, control character or line
    separator, no leading or trailing space or dot, and is no Windows device name. `mark` stands
    in front of the extension and survives shortening, as the extension does.
    """
    plain = len(name) + len(mark) <= limit and _PLAIN.fullmatch(name)
    if plain and not _DEVICE.match(name.split(".", maxsplit=1)[0].rstrip(" ")):
        return f"{plain['stem']}{mark}{plain['extension'] or ''}"
    kept = "".join(_kept(c) for c in name)
    kept = unicodedata.normalize("NFC", _REPLACED.sub("_", kept)).rstrip(_EDGE)
    found = _EXTENSION.search(kept)
    extension = found[0] if found else ""
    stem = kept[: len(kept) - len(extension)].strip(_EDGE)
    room = limit - len((mark + extension).encode())
    stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip(_EDGE) or "unnamed"
    if _DEVICE.match(stem.split(".")[0].rstrip(" ")):
        stem = "_" + stem.encode()[: room - 1].decode("utf-8", "ignore").rstrip(_EDGE)
    return unicodedata.normalize("NFC", stem + mark + extension)


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    return " " if category in _SPACED else "" if category in _DROPPED else character


def path_key(path: str) -> str:
    """Give the form in which two paths that a file system may confuse are equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def short_digest(value: str) -> str:
    """Give eight hex digits that tell assets of one name apart, the same at every run."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]


_MARKED = re.compile(r"~[0-9a-f]{8}(\.[A-Za-z0-9]{1,10})?$")


class PathBook:
    """Assigns unique components within one folder, in the order of asking.

    `always_marked` is for a folder that several books fill without knowing of each other (later
    pages of one listing): every component then carries the digest of its asset, and no first-page
    name looks as if it did.
    """

    def __init__(self, limit: int, always_marked: bool = False, beside: str = "") -> None:
        self._limit = limit - len(beside.encode())
        self._always = always_marked
        self._beside = beside
        self._taken: set[bytes] = set()

    def assign(self, name: str, asset_id: str) -> str:
        """Give a component for the name; the file beside it (`beside`) is free as well."""
        plain = safe_component(name, self._limit)
        if not self._always and not _MARKED.search(plain) and self._take(plain):
            return plain
        mark = f"~{short_digest(asset_id)}"
        for turn in range(1000):
            marked = safe_component(name, self._limit, mark if turn == 0 else f"{mark}-{turn}")
            if self._take(marked):
                return marked
        raise AssertionError("a thousand assets of one id in one listing")

    def _take(self, component: str) -> bool:
        keys = {
            hashlib.blake2b(path_key(c).encode(), digest_size=12).digest()
            for c in (component, component + self._beside)
        }
        if keys & self._taken:
            return False
        self._taken |= keys
        return True


class FolderBook:
    """Assigns unique relative paths inside one asset's folder, `room` bytes at most each."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._taken: set[str] = set()

    def assign(self, name: str) -> str:
        """Give a safe path for a relative name whose components stand between slashes."""
        *folders, last = name.split("/")
        front = "".join(safe_component(f, 24) + "/" for f in folders)
        if len(front.encode()) > self._room - _LEAST:
            front = ""  # too deep for what is left
        room = min(self._room - len(front.encode()), MAX_COMPONENT)
        for turn in range(10_000):
            path = front + safe_component(last, room, f"~{turn}" if turn else "")
            if path_key(path) not in self._taken:
                self._taken.add(path_key(path))
                return path
        raise AssertionError("ten thousand files of one name in one folder")
