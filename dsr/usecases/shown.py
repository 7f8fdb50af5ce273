"""What the lists of a workspace show right now."""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from weakref import WeakValueDictionary

from dsr.errors import Unusable
from dsr.model.asset import Asset
from dsr.usecases.connector import Connector

_FRESH: Final = 5.0
"""Seconds that a list may be old when something of it is deleted."""
_PAGES: Final = 10_000
"""Pages of one list that are read before its end is given up."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says now of one asset."""

    unit: str
    state: str
    builtin: bool
    disputed: tuple[str, ...] = ()


class _List:
    """A list that was read: its place among all that happened, and when it was whole."""

    def __init__(self, begun: int, at: datetime, assets: Mapping[str, Listed]) -> None:
        self.begun = begun
        self.at = at
        self.assets = assets


class _Shared:
    """One workspace's lists of one process: whoever asks while one is read waits for the next.

    So many batches at once read one list after another, and not each its own. A list is kept as
    long as somebody has it.
    """

    def __init__(self, connector: Connector) -> None:
        self.connector = connector  # as long as it is here, no other one has its id
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._lists: WeakValueDictionary[str, _List] = WeakValueDictionary()

    def of(self, kind: str, is_good: Callable[[_List], bool], read: Callable[[], _List]) -> _List:
        """Give the newest list where it is good enough, else read one; raises what `read` does."""
        with self._lock:
            lock = self._locks.setdefault(kind, threading.Lock())
        with lock:
            found = self._lists.get(kind)
            if found is None or not is_good(found):
                found = self._lists[kind] = read()
            return found


_order: Final = itertools.count(1)
_shared: Final[WeakValueDictionary[int, _Shared]] = WeakValueDictionary()
_sharing: Final = threading.Lock()


class Shown:
    """What the lists of a workspace show, asked for again where that is seconds ago.

    No list is given that was begun before this was made.
    """

    def __init__(self, connector: Connector, now: Callable[[], datetime]) -> None:
        self._connector = connector
        self._now = now
        with _sharing:
            self._shared = _shared.setdefault(id(connector), _Shared(connector))
        self._lists: dict[str, _List] = {}
        self._since = next(_order)
        self._looking = False

    def of(self, kind: str) -> Mapping[str, Listed]:
        """Give a kind's assets by id, some seconds old at most; raises ServiceError.

        After `look_again` a list is read once.
        """
        if kind not in {k.name for k in self._connector.kinds}:
            return {}
        found = self._lists.get(kind)
        if found is None or not self._is_good(found):
            found = self._shared.of(kind, self._is_good, lambda: self._read(kind))
            self._lists[kind] = found
        return found.assets

    def look_again(self) -> None:
        """Ask for every list once more, and for no further one: all deletes were asked for.

        A list that begins now tells of each of them. Later on it may show what is gone by then,
        never the other way round.
        """
        self._lists.clear()
        self._since = next(_order)
        self._looking = True

    def _is_good(self, found: _List) -> bool:
        if found.begun <= self._since:
            return False
        return self._looking or (self._now() - found.at).total_seconds() <= _FRESH

    def _read(self, kind: str) -> _List:
        begun = next(_order)
        assets = {
            # what has no id still counts, each by itself
            a.id or f"?{n}": Listed(a.unit, a.state, a.builtin, a.disputed)
            for n, a in enumerate(self._all_of(kind))
        }
        # from its end on, or a list that takes long would be asked for before each delete
        return _List(begun, self._now(), assets)

    def _all_of(self, kind: str) -> Iterator[Asset]:
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            page = self._connector.assets(kind, cursor)
            yield from page
            cursor = page.next
            if cursor is None:
                return
            if cursor in seen or len(seen) >= _PAGES:
                raise Unusable(f"the list of kind {kind} does not end")
            seen.add(cursor)
