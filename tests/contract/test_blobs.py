"""One suite for a container of blobs: the fake in memory and the real one over Azurite."""

import uuid
from collections.abc import Callable

import pytest
from azure.storage.blob import BlobServiceClient

from dsr.errors import StorageAway
from dsr.storage.azure_blobs import AzureBlobs
from dsr.storage.blobs import MAX_APPEND, BadBlockList, Blobs, Changed, Exists, Missing
from sandbox.azurite import connection_string, free_ports
from tests.fakes.memory_blobs import MemoryBlobs

BLOCK_A = "00000001.aaaaaaaaaaaaaaaa.000001"
BLOCK_B = "00000001.aaaaaaaaaaaaaaaa.000002"


@pytest.fixture(params=["memory", "azurite"])
def blobs(request: pytest.FixtureRequest) -> Blobs:
    make: dict[str, Callable[[], Blobs]] = {
        "memory": MemoryBlobs,
        "azurite": lambda: AzureBlobs(
            BlobServiceClient.from_connection_string(
                request.getfixturevalue("azurite").connection_string
            ),
            f"test-{uuid.uuid4()}",  # made at the first write
        ),
    }
    return make[request.param]()


def test_create_is_once(blobs: Blobs) -> None:
    blobs.create("a/one", b"1", {"k": "v"})
    with pytest.raises(Exists):
        blobs.create("a/one", b"2")
    assert blobs.read("a/one").data == b"1"


def test_reading_nothing_is_missing_even_without_a_container(blobs: Blobs) -> None:
    with pytest.raises(Missing):
        blobs.read("nothing")
    assert blobs.look("nothing") is None
    assert list(blobs.list("")) == []
    assert blobs.staged("nothing") == set()


def test_a_part_ends_where_the_blob_does(blobs: Blobs) -> None:
    blobs.put("part", b"0123456789")
    assert blobs.part("part", 2, 3) == b"234"
    assert blobs.part("part", 8, 100) == b"89"
    assert blobs.part("part", 10, 1) == b""
    with pytest.raises(Missing):
        blobs.part("no part", 0, 1)


def test_replace_takes_only_the_version_named(blobs: Blobs) -> None:
    blobs.create("state", b"1")
    first = blobs.read("state")
    blobs.replace("state", b"2", first.etag)
    with pytest.raises(Changed):
        blobs.replace("state", b"3", first.etag)
    assert blobs.read("state").data == b"2"


def test_list_is_by_prefix_in_order_with_metadata(blobs: Blobs) -> None:
    for name in ("b/2", "a/2", "a/1", "ab"):
        blobs.create(name, name.encode(), {"name": name.replace("/", "")})
    listed = list(blobs.list("a/"))
    assert [b.name for b in listed] == ["a/1", "a/2"]
    assert [b.metadata for b in listed] == [{"name": "a1"}, {"name": "a2"}]
    assert [b.size for b in listed] == [3, 3]


def test_put_overwrites(blobs: Blobs) -> None:
    blobs.put("x", b"1", {"a": "1"})
    blobs.put("x", b"22", {"a": "2"})
    assert blobs.read("x").data == b"22"
    assert next(iter(blobs.list("x"))).metadata == {"a": "2"}


def test_staged_blocks_show_only_when_asked_for(blobs: Blobs) -> None:
    blobs.stage("z", BLOCK_A, b"aa")
    assert blobs.staged("z") == {BLOCK_A}
    assert blobs.look("z") is None
    assert list(blobs.list("z")) == []


def test_commit_joins_in_the_order_of_the_list_and_is_once(blobs: Blobs) -> None:
    blobs.stage("z", BLOCK_A, b"aa")
    blobs.stage("z", BLOCK_B, b"bb")
    blobs.commit("z", [BLOCK_B, BLOCK_A], {"part": "1"})
    assert blobs.read("z").data == b"bbaa"
    found = blobs.look("z")
    assert found is not None
    assert (found.size, found.metadata) == (4, {"part": "1"})
    blobs.stage("z", BLOCK_A, b"cc")
    with pytest.raises(Exists):
        blobs.commit("z", [BLOCK_A], {"part": "1"})
    assert blobs.read("z").data == b"bbaa"


def test_commit_of_an_unknown_block_is_refused(blobs: Blobs) -> None:
    blobs.stage("z", BLOCK_A, b"aa")
    with pytest.raises(BadBlockList):
        blobs.commit("z", [BLOCK_A, BLOCK_B], {})
    assert blobs.look("z") is None


def test_delete_may_be_repeated(blobs: Blobs) -> None:
    blobs.create("blob", b"1")
    for _ in range(2):
        blobs.delete("blob")
        blobs.delete("never-there")
    assert blobs.look("blob") is None


def test_drop_takes_staged_blocks_too(blobs: Blobs) -> None:
    blobs.stage("staged-only", BLOCK_A, b"aa")
    blobs.stage("both", BLOCK_A, b"aa")
    blobs.commit("both", [BLOCK_A], {})
    blobs.stage("both", BLOCK_B, b"bb")
    for _ in range(2):
        for name in ("staged-only", "both", "never-there"):
            blobs.drop(name)
    for name, block in (("staged-only", BLOCK_A), ("both", BLOCK_B)):
        assert blobs.staged(name) == set()
        assert blobs.look(name) is None
        with pytest.raises(BadBlockList):
            blobs.commit(name, [block], {})


def test_append_only_at_the_end(blobs: Blobs) -> None:
    blobs.append("log", b"1\n", 0)
    blobs.append("log", b"2\n", 2)
    for wrong in (0, 2, 10):
        with pytest.raises(Changed):
            blobs.append("log", b"x\n", wrong)
    assert blobs.read("log").data == b"1\n2\n"


def test_a_tail_is_what_stands_from_a_byte_on(blobs: Blobs) -> None:
    with pytest.raises(Missing):
        blobs.part("log", 0)
    blobs.append("log", b"one\n", 0)
    blobs.append("log", b"two\n", 4)
    assert blobs.part("log", 0) == b"one\ntwo\n"
    assert blobs.part("log", 4) == b"two\n"
    assert blobs.part("log", 7) == b"\n"
    assert blobs.part("log", 8) == blobs.part("log", 100) == b""


def test_the_tail_of_an_empty_blob_is_empty(blobs: Blobs) -> None:
    blobs.create("empty", b"")
    assert blobs.part("empty", 0) == blobs.part("empty", 1) == b""


def test_an_append_may_have_four_mebibytes(blobs: Blobs) -> None:
    blobs.append("log", b"x" * MAX_APPEND, 0)
    blobs.append("log", b"y", MAX_APPEND)
    assert blobs.part("log", MAX_APPEND - 1) == b"xy"


def test_an_account_that_is_away_is_one_error_without_its_address() -> None:
    (port,) = free_ports(1)
    service = BlobServiceClient.from_connection_string(
        connection_string(port, port), retry_total=0, connection_timeout=1
    )
    blobs = AzureBlobs(service, "nowhere")
    calls: list[Callable[[], object]] = [
        lambda: blobs.read("a"),
        lambda: blobs.look("a"),
        lambda: blobs.part("a", 0),
        lambda: blobs.create("a", b""),
        lambda: blobs.delete("a"),
        lambda: list(blobs.list("")),
        lambda: blobs.staged("a"),
        lambda: blobs.stage("a", BLOCK_A, b""),
    ]
    for call in calls:
        with pytest.raises(StorageAway) as raised:
            call()
        assert "127.0.0.1" not in str(raised.value)
