"""The legal holds: `holds/{name}.json` in `dsr-ledger`, a blob each."""

import json
from typing import Final

from dsr.errors import Invalid, StorageAway
from dsr.model.hold import Hold
from dsr.model.request import canonical
from dsr.storage.blobs import Blobs, Exists, Missing

_PREFIX: Final = "holds/"


class BlobHolds:
    """Keeps holds in a container. What is there and can't be read is an error, never no hold."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def put(self, hold: Hold) -> bool:
        """Store a hold in place of what has its name; tell whether nothing had."""
        data = canonical(hold.to_json())
        try:
            self._blobs.create(_blob(hold.name), data)
        except Exists:
            self._blobs.put(_blob(hold.name), data)
            return False
        return True

    def remove(self, name: str) -> bool:
        """Delete a hold; tell whether there was one."""
        there = self._blobs.look(_blob(name)) is not None
        if there:
            self._blobs.delete(_blob(name))
        return there

    def all(self) -> list[Hold]:
        """Give all holds, in force or not, by name."""
        found = []
        for info in self._blobs.list(_PREFIX):
            try:
                found.append(_read(info.name, self._blobs.read(info.name).data))
            except Missing:
                continue  # removed since it was listed
        return sorted(found, key=lambda h: h.name)


def _blob(name: str) -> str:
    return f"{_PREFIX}{name}.json"


def _read(blob: str, data: bytes) -> Hold:
    """Read a hold; a blob that is none, or another's, stops whoever has to know all holds."""
    try:
        hold = Hold.from_json(json.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, Invalid):
        hold = None
    if hold is None or _blob(hold.name) != blob:
        raise StorageAway("a blob under holds/ of dsr-ledger is no hold; correct or remove it")
    return hold
