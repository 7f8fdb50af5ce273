"""What the lists of a workspace show right now."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

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


class Shown:
    """What the lists of a workspace show, asked for again where that is seconds ago."""

    def __init__(self, connector: Connector, now: Callable[[], datetime]) -> None:
        self._connector = connector
        self._now = now
        self._lists: dict[str, tuple[datetime, dict[str, Listed]]] = {}

    def of(self, kind: str) -> Mapping[str, Listed]:
        """Give a kind's assets by id, some seconds old at most; raises ServiceError."""
        if kind not in {k.name for k in self._connector.kinds}:
            return {}
        at, listed = self._lists.get(kind, (None, {}))
        if at is None or (self._now() - at).total_seconds() > _FRESH:
            listed = {
                # what has no id still counts, each by itself
                a.id or f"?{n}": Listed(a.unit, a.state, a.builtin, a.disputed)
                for n, a in enumerate(self._all_of(kind))
            }
            # from its end on, or a list that takes long would be asked for before each delete
            self._lists[kind] = self._now(), listed
        return listed

    def forget(self) -> None:
        """Ask for every list again."""
        self._lists.clear()

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
