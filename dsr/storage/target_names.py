"""The names of found workspaces: `workspaces.json` in `dsr-ledger`, a name each, for good."""

import json
from typing import Any, Final

from dsr.errors import StorageAway
from dsr.model.found_workspace import FoundWorkspace
from dsr.model.request import canonical
from dsr.storage.blobs import Blobs, Changed, Exists, Missing

_BLOB: Final = "workspaces.json"


class BlobTargetNames:
    """Keeps which workspace a name is of. A name once given is never given to another one."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def all(self) -> dict[str, FoundWorkspace]:
        """Give all names with their workspaces; what can't be read is an error, never none."""
        return self._read()[0]

    def add(self, names: dict[str, FoundWorkspace]) -> bool:
        """Add names; False where another process changed them meanwhile, or has one of them."""
        known, etag = self._read()
        folded = {name.lower() for name in known}
        if any(name.lower() in folded for name in names):
            return False
        data = canonical({n: f.to_json() for n, f in (known | names).items()})
        try:
            if etag:
                self._blobs.replace(_BLOB, data, etag)
            else:
                self._blobs.create(_BLOB, data)
        except (Changed, Exists):
            return False
        return True

    def _read(self) -> tuple[dict[str, FoundWorkspace], str]:
        try:
            blob = self._blobs.read(_BLOB)
        except Missing:
            return {}, ""
        try:
            value: dict[str, Any] = json.loads(blob.data)
            known = {name: FoundWorkspace.from_json(found) for name, found in value.items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise StorageAway(
                f"{_BLOB} of dsr-ledger is no list of workspaces; correct or remove it"
            ) from None
        return known, blob.etag
