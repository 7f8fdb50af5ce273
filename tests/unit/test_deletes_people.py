"""What people do about deletes under way: cancel, run again, plan only, two at once, both kinds."""

import json

import pytest

from dsr.errors import Conflict, Invalid, Refused
from dsr.model.states import State
from dsr.usecases import deciding, intake, steering
from tests.fakes.rig import REQUEST_ID
from tests.fakes.sample import MIRA_ID, SUBJECT, TOMAS_ID
from tests.unit.deletes_rig import OWN_ID, DeleteRig, Depot, Thing, rig_of

OTHER = "6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a02"
USER = f"user:{TOMAS_ID}"


def reports(count: int, **options: str) -> list[Thing]:
    return [Thing("report", f"r{n}", **options) for n in range(count)]


def jobs(count: int) -> list[Thing]:
    return [Thing("job", f"j{n}") for n in range(count)]


def started(made: DeleteRig, **body) -> None:
    """Bring a delete to where its first batches wait in the queue."""
    made.erasure(**body)
    made.run()
    made.approve()
    while not any(q == "dsr-delete" for q, _, _ in made.queues.sent):
        assert made.step()


def test_a_cancelled_delete_stops_at_the_next_asset_and_skips_the_rest():
    made, depot = rig_of(*reports(4), *jobs(3), Thing("model", "m"))

    def cancel(kind: str, unit: str) -> None:
        if unit == "r1":
            steering.cancel(made.ports, REQUEST_ID)

    depot.guard = cancel
    found = made.deleted()
    # r1 was about to be asked for when it was cancelled; it is looked for like r0
    assert depot.asked == [("report", "r0"), ("report", "r1")]
    assert made.status()["status"] == "cancelled"
    done = {a: (r["outcome"], r.get("reason", "")) for a, r in found.items()}
    rest = [*(f"report:r{n}" for n in (2, 3)), *(f"job:j{n}" for n in range(3))]
    assert done == {
        "report:r0": ("deleted", ""),
        "report:r1": ("deleted", ""),
        **dict.fromkeys(rest, ("skipped", "cancelled")),
        "model:m": ("manual", "the app deletes none of this kind: a person does"),
        USER: ("manual", "the app deletes none of this kind: a person does"),
    }
    with pytest.raises(Conflict):
        steering.cancel(made.ports, REQUEST_ID)


def test_a_delete_cancelled_before_its_first_call_asks_for_nothing():
    made, depot = rig_of(*reports(3), *jobs(2))
    started(made)
    steering.cancel(made.ports, REQUEST_ID)
    made.run()
    assert made.status()["status"] == "cancelled"
    assert depot.asked == []
    assert {o for a, o in made.outcomes().items() if a != USER} == {"skipped"}


def test_what_goes_with_a_workspace_is_skipped_when_its_delete_is_cancelled():
    made, depot = rig_of(*reports(1), Thing("model", "m"))
    started(made, scope={"workspaces": ["lab"], "select": "workspace"})
    steering.cancel(made.ports, REQUEST_ID)
    made.run()
    assert depot.asked == []
    reasons = {a: (r["outcome"], r.get("reason")) for a, r in made.told().items()}
    assert set(reasons.values()) == {("skipped", "cancelled")}, reasons


def test_a_second_cancel_changes_nothing():
    made, _ = rig_of(*reports(2))
    started(made)
    steering.cancel(made.ports, REQUEST_ID)
    before = made.ports.ledger.load(REQUEST_ID)
    made.later(seconds=5)
    steering.cancel(made.ports, REQUEST_ID)
    assert made.ports.ledger.load(REQUEST_ID) == before


def test_a_retry_asks_for_what_failed_and_nothing_else():
    things = [*reports(3), *jobs(3), Thing("model", "m")]
    troubles = {"delete r1": [Refused("403")], "delete j2": [Refused("403")]}
    made, depot = rig_of(*things, troubles=troubles)
    first = made.deleted()
    failed = {a for a, r in first.items() if r["outcome"] == "failed"}
    assert failed == {"report:r1", "job:j2"}
    assert made.status()["status"] == "completed_with_exceptions"
    assert made.status()["links"]["retry"]
    asked = len(depot.asked)
    steering.retry(made.ports, REQUEST_ID)
    made.run()
    assert depot.asked[asked:] == [("report", "r1"), ("job", "j2")]
    second = made.told()
    assert {a: r for a, r in second.items() if a not in failed} == {
        a: r for a, r in first.items() if a not in failed
    }
    assert {second[a]["outcome"] for a in failed} == {"deleted"}
    counts = made.status()["counts"]
    assert (counts["deleted"], counts["failed"], counts["manual"]) == (6, 0, 2)
    with pytest.raises(Conflict, match="nothing"):
        steering.retry(made.ports, REQUEST_ID)


def test_a_retry_may_fail_again_and_be_repeated():
    made, depot = rig_of(*reports(2), troubles={"delete r0": [Refused("403")] * 2})
    made.deleted()
    for outcome in ("failed", "deleted"):
        steering.retry(made.ports, REQUEST_ID)
        made.run()
        assert made.outcomes()["report:r0"] == outcome
    assert depot.asked.count(("report", "r0")) == 3
    assert depot.counted.count(("report", "r0")) == 1


@pytest.mark.parametrize("end", ["completed", "cancelled", "rejected", "awaiting_approval"])
def test_nothing_but_an_end_with_failures_is_run_again(end: str):
    made, depot = rig_of(*reports(1), people=[])
    made.erasure()
    made.run()
    if end == "completed":
        made.approve()
        made.run()
    elif end == "cancelled":
        steering.cancel(made.ports, REQUEST_ID)
    elif end == "rejected":
        deciding.reject(made.ports, REQUEST_ID, b'{"approver": "dpo@example.org"}')
    assert made.status()["status"] == end
    asked = list(depot.asked)
    with pytest.raises(Conflict):
        steering.retry(made.ports, REQUEST_ID)
    made.run()
    assert depot.asked == asked


def test_a_retry_stays_within_the_approval():
    made, depot = rig_of(*reports(2), troubles={"delete r0": [Refused("403")]})
    made.deleted()
    depot.things[0].state = "2"
    steering.retry(made.ports, REQUEST_ID)
    made.run()
    found = made.told()["report:r0"]
    assert (found["outcome"], found["reason"]) == ("skipped", "changed since approval")
    assert depot.asked.count(("report", "r0")) == 1


def test_a_plan_only_delete_ends_with_its_plan():
    made, depot = rig_of(*reports(2))
    made.erasure(plan_only=True)
    made.run()
    assert made.status()["status"] == "completed"
    assert made.status()["plan_hash"]
    with pytest.raises(Conflict):
        made.approve()
    made.run()
    assert depot.asked == []


def test_two_deletes_of_one_workspace_take_turns_and_ask_for_no_asset_twice():
    made, depot = rig_of(*reports(3), *jobs(3), people=[])
    made.erasure()
    made.erasure(request_id=OTHER)
    made.run()
    made.approve()
    made.approve(OTHER)
    made.run()
    assert len(depot.asked) == len(set(depot.asked)) == 6
    assert set(made.outcomes().values()) == {"deleted"}
    assert set(made.outcomes(OTHER).values()) == {"skipped"}
    reasons = {r["reason"] for r in made.told(OTHER).values()}
    assert reasons == {"changed since approval: it is no longer there"}


def test_deletes_of_different_people_take_turns_as_well():
    things = [*reports(3), Thing("report", "hers", MIRA_ID), Thing("job", "hers-too", MIRA_ID)]
    made, depot = rig_of(*things, people=[])
    made.erasure()
    made.erasure(request_id=OTHER, subject={"object_ids": [MIRA_ID]})
    made.run()
    running: list[str] = []

    def note(kind: str, unit: str) -> None:
        running.append("hers" if unit.startswith("hers") else "his")

    depot.guard = note
    made.approve()
    made.approve(OTHER)
    made.run()
    assert running in (["his"] * 3 + ["hers"] * 2, ["hers"] * 2 + ["his"] * 3)
    assert set(made.outcomes(OTHER).values()) == {"deleted"}


@pytest.mark.parametrize("export_state", ["received", "awaiting_approval", "running"])
def test_an_open_export_about_the_same_subject_goes_first(export_state: str):
    made, depot = rig_of(*reports(2), people=[])
    approval = "required" if export_state == "awaiting_approval" else "automatic"
    made.submit(subject=SUBJECT, approval=approval, request_id=OTHER)
    while made.status(OTHER)["status"] != export_state:
        assert made.step()
    held = [m for m in made.queues.sent if OTHER.encode() in m[1]]
    made.queues.sent.clear()  # the export's messages come later
    made.erasure()
    made.until("awaiting_approval")
    made.approve()
    for _ in range(10):
        assert made.step()
    assert depot.asked == []
    assert made.status()["status"] == "running"
    made.queues.sent += held
    if export_state == "awaiting_approval":
        body = {"plan_hash": made.status(OTHER)["plan_hash"], "approver": "dpo@example.org"}
        deciding.approve(made.ports, OTHER, json.dumps(body).encode())
    made.run()
    assert made.outcomes(OTHER) == {"report:r0": "exported", "report:r1": "exported"}
    assert made.outcomes() == {"report:r0": "deleted", "report:r1": "deleted"}


def test_a_retried_delete_lets_an_open_export_about_the_same_subject_go_first():
    made, depot = rig_of(*reports(2), people=[], troubles={"delete r0": [Refused("403")]})
    made.deleted()
    made.submit(subject=SUBJECT, request_id=OTHER, approval="required")
    made.run()
    asked = len(depot.asked)
    steering.retry(made.ports, REQUEST_ID)
    for _ in range(5):
        made.step()
    assert len(depot.asked) == asked
    assert made.status()["status"] == "running"
    steering.cancel(made.ports, OTHER)
    made.run()
    assert made.outcomes()["report:r0"] == "deleted"


def test_an_automatic_approval_of_a_delete_is_refused_unless_it_is_allowed():
    made, depot = rig_of(*reports(2), people=[])
    with pytest.raises(Invalid, match="DSR_ALLOW_AUTOMATIC_APPROVAL"):
        made.erasure(approval="automatic")
    made.with_ports(allow_automatic_approval=True)
    made.erasure(approval="automatic")
    made.run()
    assert made.status()["status"] == "completed"
    assert len(depot.asked) == 2
    assert made.ports.ledger.load(REQUEST_ID).approver_assurance == "automatic"


def test_an_automatic_approval_includes_nothing_to_be_reviewed():
    weak = Thing("report", "weak", owner="", text="by tomas.user@example.org")
    made, depot = rig_of(*reports(1), weak, people=[])
    made.with_ports(allow_automatic_approval=True)
    made.erasure(approval="automatic")
    made.run()
    assert made.outcomes() == {"report:r0": "deleted", "report:weak": "skipped"}
    assert depot.asked == [("report", "r0")]


@pytest.mark.parametrize("allowed", [False, True])
def test_a_message_never_gets_a_delete_approved_by_itself(allowed: bool):
    made, depot = rig_of(*reports(2))
    made.with_ports(allow_automatic_approval=allowed)
    body = {"request_id": REQUEST_ID, "type": "delete", "subject": SUBJECT}
    intake.submit_message(made.ports, json.dumps(body | {"approval": "automatic"}).encode(), "m-1")
    made.run()
    status = made.status()
    assert status["status"] == "failed"
    assert [p["pointer"] for p in status["problems"]] == ["/approval"]
    other = body | {"request_id": OTHER}
    intake.submit_message(made.ports, json.dumps(other).encode(), "m-2")
    made.run()
    assert made.status(OTHER)["status"] == "awaiting_approval"
    assert depot.asked == []


def test_a_refused_delete_of_the_whole_workspace_leaves_it_and_says_what_to_do():
    made, depot = rig_of(
        *reports(1), Thing("model", "m"), troubles={f"delete {OWN_ID}": [Refused("403")]}
    )
    found = made.deleted(scope={"workspaces": ["lab"], "select": "workspace"})
    assert found[f"workspace:{OWN_ID}"]["outcome"] == "failed"
    assert found["report:r0"]["outcome"] == "deleted"
    assert found["model:m"]["outcome"] == "manual"
    assert found["model:m"]["steps"]
    assert depot.gone == {"r0"}


def test_a_request_that_ends_after_others_were_approved_gives_its_turn_away():
    made, depot = rig_of(*reports(2), people=[])
    made.erasure()
    made.erasure(request_id=OTHER)
    made.run()
    started_first = made.ports.deletes.take_turn("lab", REQUEST_ID, lambda _: False)
    assert started_first == REQUEST_ID
    deciding.reject(made.ports, REQUEST_ID, b'{"approver": "dpo@example.org"}')
    made.approve(OTHER)
    made.run()
    assert made.ports.ledger.load(OTHER).status == State.COMPLETED
    assert len(depot.asked) == 2


def test_the_rig_itself_deletes():
    depot = Depot(reports(1))
    assert depot.delete("report", "r0").status == 200
    assert not depot.is_there("report", "r0")
