"""Blobs that the customer's account keeps unchangeable: what keeps them, and until when."""

from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError
from hypothesis import given
from hypothesis import strategies as st

from dsr.model.certificate import misshapen, stated
from dsr.usecases import certifying
from dsr.usecases.connector import Cleared, Leftover
from tests.fakes.blob_account import Account, refusal
from tests.fakes.made_up_connector import MadeUpConnector
from tests.fakes.rig import REQUEST_ID
from tests.fakes.sample import MIRA, SUBJECT, TOMAS, jobs
from tests.unit.deletes_rig import DeleteRig
from tests.unit.studio_payloads import WORKSPACE_ID
from tests.unit.test_workspace_storage import BLOB, LOGS, storage

UNTIL = datetime(2031, 5, 1, tzinfo=UTC)
EARLIER = datetime(2027, 5, 1, tzinfo=UTC)
BY_POLICY = refusal(409, "BlobImmutableDueToPolicy")
BY_HOLD = refusal(409, "BlobImmutableDueToLegalHold")


def account(refused: Exception, **options: Any) -> Account:
    names = {"uploadedresources": ["7d21.csv"]}
    return Account(names, refuses={"7d21.csv": refused}, **options)


def test_a_policy_says_until_when_the_blob_is_kept():
    found = storage(account(BY_POLICY, policies={"7d21.csv": UNTIL})).clear(BLOB)
    assert found == Cleared(
        1, 0, refused="BlobImmutableDueToPolicy", kept_by="policy", kept_until=UNTIL
    )
    assert not found.clean
    assert found.to_json()["kept"] == {"by": "policy", "until": "2031-05-01T00:00:00.000Z"}


def test_a_policy_of_the_whole_container_does_not_say_when():
    found = storage(account(BY_POLICY)).clear(BLOB)
    assert (found.kept_by, found.kept_until) == ("policy", None)
    assert found.to_json()["kept"] == {"by": "policy", "until": None}


def test_a_legal_hold_has_no_end():
    found = storage(account(BY_HOLD)).clear(BLOB)
    assert (found.kept_by, found.kept_until) == ("legal hold", None)


@pytest.mark.parametrize("refused", [BY_HOLD, BY_POLICY])
def test_under_both_the_hold_is_named_and_the_policys_end_as_well(refused: Exception):
    held = account(refused, held={"7d21.csv"}, policies={"7d21.csv": UNTIL})
    found = storage(held).clear(BLOB)
    assert (found.kept_by, found.kept_until) == ("legal hold", UNTIL)


def test_of_a_prefix_it_is_the_last_end_of_what_is_left_and_the_rest_goes():
    one, two, three = (f"{WORKSPACE_ID}-s-e/{n}" for n in range(3))
    kept = Account(
        {"ml-diagnostics": [one, two, three]},
        refuses={one: BY_POLICY, two: BY_POLICY},
        policies={one: EARLIER, two: UNTIL, three: datetime(2099, 1, 1, tzinfo=UTC)},
    )
    found = storage(kept).clear(LOGS)
    assert (found.found, found.deleted, found.kept_until) == (3, 1, UNTIL)


def test_an_account_that_does_not_tell_policies_is_believed_by_its_code():
    found = storage(account(BY_POLICY, tells_policies=False)).clear(BLOB)
    assert (found.kept_by, found.kept_until) == ("policy", None)


@pytest.mark.parametrize("code", ["LeaseIdMissing", "AuthorizationPermissionMismatch", ""])
def test_any_other_refusal_is_no_immutability(code: str):
    found = storage(account(refusal(403, code), policies={"7d21.csv": UNTIL})).clear(BLOB)
    assert (found.kept_by, found.kept_until) == ("", None)
    assert "kept" not in found.to_json()


def test_where_the_account_falls_silent_meanwhile_what_is_known_is_told():
    silent = account(BY_POLICY)
    container = silent.get_container_client("uploadedresources")

    def list_blobs(name_starts_with: str, include: list[str] | None) -> Any:
        if include:
            raise ServiceRequestError("SECRET")
        return type(container).list_blobs(container, name_starts_with, include)

    silent.get_container_client = lambda name: _With(container, list_blobs)  # type: ignore[method-assign,assignment,return-value]
    assert storage(silent).clear(BLOB) == Cleared(
        1, 0, refused="BlobImmutableDueToPolicy", kept_by="policy"
    )


class _With:
    def __init__(self, container: Any, list_blobs: Any) -> None:
        self.list_blobs = list_blobs
        self.get_blob_client = container.get_blob_client


@given(st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
def test_what_is_told_is_of_blobs_that_are_left(kept: set[int], with_policy: set[int]):
    names = [f"{WORKSPACE_ID}-s-e/{n}" for n in range(6)]
    made = Account(
        {"ml-diagnostics": list(names)},
        refuses={names[n]: BY_POLICY for n in kept},
        policies={names[n]: datetime(2030 + n, 1, 1, tzinfo=UTC) for n in with_policy},
    )
    found = storage(made).clear(LOGS)
    assert (found.found, found.deleted) == (6, 6 - len(kept))
    assert bool(found.kept_by) == bool(kept)
    last = max(kept & with_policy, default=None)
    assert found.kept_until == (None if last is None else datetime(2030 + last, 1, 1, tzinfo=UTC))


# In a request


class _Kept:
    """An account that keeps whatever it is asked to clear."""

    def __init__(self, cleared: Cleared) -> None:
        self._cleared = cleared

    def clear(self, leftover: Leftover) -> Cleared:
        return self._cleared


def deleted(cleared: Cleared) -> tuple[DeleteRig, dict[str, Any]]:
    lab = MadeUpConnector(jobs(1), [MIRA, TOMAS], kept_in=_Kept(cleared))
    lab.leftovers = {"job0.0": (Leftover("azureml", "ExperimentRun/dcid.job0.0/", prefix=True),)}
    made = DeleteRig({"lab": lab})
    made.deleted(subject=SUBJECT)
    (found,) = [r for r in made.results() if "/job:" in r["asset"]]
    return made, found


@pytest.mark.parametrize(
    ("by", "until", "says"),
    [
        ("policy", UNTIL, ", from 2031-05-01T00:00:00.000Z on: an immutability policy keeps it"),
        ("policy", None, "the account does not say when"),
        ("legal hold", None, "once the legal hold on it is taken off."),
        ("legal hold", UNTIL, "taken off, and not before 2031-05-01T00:00:00.000Z."),
    ],
)
def test_the_result_says_what_stays_and_from_when_on_it_can_go(
    by: str, until: datetime | None, says: str
):
    kept = Cleared(3, 1, refused="BlobImmutableDueToPolicy", kept_by=by, kept_until=until)
    _, found = deleted(kept)
    assert found["outcome"] == "deleted"
    (left,) = found["evidence"]["left_behind"]
    assert (left["cleared"], left["left"], left["kept"]["by"]) == (False, 2, by)
    (step,) = found["steps"]
    assert says in step
    assert step.startswith("Delete all blobs that begin with ExperimentRun/dcid.job0.0/ in")


def test_the_certificate_counts_it_with_its_end():
    kept = Cleared(1, 0, refused="BlobImmutableDueToPolicy", kept_by="policy", kept_until=UNTIL)
    made, _ = deleted(kept)
    claims = stated(certifying.certificate(made.ports, REQUEST_ID))
    assert claims["recoverable"] == [
        {
            "what": "blobs that the workspace's storage account keeps unchangeable",
            "until": "2031-05-01T00:00:00.000Z",
            "count": 1,
        }
    ]
    assert misshapen(claims) == []
