"""Leftovers in the customer's account: exactly what is named, and what stays recoverable."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from hypothesis import given
from hypothesis import strategies as st

from dsr.errors import Unavailable, Unusable
from dsr.services import workspace_storage
from dsr.services.studio.own_storage import is_own
from dsr.services.workspace_storage import Cleared, WorkspaceStorage
from dsr.usecases.connector import Leftover
from tests.fakes.blob_account import Account, missing, refusal
from tests.unit.studio_payloads import WORKSPACE_ID

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BLOB = Leftover("uploadedresources", "7d21.csv")
LOGS = Leftover("ml-diagnostics", f"{WORKSPACE_ID}-", prefix=True)


def storage(account: Account) -> WorkspaceStorage:
    return WorkspaceStorage(
        "https://x", partial(is_own, WORKSPACE_ID), lambda: account, lambda: NOW
    )


def test_an_exact_name_is_one_blob_with_its_snapshots():
    names = ["7d21.csv", "7d21.csv2", "7d21.csv/part", "a", "z"]
    account = Account({"uploadedresources": list(names)})
    assert storage(account).clear(BLOB) == Cleared(1, 1)
    assert account.deleted == [("uploadedresources", "7d21.csv", "include")]
    assert storage(account).clear(BLOB) == Cleared(0, 0)
    assert account.containers["uploadedresources"] == names[1:]


def test_a_prefix_is_the_workspaces_logs_alone():
    ours = [f"{WORKSPACE_ID}-s-e/score/1", f"{WORKSPACE_ID}-t-e/batch/1"]
    others = [f"{'f' * 32}-s-e/score/1", WORKSPACE_ID]
    account = Account({"ml-diagnostics": ours + others, "other": list(ours)})
    assert storage(account).clear(LOGS) == Cleared(2, 2)
    assert account.containers == {"ml-diagnostics": others, "other": ours}


@pytest.mark.parametrize(
    "leftover",
    [
        Leftover("ml-diagnostics", "", True),
        Leftover("ml-diagnostics", WORKSPACE_ID, True),
        Leftover("ml-diagnostics", f"{'f' * 32}-", True),
        Leftover("experimentoutput", f"{WORKSPACE_ID}-", True),
        Leftover("experimentoutput", "", False),
        Leftover("ml-diagnostics", "x", False),
        Leftover("backups", "x", False),
        Leftover("experimentoutput", "../backups/x", False),
        Leftover("experimentoutput", "a/./x", False),
        Leftover("ml-diagnostics", f"{WORKSPACE_ID}-/../x", True),
        Leftover("", "x", False),
    ],
)
def test_a_place_that_can_not_be_the_workspaces_is_refused_uncalled(leftover):
    account = Account({}, AssertionError("called"))
    with pytest.raises(Unusable):
        storage(account).clear(leftover)


NAMES = st.text("ab/.%é", min_size=1, max_size=5)


@given(st.sets(NAMES), NAMES.filter(lambda n: not {".", ".."} & set(n.split("/"))))
def test_no_other_blob_goes(names, name):
    account = Account({"experimentoutput": sorted(names)})
    cleared = storage(account).clear(Leftover("experimentoutput", name))
    assert set(account.containers["experimentoutput"]) == names - {name}
    assert cleared.deleted == cleared.found == (name in names)


def test_a_missing_container_holds_nothing():
    assert storage(Account({})).clear(BLOB) == Cleared(0, 0)


def test_what_can_still_be_brought_back_is_told():
    account = Account({"uploadedresources": ["7d21.csv"]}, retention=6)
    cleared = storage(account).clear(BLOB)
    assert cleared == Cleared(1, 1, recoverable_until=NOW + timedelta(days=7))
    account = Account({"uploadedresources": ["7d21.csv"]}, versions=True)
    assert storage(account).clear(BLOB) == Cleared(1, 1, versions=True)
    account = Account({"uploadedresources": ["7d21.csv"]}, retention=6, no_versions=True)
    assert storage(account).clear(BLOB).recoverable_until == NOW + timedelta(days=7)


def test_what_was_deleted_before_is_told_as_well():
    account = Account({"uploadedresources": []}, retention=0)
    account.deleted.append(("uploadedresources", "7d21.csv", None))
    assert storage(account).clear(BLOB) == Cleared(0, 0, NOW + timedelta(days=1))


def test_a_refusal_is_told_by_its_code():
    denied = refusal(403, "AuthorizationPermissionMismatch")
    assert storage(Account({}, denied)).clear(BLOB) == Cleared(
        0, 0, refused="AuthorizationPermissionMismatch"
    )
    leased = {"7d21.csv": refusal(412, "LeaseIdMissing")}
    account = Account({"uploadedresources": ["7d21.csv"]}, refuses=leased)
    assert storage(account).clear(BLOB) == Cleared(1, 0, refused="LeaseIdMissing")
    no_token = ClientAuthenticationError("SECRET")
    assert storage(Account({}, no_token)).clear(BLOB).refused == "NoToken"


def test_one_refusal_does_not_keep_the_others():
    names = [f"{WORKSPACE_ID}-s-e/{n}" for n in range(3)]
    account = Account(
        {"ml-diagnostics": list(names)}, refuses={names[1]: refusal(409, "Immutable")}
    )
    assert storage(account).clear(LOGS) == Cleared(3, 2, refused="Immutable")


def test_deleted_is_what_is_no_longer_listed():
    account = Account({"uploadedresources": ["7d21.csv"]}, undeletable={"7d21.csv"})
    assert storage(account).clear(BLOB) == Cleared(1, 0)
    account = Account({"uploadedresources": ["7d21.csv"]}, refuses={"7d21.csv": missing("x")})
    assert storage(account).clear(BLOB).deleted == 0


@pytest.mark.parametrize(
    "error",
    [ServiceRequestError("SECRET"), refusal(503, "ServerBusy"), refusal(429, "TooManyRequests")],
)
def test_an_account_that_does_not_answer_is_asked_later(error):
    with pytest.raises(Unavailable) as caught:
        storage(Account({}, error)).clear(BLOB)
    assert "SECRET" not in str(caught.value)


def test_a_call_deletes_so_many_and_says_that_more_are_left(monkeypatch):
    monkeypatch.setattr(workspace_storage, "MOST", 2)
    names = [f"{WORKSPACE_ID}-s-e/{n}" for n in range(5)]
    made = storage(Account({"ml-diagnostics": names}))
    assert [made.clear(LOGS) for _ in range(4)] == [
        Cleared(2, 2, more=True),
        Cleared(2, 2, more=True),
        Cleared(1, 1),
        Cleared(0, 0),
    ]
