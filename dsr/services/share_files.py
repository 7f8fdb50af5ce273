"""Files and directories of Azure file shares of one storage account, by the app's identity.

Source: Azure Files REST API (List Directories and Files, Get Directory Properties, Get File,
Delete File, Delete Directory), its article on OAuth over REST (from 2022-11-02 on, with
`x-ms-file-request-intent: backup`), and PyPI azure-storage-file-share 12.27.1. Get File knows no
`If-Match`: Microsoft's own client compares the ETag itself, and so does this one.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from dsr.errors import Absent, Unavailable, Unusable
from dsr.services.entra import EntraToken
from dsr.services.hosts import OneOrigin
from dsr.services.http import Http, HttpStream
from dsr.services.share_listing import Entry, parse

VERSION: Final = "2022-11-02"
"""The first version of the API that takes tokens, and names that end in a dot as they are."""
SCOPE: Final = "https://storage.azure.com/.default"
_PAGE: Final = 1_000
"""Entries of one page: a page is held in memory."""
_MOST: Final = 16 * 1024 * 1024
_UNUSABLE: Final = frozenset('"\\/:|<>*?')

Path = tuple[str, ...]
"""The names that lead to a file or directory, from its share on."""


class ShareFiles:
    """One account's shares below `endpoint`, through an Http that calls nothing else.

    No call leaves the path that it names: a name that would is refused (Unusable) uncalled.
    All methods raise ServiceError.
    """

    def __init__(
        self, endpoint: str, http: Http, reading: EntraToken, deleting: EntraToken
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._http = http
        self._reading = reading
        self._deleting = deleting

    @classmethod
    def of(
        cls,
        endpoint: str,
        reading: Callable[[], Any],
        deleting: Callable[[], Any],
    ) -> "ShareFiles":
        """Give the shares at an endpoint; tokens go to that very origin alone.

        `reading` and `deleting` give the identities (`TokenCredential`) that do it.
        """
        tokens = (EntraToken(endpoint, identity, SCOPE) for identity in (reading, deleting))
        return cls(endpoint, Http(OneOrigin(endpoint)), *tokens)

    def page(
        self, path: Path, marker: str | None, what: str, *, with_ids: bool = False
    ) -> tuple[list[Entry], str | None]:
        """List one page of a directory, and give the marker of the next, None on the last.

        Absent where there is no such directory. Only `with_ids` fills `Entry.id` and `created`.
        """
        query = {"restype": "directory", "comp": "list", "maxresults": str(_PAGE)}
        headers = self._headers(self._reading)
        if with_ids:
            query["include"] = "Timestamps"
            headers["x-ms-file-extended-info"] = "true"
        if marker:
            query["marker"] = marker
        url = f"{self._url(path, what)}?{urlencode(query)}"
        _, stream = self._http.open(url, what, headers)
        try:
            entries, following = parse(_all(stream, what))
        except ValueError:
            raise Unavailable(f"{what} answered with malformed XML") from None
        finally:
            stream.close()
        if following == (marker or ""):
            following = ""  # a marker that leads nowhere would never end
        return entries, following or None

    def entries(self, path: Path, what: str) -> Iterator[Entry]:
        """List a directory page by page; nothing where there is none."""
        marker: str | None = None
        while True:
            try:
                entries, marker = self.page(path, marker, what)
            except Absent:
                return
            yield from entries
            if marker is None:
                return

    def is_folder(self, path: Path, what: str) -> bool:
        """Tell whether there is such a directory; 404 alone is a no."""
        try:
            self.check_folder(path, what)
        except Absent:
            return False
        return True

    def check_folder(self, path: Path, what: str) -> None:
        """Ask for a directory's properties; Absent where there is no such directory."""
        url = f"{self._url(path, what)}?restype=directory"
        _, stream = self._http.open(url, what, self._headers(self._reading))
        stream.close()

    def source(self, path: Path, what: str) -> "FileSource":
        """Give the bytes of one file."""
        url = self._url(path, what)
        return FileSource(self._http, url, what, lambda: self._headers(self._reading))

    def delete_file(self, path: Path, what: str) -> None:
        """Delete one file by one call; Absent where there is none, Clashing while it is open."""
        self._http.delete(self._url(path, what), what, self._headers(self._deleting))

    def delete_folder(self, path: Path, what: str) -> None:
        """Delete one directory by one call; Clashing while anything is in it."""
        url = f"{self._url(path, what)}?restype=directory"
        self._http.delete(url, what, self._headers(self._deleting))

    def _headers(self, token: EntraToken) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {token.value()}",
            "x-ms-date": format_datetime(datetime.now(UTC), usegmt=True),
            "x-ms-version": VERSION,
            "x-ms-file-request-intent": "backup",
            # else the service takes `a.` for `a`, which is another file
            "x-ms-allow-trailing-dot": "true",
        }

    def _url(self, path: Path, what: str) -> str:
        if not path or not all(is_name(name) for name in path):
            raise Unusable(f"{what} is refused: the id is not one of this workspace's own")
        return "/".join((self._endpoint, *(quote(name, safe="") for name in path)))


class FileSource:
    """The bytes of one file; `headers` gives a fresh token at each call."""

    def __init__(
        self, http: Http, url: str, what: str, headers: Callable[[], Mapping[str, str]]
    ) -> None:
        self._http = http
        self._url = url
        self._what = what
        self._headers = headers

    def open(self, offset: int = 0, etag: str | None = None) -> HttpStream:
        """Start reading at `offset`, of the version `etag` if given."""
        headers = dict(self._headers())
        if offset:
            headers["Range"] = f"bytes={offset}-"
        status, stream = self._http.open(self._url, self._what, headers)
        if etag and stream.etag != etag:
            stream.close()
            raise Unavailable(f"{self._what} met another version than the one it had begun with")
        if offset and status != 206:
            stream.close()
            raise Unavailable(f"{self._what} can't be read on from where it broke")
        return stream


def is_name(name: str) -> bool:
    """Tell whether a name stays in its directory, by the rules of Azure Files."""
    if name in ("", ".", "..") or len(name) > 255:
        return False
    return not any(c in _UNUSABLE or ord(c) < 32 or c == "\x7f" for c in name)


def _all(stream: HttpStream, what: str) -> bytes:
    body = b""
    while chunk := stream.read(1 << 20):
        body += chunk
        if len(body) > _MOST:
            raise Unusable(f"{what} answered with more than {_MOST >> 20} MiB of XML")
    return body
