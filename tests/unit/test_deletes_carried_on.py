"""Deletes that the app itself carries on, a workspace made anew, and what a result says stays."""

import pytest

from dsr.usecases import steering
from dsr.usecases.connector import Leftover
from tests.fakes.rig import REQUEST_ID
from tests.unit.deletes_rig import OWN_ID, DeleteRig, Depot, Thing, rig_of

BEGUN = "its delete had begun, so some of it may be gone"


def begun(*, by_app: bool = True) -> tuple[DeleteRig, Depot]:
    """Give a delete of which the second look is due."""
    made, depot = rig_of(Thing("job", "j"), slow={"j": 9}, by_app=by_app)
    made.erasure()
    made.run()
    made.approve()
    while depot.slow["j"] == 9:
        assert made.step()
    return made, depot


def test_a_hold_stops_what_the_app_itself_carries_on():
    made, depot = begun()
    looks = depot.slow["j"]
    made.hold("case-1", ["lab/job:j"])
    made.run()
    found = made.told()["job:j"]
    assert (found["outcome"], found["reason"]) == ("retained", f"legal hold case-1; {BEGUN}")
    assert depot.slow["j"] == looks
    assert depot.counted == []


def test_so_does_a_cancel():
    made, depot = begun()
    looks = depot.slow["j"]
    steering.cancel(made.ports, REQUEST_ID)
    made.run()
    found = made.told()["job:j"]
    assert (found["outcome"], found["reason"]) == ("skipped", f"cancelled; {BEGUN}")
    assert depot.slow["j"] == looks


def test_what_the_service_carries_on_is_followed_to_its_end():
    made, _ = begun(by_app=False)
    made.hold("case-1", ["lab/job:j"])
    made.run()
    assert made.outcomes()["job:j"] == "deleted"


def test_one_that_is_gone_by_then_is_told_as_deleted():
    made, depot = begun()
    depot._count("job", "j")
    made.hold("case-1", ["lab/job:j"])
    made.run()
    assert made.outcomes()["job:j"] == "deleted"


@pytest.mark.parametrize("state", ["1", "2"])
def test_a_retry_checks_anew_before_it_carries_on(state: str):
    made, depot = rig_of(Thing("job", "j"), slow={"j": 10**6}, by_app=True)
    assert made.deleted()["job:j"]["outcome"] == "failed"
    depot.things[0].state = state
    depot.slow["j"] = 2
    steering.retry(made.ports, REQUEST_ID)
    made.run()
    expected = {"1": "deleted", "2": "skipped"}[state]
    assert made.outcomes()["job:j"] == expected
    assert depot.counted == ([("job", "j")] if state == "1" else [])


def test_a_workspace_made_anew_since_approval_stays():
    made, depot = rig_of(Thing("job", "j"), born="before")
    made.erasure(scope={"workspaces": ["lab"], "select": "workspace"})
    made.run()
    made.approve()
    depot.things.clear()
    depot.born = "after"
    made.run()
    found = made.told()[f"workspace:{OWN_ID}"]
    assert (found["outcome"], found["reason"]) == (
        "skipped",
        "changed since approval: another workspace is there under its name",
    )
    assert depot.asked == []


def test_what_stays_by_design_is_a_step_of_the_result():
    left = (
        Leftover("c", "users/t/train.csv", kept="its bytes stay"),
        Leftover("", "https://elsewhere.example/x", kept="its bytes stay"),
    )
    made, _ = rig_of(Thing("job", "j"), left=left)
    found = made.deleted()["job:j"]
    assert found["outcome"] == "deleted"
    assert found["steps"] == [
        "Look at the blob users/t/train.csv in container c of the workspace's storage account: its"
        " bytes stay; delete it where nobody else needs it.",
        "Look at what lies at https://elsewhere.example/x in whichever storage that is: its bytes"
        " stay; delete it where nobody else needs it.",
    ]
    assert [each["left_alone"] for each in found["evidence"]["left_behind"]] == [
        "its bytes stay"
    ] * 2
