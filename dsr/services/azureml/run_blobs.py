"""Lists what runs left in a storage account, of many runs with few calls."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from dsr.errors import Absent
from dsr.services.blob_files import BlobFiles

_LIST: Final = "list artifact blobs"
_ALONE: Final = 20
"""Runs whose files are listed one by one before all runs' are listed at once."""
_MOST: Final = 40_000
"""Names that a list of all runs may hold: forty calls, and some ten megabytes of memory."""
_LIVES: Final = 60.0
"""Seconds for which a list of all runs serves."""
_SETTLED: Final = 600.0
"""Seconds that a run must have ended before such a list began; else its own files are listed."""
_TOO_MANY: Final = 3600.0
"""Seconds until an account that held more than that is tried again."""


class RunBlobs:
    """Lists the names of runs' blobs; where many runs are asked for, those of all runs at once.

    A list of one run costs a call, as one of a thousand blobs does. So after a few runs all are
    listed, and that list serves for a minute; where there are too many of them, each goes on to
    be listed alone. It is dropped when the next run is asked for after that minute. Threads may
    share it.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._alone = 0
        self._began = 0.0
        self._not_before = 0.0
        self._all: dict[str, list[str]] | None = None

    def of(
        self, files: BlobFiles, container: str, folder: str, ended: float | None
    ) -> Iterable[str]:
        """Give the names of blobs below a run's folder, which stands beside those of other runs.

        `ended` is when the run came to its end, in seconds since 1970; None where it may still be
        under way. Raises ServiceError.
        """
        root, _, own = folder.rpartition("/")
        held = self._held(files, container, f"{root}/", ended)
        return _listed(files, container, f"{folder}/") if held is None else held.get(own, ())

    def _held(
        self, files: BlobFiles, container: str, root: str, ended: float | None
    ) -> dict[str, list[str]] | None:
        """Give the list of all runs where it serves, None where the run is to be listed alone."""
        if ended is None:
            return None
        with self._lock:  # the others wait for the one who lists
            now = self._clock()
            if self._all is not None and now - self._began > _LIVES:
                self._all, self._alone = None, 0
            if self._all is None:
                self._alone += 1
                if self._alone <= _ALONE or now < self._not_before:
                    return None
                self._all = _by_run(files, container, root)
                self._began, self._alone = now, 0
                if self._all is None:
                    self._not_before = now + _TOO_MANY
                    return None
            return self._all if ended <= self._began - _SETTLED else None


def _listed(files: BlobFiles, container: str, prefix: str) -> Iterator[str]:
    try:
        yield from files.names(container, prefix, _LIST)
    except Absent:  # no container, so nothing was ever written
        return


def _by_run(files: BlobFiles, container: str, root: str) -> dict[str, list[str]] | None:
    """Give the names of all runs' blobs by their folders, None where there are too many."""
    found: dict[str, list[str]] = {}
    for count, name in enumerate(_listed(files, container, root)):
        if count >= _MOST:
            return None
        found.setdefault(name[len(root) :].partition("/")[0], []).append(name)
    return found
