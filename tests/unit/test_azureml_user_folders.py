"""People's folders: what is listed, read and deleted of them, and what never is."""

import time

import pytest

from dsr.errors import Absent, Refused, Unavailable, Unusable
from dsr.model.asset import Asset
from dsr.services.azureml import user_folder_deletes
from dsr.usecases.connector import Content, Document, Missing
from sandbox.azureml.model import WORKING
from sandbox.studio.content import Content as Bytes
from sandbox.studio.content import text
from tests.fakes.azureml_connector import connector
from tests.fakes.azureml_folders import STORE, Folders, folders, store
from tests.fakes.studio import told
from tests.fakes.wire import FakeResponse, answer

TREE: dict[str, Bytes | None] = {
    "Users/t-user/demand.ipynb": text("one"),
    "Users/t-user/src/deep/er/a.txt": text("two"),
    "Users/t-user/src/b.txt": text("three"),
    "Users/t-user/empty": None,
    "Users/t-user2/demand.ipynb": text("not his"),
    "Users/readme.txt": text("nobody's"),
    "Other/t-user/x.txt": text("beside"),
}


def operation(made: Folders, folder: str = "t-user") -> str:
    """Give the operation of a folder's delete, while the folder is there."""
    (page, _) = made.connector._workspace.shares.page((WORKING, "Users"), None, "x", with_ids=True)
    return f"user-folder:{next(e.id for e in page if e.name == folder)}:{folder}"


class Died(BaseException):
    """A worker's sudden end."""


def listed(made: Folders, cursor: str | None = None) -> tuple[list[Asset], str | None]:
    page = made.connector.assets("user_folder", cursor)
    return list(page), page.next


def read_all(made: Folders, folder: str = "t-user") -> dict[str, bytes]:
    found = made.connector.read("user_folder", folder, None, include_data=True)
    return {f.name: f.source.open().read(1 << 20) for f in found if isinstance(f, Content)}


# Listing


def test_each_folder_is_an_asset_whose_name_is_its_owner():
    assets, following = listed(folders(TREE))
    assert following is None
    assert [(a.id, a.owners, a.identifiers) for a in assets] == [
        ("t-user", (("folder", "t-user"),), ()),
        ("t-user2", (("folder", "t-user2"),), ()),
    ]
    assert assets[0].listed["path"] == "Users"


def test_folders_come_in_pages_by_the_share_s_marker():
    made = folders({f"Users/p{n}/x": text("x") for n in range(5)}, page_size=2)
    names, cursor = [], None
    for _ in range(3):
        assets, cursor = listed(made, cursor)
        names += [a.id for a in assets]
    assert (names, cursor) == ([f"p{n}" for n in range(5)], None)


def test_a_folder_made_anew_has_another_state_and_a_delete_half_done_has_not():
    made = folders(TREE)
    before = listed(made)[0][0].state
    made.share.remove(["Users", "t-user", "demand.ipynb"])
    assert listed(made)[0][0].state == before
    made.connector.delete("user_folder", "t-user")
    made.share.put("Users/t-user/new.txt", text("new"))
    assert listed(made)[0][0].state not in ("", before)


def test_without_a_storage_account_nothing_is_listed_and_the_notice_says_so():
    made, wire = connector({})
    page = made.assets("user_folder", None)
    assert list(page) == []
    assert page.next is None
    assert wire.calls == []
    assert "each person's notebooks" in made.notices(deleting=False)[3].text


def test_with_one_the_notice_speaks_of_the_rest_alone():
    made = folders(TREE).connector
    notice = made.notices(deleting=False)[3]
    assert "notebooks" not in notice.text
    assert any("beside the folders" in step for step in notice.steps)
    assert any("share the storage account" in s for s in made.notices(deleting=True)[3].steps)


def test_a_share_that_nobody_has_used_is_an_empty_list():
    assert listed(folders({"Other/x": text("x")})) == ([], None)


@pytest.mark.parametrize(
    "other",
    [
        {"accountName": "somebodyelse"},
        {"datastoreType": "AzureBlob"},
        {"fileShareName": "../x"},
        {"fileShareName": ""},
    ],
)
def test_a_datastore_that_leads_elsewhere_is_told_and_never_followed(other: dict[str, str]):
    made = folders(TREE, {STORE: [told(store(**other))]})
    with pytest.raises(Unusable, match="no file share of the storage account"):
        listed(made)
    with pytest.raises(Unusable):
        made.connector.delete("user_folder", "t-user")
    assert made.wire.calls == []


# Reading


def test_every_file_below_is_read_and_nothing_beside():
    made = folders(TREE, page_size=1)
    assert read_all(made) == {
        "files/demand.ipynb": b"one",
        "files/src/deep/er/a.txt": b"two",
        "files/src/b.txt": b"three",
    }
    assert all(path.startswith("Users/t-user") for path in made.wire.sent("GET"))
    assert not any(path.startswith("Users/t-user2") for path in made.wire.sent("GET"))


def test_metadata_alone_asks_for_no_file():
    made = folders(TREE)
    (only,) = made.connector.read("user_folder", "t-user", {"folder": "t-user"}, False)
    assert only == Document("user_folder.json", {"folder": "t-user"})
    assert made.wire.calls == []


def test_a_folder_that_is_gone_is_absent_and_not_empty():
    made = folders(TREE)
    with pytest.raises(Absent, match="read user folder was answered with 404"):
        read_all(made, "nobody")


def test_a_file_over_the_limit_is_told_and_not_read():
    big = {"Users/t-user/big.bin": text("x" * ((1 << 20) + 1)), "Users/t-user/a": text("a")}
    made = folders(big, limits={"user_folder": 1 << 20})
    found = list(made.connector.read("user_folder", "t-user", None, include_data=True))
    assert [type(f) for f in found] == [Document, Content, Missing]
    assert "Users/t-user/big.bin" not in made.wire.sent("GET")


# Deleting


def test_a_folder_goes_from_its_depths_up_and_alone():
    made = folders(TREE, page_size=2)
    known = operation(made)
    asked = made.connector.delete("user_folder", "t-user")
    assert (asked.status, asked.operation) == (202, known)
    assert made.connector.is_done(known)
    assert not made.connector.is_there("user_folder", "t-user")
    assert made.share.files() == {
        "Users/t-user2/demand.ipynb": b"not his",
        "Users/readme.txt": b"nobody's",
        "Other/t-user/x.txt": b"beside",
    }
    deleted = made.wire.sent("DELETE")
    for path in deleted:
        above = path.rpartition("/")[0]
        assert above == "Users" or deleted.index(above) > deleted.index(path)


def test_deletes_go_on_where_a_worker_died():
    made = folders(TREE)
    known = operation(made)
    deletes = 0

    def dies(call: object) -> FakeResponse | None:
        nonlocal deletes
        deletes += made.wire.calls[-1].method == "DELETE"
        if deletes > 2:
            raise Died
        return None

    made.wire.meddle = dies
    with pytest.raises(Died):
        made.connector.delete("user_folder", "t-user")
    made.wire.meddle = lambda call: None
    assert made.connector.is_there("user_folder", "t-user")
    made.connector.delete("user_folder", "t-user")
    assert made.connector.is_done(known)
    with pytest.raises(Absent):
        made.connector.delete("user_folder", "t-user")
    assert made.connector.is_done(known)


def test_one_look_lasts_so_long_and_the_next_goes_on(monkeypatch):
    made = folders({f"Users/t-user/{n:03}": text("x") for n in range(200)})
    known = operation(made)
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 1.0
        return now

    monkeypatch.setattr(user_folder_deletes.FOLDERS, "_clock", clock)
    made.connector.delete("user_folder", "t-user")
    left = len(made.share.files())
    assert 200 - user_folder_deletes.SECONDS <= left < 200
    looks = 1
    while not made.connector.is_done(known):
        looks += 1
        assert looks < 10
    assert looks > 2
    assert made.share.files() == {}


def test_a_look_ends_before_another_worker_may_ask_again():
    assert user_folder_deletes.SECONDS < 60
    assert user_folder_deletes.FOLDERS._clock is time.monotonic


@pytest.mark.parametrize(("field", "code"), [("is_open", "Sharing"), ("is_read_only", "ReadOnly")])
def test_what_can_not_be_deleted_is_told_once_all_else_is_gone(field: str, code: str):
    made = folders(TREE)
    known = operation(made)
    node = made.share.find("Users/t-user/src/b.txt")
    setattr(node, field, True)
    made.connector.delete("user_folder", "t-user")
    with pytest.raises(Unusable, match=rf"409 \({code}\w+\): a file or folder in it is open"):
        made.connector.is_done(known)
    assert list(made.share.files("Users/t-user")) == ["Users/t-user/src/b.txt"]
    setattr(node, field, False)
    made.connector.delete("user_folder", "t-user")
    assert made.connector.is_done(known)


def failing(made: Folders, status: int, after: int) -> None:
    def meddle(call: object) -> FakeResponse | None:
        deletes = len(made.wire.sent("DELETE"))
        is_delete = made.wire.calls[-1].method == "DELETE"
        return answer(status)() if is_delete and deletes > after else None

    made.wire.meddle = meddle


@pytest.mark.parametrize(("status", "error"), [(403, Refused), (503, Unavailable)])
def test_a_refusal_is_raised_where_nothing_was_deleted(status: int, error: type[Exception]):
    made = folders(TREE)
    known = operation(made)
    failing(made, status, 0)
    with pytest.raises(error):
        made.connector.delete("user_folder", "t-user")
    with pytest.raises(error):
        made.connector.is_done(known)
    assert len(made.share.files("Users/t-user")) == 3


@pytest.mark.parametrize("status", [403, 503])
def test_one_that_comes_midway_is_left_to_the_next_look(status: int):
    made = folders(TREE)
    known = operation(made)
    failing(made, status, 1)
    assert made.connector.delete("user_folder", "t-user").operation == known
    made.wire.meddle = lambda call: None
    assert made.connector.is_done(known)


@pytest.mark.parametrize("folder", ["", ".", "..", "../Other", "t-user/..", "a\\b", "x" * 256])
def test_names_that_lead_out_of_users_are_refused_uncalled(folder: str):
    made = folders(TREE)
    with pytest.raises(Unusable, match="not one of this workspace's own"):
        made.connector.delete("user_folder", folder)
    with pytest.raises(Unusable, match="not one of this workspace's own"):
        made.connector.is_done(f"user-folder:1:{folder}")
    with pytest.raises(Unusable, match="not one of this workspace's own"):
        made.connector.is_there("user_folder", folder)
    with pytest.raises(Absent, match="not one of this workspace's own"):
        list(made.connector.read("user_folder", folder, None, True))
    assert made.wire.calls == []


def test_a_folder_in_use_by_who_adds_files_is_not_done():
    made = folders(TREE)
    known = operation(made)

    def adds(call: object) -> FakeResponse | None:
        if made.wire.calls[-1].method == "DELETE":
            made.share.put("Users/t-user/later.txt", text("later"))
        return None

    made.wire.meddle = adds
    assert made.connector.delete("user_folder", "t-user").operation == known
    assert not made.connector.is_done(known)
    made.wire.meddle = lambda call: None
    assert made.connector.is_done(known)
