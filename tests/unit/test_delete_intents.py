"""Intents of deletes: of several workers with the same batch, one asks."""

from dsr.storage.blobs import Blob
from dsr.storage.delete_ledger import BlobDeleteLedger
from tests.fakes.memory_blobs import MemoryBlobs

NAME = ("6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01", 3, 0, "ab12")


def intent(asked_at: str, calls: int) -> dict[str, object]:
    return {"at": "t1", "asked_at": asked_at, "calls": calls, "left": []}


def test_the_first_intent_is_written_once() -> None:
    deletes = BlobDeleteLedger(MemoryBlobs())
    assert deletes.add_intent(*NAME, intent("t1", 1))
    assert not deletes.add_intent(*NAME, intent("t2", 1))
    assert deletes.intents(*NAME[:3]) == {"ab12": intent("t1", 1)}


def test_asking_again_is_for_who_saw_the_newest_intent() -> None:
    deletes = BlobDeleteLedger(MemoryBlobs())
    deletes.add_intent(*NAME, intent("t1", 1))
    assert deletes.replace_intent(*NAME, "t1", intent("t2", 2))
    assert not deletes.replace_intent(*NAME, "t1", intent("t3", 2))
    assert deletes.intents(*NAME[:3]) == {"ab12": intent("t2", 2)}


def test_of_two_that_saw_the_same_one_is_first() -> None:
    blobs = MemoryBlobs()
    deletes = BlobDeleteLedger(blobs)
    deletes.add_intent(*NAME, intent("t1", 1))
    read = blobs.read

    def read_and_lose(name: str) -> Blob:
        there = read(name)
        blobs.put(name, there.data.replace(b'"t1"', b'"t2"'))
        return there

    blobs.read = read_and_lose  # type: ignore[method-assign]
    assert not deletes.replace_intent(*NAME, "t1", intent("t3", 2))
