"""What goes wrong on the way: each asset still gets one outcome, and an end is an end."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from dsr.errors import Conflict, Refused, Unavailable, Unusable
from dsr.model.messages import ExportMessage, FinishMessage, PlanMessage
from dsr.model.states import State
from dsr.storage.blobs import Changed
from dsr.usecases import deciding, exporting, finishing, planning, steering, viewing
from dsr.usecases.retrying import ATTEMPTS, delay
from tests.fakes.flaky import FlakyConnector, deliver
from tests.fakes.mortal import BLOBS, Died, Mortal, calls
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import MIRA, SUBJECT, TOMAS, TOMAS_ID, jobs, rig


def flaky(**troubles: list[Any]) -> Rig:
    troubles = {k.replace("_", "."): v for k, v in troubles.items()}
    return Rig({"lab": FlakyConnector(jobs(5), [MIRA, TOMAS], troubles=troubles)})


def run(made: Rig, **body: Any) -> dict[str, Any]:
    made.submit(**({"subject": SUBJECT} | body))
    made.pump()
    return made.status()


def outcomes(made: Rig) -> dict[str, str]:
    found = {r["asset"]: r["outcome"] for r in made.results()}
    assert len(found) == len(made.results()), "one outcome an asset"
    return found


def running(made: Rig) -> Rig:
    """Bring a request to where its batches wait in the queue."""
    made.submit(subject=SUBJECT)
    while made.status()["status"] != "running":
        assert deliver(made.queues, made.handlers())
    return made


def sent(made: Rig, queue: str) -> list[tuple[dict[str, Any], float]]:
    return [(json.loads(body), wait) for q, body, wait in made.queues.history if q == queue]


def test_an_asset_that_is_not_ready_is_taken_up_again_after_the_time_asked_for():
    made = flaky(job1_1=[Unavailable("busy", 120.0)])
    assert run(made)["status"] == "completed"
    assert set(outcomes(made).values()) == {"exported"}
    again = [(m, wait) for m, wait in sent(made, "dsr-export") if m["attempt"]]
    assert [(m["whole"], m["tries"], wait) for m, wait in again] == [(False, 1, 120.0)]
    with made.package() as opened:
        assert len(set(opened.namelist())) == len(opened.namelist())


def test_an_asset_that_stays_unavailable_fails_and_stops_no_other():
    made = flaky(job1_1=[Unavailable("read job was answered with 503")] * ATTEMPTS)
    status = run(made)
    assert status["status"] == "completed_with_exceptions"
    assert (status["counts"]["failed"], status["counts"]["exported"]) == (1, 5)
    (failed,) = (r for r in made.results() if r["outcome"] == "failed")
    assert failed["asset"] == "lab/job:job1.1"
    assert "503" in failed["error"]
    waits = [wait for m, wait in sent(made, "dsr-export") if m["attempt"]]
    assert waits == sorted(waits)
    assert len(waits) == ATTEMPTS - 1


def test_an_asset_that_can_not_be_read_fails_at_once_with_what_was_read_of_it():
    made = flaky(job0_0=[Unusable("no such format")])
    run(made)
    assert outcomes(made)["lab/job:job0.0"] == "failed"
    (failed,) = (r for r in made.results() if r["outcome"] == "failed")
    assert [f["path"].rsplit("/", 1)[1] for f in failed["evidence"]["files"]] == ["job.json"]
    assert not [m for m, _ in sent(made, "dsr-export") if m["attempt"]]


def test_a_refused_asset_stops_no_other():
    made = rig(5, refuse={"job1.1", "job2.2"})
    run(made)
    found = outcomes(made)
    assert {k for k, v in found.items() if v == "failed"} == {"lab/job:job1.1", "lab/job:job2.2"}
    assert list(found.values()).count("exported") == 4


def test_a_list_that_is_not_there_yet_is_asked_for_again_later():
    made = flaky(list=[Unavailable("busy", 60.0), Unavailable("busy")])
    assert run(made)["counts"]["exported"] == 6
    waits = [wait for m, wait in sent(made, "dsr-plan") if m["attempt"]]
    assert waits[0] == 60
    assert len(waits) == 2


@pytest.mark.parametrize(
    "troubles", [[Unavailable("busy")] * ATTEMPTS, [Refused("list jobs was answered with 403")]]
)
def test_a_list_that_can_not_be_had_is_one_failed_entry_of_its_kind(troubles):
    made = flaky(list=troubles)
    assert run(made)["status"] == "completed_with_exceptions"
    (failed,) = (r for r in made.results() if r["outcome"] == "failed")
    assert failed["asset"] == "lab/job:*"
    assert failed["error"]
    assert outcomes(made)[f"lab/user:{TOMAS_ID}"] == "exported"


def test_a_workspace_that_can_not_be_read_is_one_failed_entry_and_its_kinds_go_on():
    made = flaky(record=[Refused("read workspace was answered with 401")])
    run(made)
    assert outcomes(made)["lab/workspace:*"] == "failed"
    assert list(outcomes(made).values()).count("exported") == 5


def test_waits_grow_threefold_and_end_at_an_hour():
    assert [delay(2, n) for n in (1, 2, 3)] == [2, 6, 18]
    assert delay(2, 1, 120) == 120
    assert delay(2, 3, 1) == 18
    assert delay(2, 20) == delay(2, 1, 1e9) == 3600


def test_a_poison_batch_ends_its_assets_as_failed_and_the_rest_is_exported():
    made = running(rig())
    first = next(b for q, b, _ in made.queues.sent if q == "dsr-export" and b'"batch":1,' in b)
    made.queues.sent.remove(("dsr-export", first, 0))
    exporting.poisoned(made.ports, ExportMessage.from_bytes(first))
    made.pump()
    assert made.status()["status"] == "completed_with_exceptions"
    assert sorted(outcomes(made).values()) == ["exported"] * 4 + ["failed"] * 2
    exporting.poisoned(made.ports, ExportMessage.from_bytes(first))
    assert made.pump() == 0


def test_a_poison_list_ends_its_kind_as_failed():
    made = rig()
    made.submit(subject=SUBJECT)
    deliver(made.queues, made.handlers(), 1)
    (message,) = (b for q, b, _ in made.queues.sent if b'"list"' in b)
    made.queues.sent.clear()
    planning.poisoned(made.ports, PlanMessage.from_bytes(message))
    made.pump()
    assert made.status()["status"] == "completed_with_exceptions"
    first_page = {a: o for a, o in outcomes(made).items() if a.startswith("lab/job:job")}
    assert set(first_page.values()) == {"exported"}
    assert outcomes(made) == first_page | {
        "lab/job:*": "failed",
        f"lab/user:{TOMAS_ID}": "exported",
    }


def test_a_poison_start_or_dispatch_ends_the_request_as_failed():
    made = rig()
    made.submit(subject=SUBJECT)
    planning.poisoned(made.ports, PlanMessage(REQUEST_ID))
    status = made.status()
    assert status["status"] == "failed"
    assert status["problems"]
    assert made.pump() == 1
    other = running(rig())
    planning.poisoned(other.ports, PlanMessage(REQUEST_ID, "dispatch"))
    assert other.status()["status"] == "failed"


def test_a_poison_finish_ends_the_request_as_failed_and_drops_its_blocks():
    made = running(rig())
    deliver(made.queues, made.handlers(), 100, only="dsr-export")
    assert made.exports.blocks
    finishing.poisoned(made.ports, FinishMessage(REQUEST_ID))
    assert made.status()["status"] == "failed"
    assert made.exports.blocks == {}
    made.pump()
    assert (made.exports.blobs, made.exports.blocks) == ({}, {})


@pytest.mark.parametrize("poisoned", [planning.poisoned, exporting.poisoned, finishing.poisoned])
def test_poison_after_the_end_changes_nothing(poisoned):
    made = rig()
    run(made)
    before = made.status(), dict(made.exports.blobs)
    kind = {planning: PlanMessage, exporting: ExportMessage, finishing: FinishMessage}
    message = next(k for m, k in kind.items() if m.__name__ == poisoned.__module__)
    poisoned(made.ports, message(REQUEST_ID))
    assert (made.status(), dict(made.exports.blobs)) == before


def test_blocks_that_were_lost_are_staged_again_and_only_those():
    made = running(rig())
    deliver(made.queues, made.handlers(), 100, only="dsr-export")
    (blob,) = made.exports.blocks
    lost = [b for b in made.exports.blocks[blob] if b.startswith("00000001.")]
    for block in lost:
        del made.exports.blocks[blob][block]
    assert lost
    made.pump()
    assert made.status()["status"] == "completed"
    again = [m for m, _ in sent(made, "dsr-export") if m["attempt"]]
    assert {(m["batch"], m["whole"]) for m in again} == {(1, True)}
    assert set(outcomes(made).values()) == {"exported"}


def test_looks_of_the_finisher_do_not_send_lost_batches_again_and_again():
    made = running(rig())
    deliver(made.queues, made.handlers(), 100, only="dsr-export")
    made.exports.blocks.clear()
    deliver(made.queues, made.handlers(), 5, only="dsr-finish")
    again = [m for m, _ in sent(made, "dsr-export") if m["attempt"]]
    assert len(again) == len({m["batch"] for m in again}) > 1
    made.pump()
    assert made.status()["status"] == "completed"


def test_a_workspace_that_is_configured_no_more_fails_by_itself():
    made = Rig({"lab": rig().connectors["lab"], "gone": rig().connectors["lab"]})
    made.submit(subject=SUBJECT)
    made.with_ports(targets={"lab": made.ports.targets["lab"]})
    made.pump()
    assert made.status()["status"] == "completed_with_exceptions"
    failed = [r for r in made.results() if r["outcome"] == "failed"]
    assert [r["asset"] for r in failed] == ["gone/workspace:*"]
    assert "no longer configured" in failed[0]["error"]
    assert all(r["asset"].startswith("lab/") for r in made.results() if r not in failed)


def test_targets_in_another_order_change_nothing_of_a_request_under_way():
    made = Rig({"a-lab": rig().connectors["lab"], "b-lab": rig(2, 0).connectors["lab"]})
    made.submit(subject=SUBJECT)
    made.with_ports(targets=dict(reversed(made.ports.targets.items())))
    made.pump()
    found = {r["asset"]: r["evidence"]["files"][0]["path"] for r in made.results()}
    assert found
    for asset, path in found.items():
        assert path.partition("/")[0] == asset.partition("/")[0]


def test_all_blocks_lost_a_week_later_are_all_staged_again():
    made = running(rig())
    deliver(made.queues, made.handlers(), 100, only="dsr-export")
    made.exports.blocks.clear()
    made.pump()
    assert made.status()["status"] == "completed"
    with made.package() as opened:
        assert opened.testzip() is None


def test_two_finishers_at_once_commit_one_package():
    made = running(rig())
    deliver(made.queues, made.handlers(), 100, only="dsr-export")
    commit = made.exports.commit
    nested: list[str] = []

    def racing(name: str, block_ids, metadata) -> None:
        if not nested:
            nested.append(name)
            finishing.finish(made.ports, FinishMessage(REQUEST_ID, 99))  # the other one wins
        commit(name, block_ids, metadata)

    made.exports.commit = racing  # type: ignore[method-assign]
    finishing.finish(made.ports, FinishMessage(REQUEST_ID, 0))
    assert nested
    assert made.status()["status"] == "completed"
    with made.package() as opened:
        assert opened.testzip() is None
    assert made.status()["counts"]["exported"] == 6


def test_another_blob_in_the_packages_place_is_not_taken_for_it():
    made = running(rig())
    deliver(made.queues, made.handlers(), 100, only="dsr-export")
    made.exports.put(f"{REQUEST_ID}.zip", b"something else", {"request_id": "other"})
    with pytest.raises(Conflict):
        made.pump()
    assert made.status()["status"] == "verifying"


def test_another_blob_of_the_very_same_size_is_not_taken_for_it_either():
    same = rig()
    run(same)
    size = len(same.exports.blobs[f"{REQUEST_ID}.zip"].data)
    made = running(rig())
    made.exports.put(f"{REQUEST_ID}.zip", b"x" * size, {"request_id": REQUEST_ID, "part": "1"})
    with pytest.raises(Conflict):
        made.pump()


def cancel_in(made: Rig, state: str) -> None:
    """Bring a request to a state and cancel it there."""
    made.submit(
        subject=SUBJECT, approval="required" if state == "awaiting_approval" else "automatic"
    )
    if state == "verifying":
        commit = made.exports.commit

        def cancelled(name: str, block_ids, metadata) -> None:
            steering.cancel(made.ports, REQUEST_ID)
            commit(name, block_ids, metadata)

        made.exports.commit = cancelled  # type: ignore[method-assign]
        return
    while made.status()["status"] != state:
        assert deliver(made.queues, made.handlers())
    steering.cancel(made.ports, REQUEST_ID)


@pytest.mark.parametrize(
    "state", ["received", "planning", "awaiting_approval", "running", "verifying"]
)
def test_cancelling_in_any_state_leaves_no_package_and_no_blocks(state: str):
    made = rig()
    cancel_in(made, state)
    made.pump()
    assert made.status()["status"] == "cancelled"
    assert (made.exports.blobs, made.exports.blocks) == ({}, {})
    with pytest.raises(Conflict):
        steering.cancel(made.ports, REQUEST_ID)
    assert b'"cancelled"' in made.evidence.blobs[f"{REQUEST_ID}/audit.ndjson"].data


def test_cancelling_just_after_the_commit_takes_the_package_away_again():
    made = running(rig())
    look = made.exports.look

    def cancelled(name: str):
        found = look(name)
        if found is not None and made.status()["status"] == "verifying":
            steering.cancel(made.ports, REQUEST_ID)
        return found

    made.exports.look = cancelled  # type: ignore[method-assign]
    made.pump()
    assert made.status()["status"] == "cancelled"
    assert made.exports.blobs == {}


def test_a_package_committed_after_a_cancel_that_died_halfway_is_taken_away_by_the_finisher():
    made = running(rig())
    commit = made.exports.commit

    def cancelled(name: str, block_ids, metadata) -> None:
        commit(name, block_ids, metadata)
        made.ports.ledger.update(REQUEST_ID, lambda r: r.become(State.CANCELLED, made.clock))

    made.exports.commit = cancelled  # type: ignore[method-assign]
    made.pump()
    assert made.status()["status"] == "cancelled"
    assert made.exports.blobs == {}


def test_a_completed_export_can_not_be_cancelled_and_keeps_its_package():
    made = rig()
    run(made)
    with pytest.raises(Conflict):
        steering.cancel(made.ports, REQUEST_ID)
    assert made.exports.blobs


def decide(made: Rig, what: str, **body: str) -> None:
    data = json.dumps({"approver": "dpo@example.org"} | body).encode()
    getattr(steering if what == "cancel" else deciding, what)(made.ports, REQUEST_ID, data)


def test_an_approval_binds_to_the_plan_that_was_seen():
    made = rig()
    run(made, approval="required")
    with pytest.raises(Conflict, match="plan_hash"):
        decide(made, "approve", plan_hash="0" * 64)
    assert made.pump() == 0
    decide(made, "approve", plan_hash=made.status()["plan_hash"])
    with pytest.raises(Conflict):
        decide(made, "approve", plan_hash=made.status()["plan_hash"])
    made.pump()
    assert made.status()["status"] == "completed"


def test_a_rejected_plan_is_never_run():
    made = rig()
    run(made, approval="required")
    decide(made, "reject", reason="not theirs")
    made.handlers()["dsr-plan"](PlanMessage(REQUEST_ID, "dispatch").to_bytes())
    assert made.pump() == 0
    assert made.status()["status"] == "rejected"
    assert (made.exports.blobs, made.exports.blocks) == ({}, {})
    with pytest.raises(Conflict):
        decide(made, "approve", plan_hash=made.status()["plan_hash"])


def test_a_rejection_that_comes_second_is_refused_however_close():
    made = rig()
    run(made, approval="required")
    replace = made.ledger.replace
    nested: list[str] = []

    def racing(name: str, data: bytes, etag: str) -> None:
        if not nested:
            nested.append(name)
            decide(made, "reject", reason="no")
        replace(name, data, etag)

    made.ledger.replace = racing  # type: ignore[method-assign]
    with pytest.raises(Conflict):
        decide(made, "approve", plan_hash=made.status()["plan_hash"])
    assert made.status()["status"] == "rejected"
    assert made.queues.sent == []


def test_a_state_changed_by_another_meanwhile_is_read_anew():
    made = rig()
    made.submit(subject=SUBJECT)
    deliver(made.queues, made.handlers())
    replace, tries = made.ledger.replace, []

    def stale(name: str, data: bytes, etag: str) -> None:
        tries.append(name)
        if len(tries) % 2:
            raise Changed
        replace(name, data, etag)

    made.ledger.replace = stale  # type: ignore[method-assign]
    made.pump()
    assert made.status()["status"] == "completed"


def test_messages_of_a_finished_request_do_nothing():
    made = rig()
    run(made)
    history = list(made.queues.history)
    before = made.exports.blobs[f"{REQUEST_ID}.zip"].etag, made.status()
    for queue, body, _ in history:
        made.handlers()[queue](body)
    assert made.queues.sent == []
    assert (made.exports.blobs[f"{REQUEST_ID}.zip"].etag, made.status()) == before


def test_an_older_look_than_the_newest_is_dropped():
    made = running(rig())
    made.handlers()["dsr-finish"](FinishMessage(REQUEST_ID, 0).to_bytes())
    looks = [m for m, _ in sent(made, "dsr-finish")]
    made.handlers()["dsr-finish"](FinishMessage(REQUEST_ID, 0).to_bytes())
    assert [m for m, _ in sent(made, "dsr-finish")] == looks


def survive(
    fatal: int, after: bool, make: Callable[[], Rig] = lambda: rig(3, 1)
) -> tuple[Rig, int]:
    """Run an export in which one call kills its worker; the message comes again, as a host does."""
    made = make()
    blobs = calls("blob", BLOBS)
    watched = [(made.ledger, blobs), (made.exports, blobs), (made.queues, {"send": "queue send"})]
    mortal = Mortal(watched, fatal, after)
    try:
        made.submit(subject=SUBJECT)
    except Died:
        made.submit(subject=SUBJECT)  # the caller asks again
    for _ in range(500):
        if not made.queues.sent:
            break
        queue, body, wait = next((m for m in made.queues.sent if not m[2]), made.queues.sent[0])
        try:
            made.handlers()[queue](body)
        except Died:
            if queue == "dsr-plan":
                planning.plan(made.ports, PlanMessage.from_bytes(body), True)
            else:
                made.handlers()[queue](body)
        made.queues.sent.remove((queue, body, wait))
    return made, mortal.count


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_worker_may_die_at_any_call_and_each_asset_still_gets_one_outcome(after: bool):
    whole, calls = survive(0, after)
    expected = outcomes(whole)
    assert calls > 50
    for fatal in range(1, calls + 1):
        made, _ = survive(fatal, after)
        assert made.status()["status"] == "completed", fatal
        assert outcomes(made) == expected, fatal
        with made.package() as opened:
            assert opened.testzip() is None
            assert len(set(opened.namelist())) == len(opened.namelist())


def test_the_end_is_the_end_in_the_record_too():
    made = rig()
    run(made)
    record = made.ports.ledger.load(REQUEST_ID)
    assert record.status == State.COMPLETED
    assert record.ended_at == made.clock
    assert viewing.status(made.ports, REQUEST_ID)["links"]["package"]
