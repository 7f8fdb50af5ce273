"""What the ledger holds of deletes alone: approvals, intents, and whose turn it is.

::

    requests/{id}/approvals/{hash}.json            which entries to review an approval includes
    requests/{id}/intents/{batch}.{n}-{ref}.json   a delete that is about to be asked for
    turns/{workspace}.json                         the request that may delete in a workspace
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from dsr.errors import Conflict, Gone
from dsr.model.request import canonical
from dsr.storage.blobs import Blobs, Changed, Exists, Missing


class BlobDeleteLedger:
    """What deletes have to remember, over the container of the ledger."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def add_approval(self, request_id: str, include: Iterable[str]) -> str:
        """Store the entries that an approval includes; give the name to read them by."""
        data = canonical(sorted(set(include)))
        name = hashlib.sha256(data).hexdigest()
        self._blobs.put(f"requests/{request_id}/approvals/{name}.json", data)
        return name

    def approval(self, request_id: str, name: str) -> frozenset[str]:
        """Read them, none where the approval has no name.

        Raises Conflict where they are others, and Gone where they are no longer there.
        """
        if not name:
            return frozenset()
        try:
            data = self._blobs.read(f"requests/{request_id}/approvals/{name}.json").data
        except Missing:
            raise Gone("what the approval includes is gone") from None
        if hashlib.sha256(data).hexdigest() != name:
            raise Conflict("what the approval includes is not what was approved")
        return frozenset(json.loads(data))

    def add_intent(
        self, request_id: str, batch: int, round_: int, ref: str, intent: dict[str, Any]
    ) -> bool:
        """Write down that a unit is about to be deleted; False where it was before."""
        try:
            self._blobs.create(_intent(request_id, batch, round_, ref), canonical(intent))
        except Exists:
            return False
        return True

    def change_intent(
        self, request_id: str, batch: int, round_: int, ref: str, intent: dict[str, Any]
    ) -> None:
        """Write down more of it; only who asked does so."""
        self._blobs.put(_intent(request_id, batch, round_, ref), canonical(intent))

    def replace_intent(
        self, request_id: str, batch: int, round_: int, ref: str, since: str, intent: dict[str, Any]
    ) -> bool:
        """Write down that it is asked for again; False where another worker did so since then."""
        name = _intent(request_id, batch, round_, ref)
        there = self._blobs.read(name)
        if json.loads(there.data)["asked_at"] != since:
            return False
        try:
            self._blobs.replace(name, canonical(intent), there.etag)
        except Changed:
            return False
        return True

    def intents(self, request_id: str, batch: int, round_: int) -> dict[str, dict[str, Any]]:
        """Give the intents of a batch since it was last begun anew, by the unit's ref."""
        prefix = _intent(request_id, batch, round_, "").removesuffix(".json")
        return {
            blob.name.removeprefix(prefix).removesuffix(".json"): json.loads(
                self._blobs.read(blob.name).data
            )
            for blob in list(self._blobs.list(prefix))
        }

    def former_intent(
        self, request_id: str, batch: int, round_: int, ref: str
    ) -> dict[str, Any] | None:
        """Give the newest intent of a unit before a round of its batch, None where none is."""
        prefix = f"requests/{request_id}/intents/{batch:08d}."
        before = _intent(request_id, batch, round_, "")
        names = [
            blob.name
            for blob in self._blobs.list(prefix)
            if blob.name.endswith(f"-{ref}.json") and blob.name < before
        ]
        return json.loads(self._blobs.read(max(names)).data) if names else None

    def give_back_turn(self, workspace: str, request_id: str) -> None:
        """Let others delete in a workspace, if it is the request's turn there."""
        name = f"turns/{workspace}.json"
        try:
            if json.loads(self._blobs.read(name).data)["request"] == request_id:
                self._blobs.delete(name)
        except Missing:
            return

    def take_turn(self, workspace: str, request_id: str, is_over: Callable[[str], bool]) -> str:
        """Take the turn to delete in a workspace; give the request that has it then.

        It is taken from a request that `is_over`, which therefore never gives it back itself.
        """
        name, mine = f"turns/{workspace}.json", canonical({"request": request_id})
        while True:
            try:
                self._blobs.create(name, mine)
            except Exists:
                pass
            else:
                return request_id
            try:
                there = self._blobs.read(name)
            except Missing:
                continue
            holder = str(json.loads(there.data)["request"])
            if holder == request_id or not is_over(holder):
                return holder
            try:
                self._blobs.replace(name, mine, there.etag)
            except (Changed, Missing):
                continue
            return request_id


def _intent(request_id: str, batch: int, round_: int, ref: str) -> str:
    return f"requests/{request_id}/intents/{batch:08d}.{round_:03d}-{ref}.json"
