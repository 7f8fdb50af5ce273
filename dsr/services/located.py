"""Bytes behind URLs with a SAS, and the URLs that were given a short while ago."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from dsr.errors import Refused, Unavailable, Unusable
from dsr.services.http import Http, HttpStream


class LocatedSource:
    """Bytes by SAS, with no header; `locate` gives a URL, at each call a fresh one.

    `known` is a URL that was just read: it is tried first. The SAS lives about a day; one that
    has expired (401, 403) is asked for anew, once.
    """

    def __init__(
        self, http: Http, locate: Callable[[], str | None], what: str, known: str | None = None
    ) -> None:
        self._http = http
        self._locate = locate
        self._what = what
        self._url = known

    def open(self, offset: int = 0, etag: str | None = None) -> HttpStream:
        """Start reading at `offset`, of the version `etag` if given."""
        headers = {}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        if etag:
            headers["If-Match"] = etag
        if self._url is None:
            self._url = self._fresh()
        try:
            status, stream = self._http.open(self._url, self._what, headers)
        except Refused:
            self._url = self._fresh()
            status, stream = self._http.open(self._url, self._what, headers)
        if offset and status != 206:
            stream.close()
            raise Unavailable(f"{self._what} can't be read on from where it broke")
        return stream

    def _fresh(self) -> str:
        url = self._locate()
        if url is None:
            raise Unusable(f"{self._what} has no location any more")
        return url


class RecentLocations:
    """URLs that lists gave a short while ago, kept in memory only; each is good for one use.

    A list names the place of every asset, so that the worker that exports it in the same process
    need not ask for each. Bounded: the oldest go first. Threads may share it.
    """

    LIMIT: Final = 20_000
    SECONDS: Final = 900.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def put(self, asset: str, url: str) -> None:
        """Keep a URL."""
        with self._lock:
            self._kept.pop(asset, None)
            self._kept[asset] = (self._clock(), url)
            if len(self._kept) > self.LIMIT:
                self._kept.popitem(last=False)

    def take(self, asset: str) -> str | None:
        """Give the URL and forget it; None where there is none that is recent."""
        with self._lock:
            kept = self._kept.pop(asset, None)
        if kept is None or self._clock() - kept[0] > self.SECONDS:
            return None
        return kept[1]
