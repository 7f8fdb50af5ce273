"""The sweeper: what stopped goes on, what has expired goes, who is to be forgotten is forgotten."""

import json
from datetime import timedelta
from typing import Any

import pytest

from dsr.errors import Gone
from dsr.model.states import State
from dsr.storage.blobs import Missing
from dsr.usecases import deciding, intake, steering, viewing
from tests.fakes.flaky import deliver
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import ABOUT_TOMAS, SUBJECT, rig

OTHER_ID = "00000000-1111-4222-8333-444444444444"
SAID = SUBJECT | {"names": ["Tomas User"], "aliases": ["t-user"]}


def finished(made: Rig, **body: Any) -> Rig:
    made.submit(**({"subject": SAID} | body))
    made.pump()
    return made


def everything(made: Rig) -> str:
    """Give all that is stored outside packages, and all that was ever sent."""
    told = [body for _, body, _ in made.queues.history]
    for container in (made.ledger, made.evidence):
        for name, blob in container.blobs.items():
            told += [name.encode(), blob.data, json.dumps(blob.metadata).encode()]
    return b"\n".join(told).decode("utf-8").lower()


def deliveries() -> int:
    made = rig()
    made.submit(subject=SAID)
    return made.pump() - 1  # the last one is the finisher's own look, which comes after the end


@pytest.mark.parametrize("after", range(deliveries()))
def test_a_request_whose_messages_were_all_lost_goes_on_from_wherever_it_was(after: int):
    made = rig()
    made.submit(subject=SAID)
    assert deliver(made.queues, made.handlers(), after) == after
    made.queues.sent.clear()
    made.sweep()
    assert made.queues.sent == [], "it may still be under way"
    made.later(hours=1)
    made.sweep()
    assert made.queues.sent
    made.pump()
    assert made.status()["status"] == "completed"
    assert {r["outcome"] for r in made.results()} == {"exported"}
    assert len(made.results()) == 6


def test_a_finish_that_died_in_the_midst_of_verifying_is_sent_again():
    made = rig()
    made.submit(subject=SAID)
    commit = made.exports.commit

    def broken(*_: Any) -> None:
        raise ConnectionError

    made.exports.commit = broken  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        made.pump()
    assert made.status()["status"] == "verifying"
    made.exports.commit = commit  # type: ignore[method-assign]
    made.queues.sent.clear()
    made.later(hours=1)
    made.sweep()
    made.pump()
    assert made.status()["status"] == "completed"


def test_what_waits_for_people_is_left_alone_however_long():
    made = finished(rig(), approval="required")
    for _ in range(3):
        made.later(days=10)
        made.sweep()
    assert (made.queues.sent, made.status()["status"]) == ([], "awaiting_approval")


def test_a_long_queue_is_not_filled_with_copies_at_every_sweep():
    made = rig()
    made.submit(subject=SAID)
    made.queues.sent.clear()
    for _ in range(24 * 12):
        made.later(minutes=5)
        made.sweep()
    assert len(made.queues.sent) < 12


def test_what_moved_lately_is_not_sent_again():
    made = rig()
    made.submit(subject=SAID)
    deliver(made.queues, made.handlers(), 2)
    made.later(minutes=10)
    deliver(made.queues, made.handlers(), 1)
    made.later(minutes=10)
    before = len(made.queues.history)
    made.sweep()
    assert len(made.queues.history) == before


def test_an_expired_package_is_deleted_and_gone():
    made = finished(rig())
    made.later(days=29)
    made.sweep()
    assert made.exports.blobs
    made.later(days=1)
    made.sweep()
    assert made.exports.blobs == {}
    with pytest.raises(Gone):
        viewing.package(made.ports, REQUEST_ID)
    assert made.status()["status"] == "completed"


def test_erasing_leaves_a_status_without_identifiers_and_nothing_else():
    made = finished(rig(), reference="caller-4711")
    viewing.package(made.ports, REQUEST_ID)
    assert all(name in everything(made) for name in ABOUT_TOMAS), "else this shows nothing"
    before = made.status()
    made.later(days=30)
    made.sweep()
    kept = [n for n in made.ledger.blobs if n.startswith("requests/")]
    assert kept == [f"requests/{REQUEST_ID}/status.json"]
    for name in (*ABOUT_TOMAS, "t-user", "mira", "job0"):
        assert name not in everything(made)
    after = made.status()
    assert (after["status"], after["counts"]) == (before["status"], before["counts"])
    for look in (viewing.plan, viewing.results):
        with pytest.raises(Gone):
            look(made.ports, REQUEST_ID, 1)


def test_who_decided_and_why_is_erased_too():
    made = finished(rig(), approval="required")
    body = {"approver": "dpo@example.org", "reason": "Tomas User asked twice"}
    deciding.reject(made.ports, REQUEST_ID, json.dumps(body).encode())
    assert "dpo@example.org" in everything(made)
    made.later(days=30)
    made.sweep()
    assert "dpo@example.org" not in everything(made)
    assert "tomas" not in everything(made)
    assert made.status()["status"] == "rejected"


def test_erasing_a_request_that_ended_at_once_leaves_its_status():
    made = rig()
    intake.submit_message(made.ports, b'{"type":"export","tomas":1}', "m-1")
    (entry,) = made.ports.ledger.index()
    made.later(days=40)
    made.sweep()
    assert viewing.status(made.ports, entry.request_id)["status"] == "failed"


def test_subjects_are_forgotten_when_their_own_time_is_over_not_the_packages():
    made = rig()
    made.with_ports(export_retention_days=60, subject_retention_days=0)
    finished(made)
    made.sweep()
    assert "tomas" not in everything(made)
    assert viewing.package(made.ports, REQUEST_ID)["parts"]


def test_blocks_that_came_after_a_cancel_are_deleted_a_day_later():
    made = rig()
    made.submit(subject=SAID)
    steering.cancel(made.ports, REQUEST_ID)
    made.exports.stage(f"{REQUEST_ID}.zip", "00000000.aaaaaaaaaaaaaaaa.000001", b"late")
    made.later(hours=23)
    made.sweep()
    assert made.exports.blocks
    made.later(hours=1)
    made.sweep()
    assert made.exports.blocks == {}


def test_a_request_with_nothing_left_to_do_is_looked_at_no_more():
    made = finished(rig())
    assert made.sweep() == 1
    assert made.sweep() == 0
    made.later(days=31)
    assert made.sweep() == 1
    made.later(days=3650)
    assert made.sweep() == 0


def test_one_request_that_can_not_be_helped_keeps_no_other_from_it():
    made = rig()
    made.submit(subject=SAID)
    made.later(seconds=1)
    made.submit(request_id=OTHER_ID, subject=SAID)
    made.ledger.put(f"requests/{OTHER_ID}/status.json", b"not json")
    made.queues.sent.clear()
    made.later(hours=1)
    assert made.sweep() == 2
    assert len(made.queues.sent) == 1


def test_an_index_entry_without_a_request_goes_after_an_hour():
    made = rig()
    made.submit(subject=SAID)
    made.ledger.delete(f"requests/{REQUEST_ID}/request.json")
    made.sweep()
    assert [e.request_id for e in made.ports.ledger.index()] == [REQUEST_ID]
    made.later(hours=1, seconds=1)
    made.sweep()
    assert list(made.ports.ledger.index()) == []


def test_a_request_stands_once_in_the_index_whatever_the_microsecond():
    for micro in (0, 400, 600, 123_400, 123_600, 999_999):
        made = rig()
        made.clock += timedelta(microseconds=micro)
        finished(made)
        (entry,) = made.ports.ledger.index()
        assert (entry.request_id, entry.status) == (REQUEST_ID, "completed")
        assert viewing.requests(made.ports, 1, "received", None, None)["items"] == []


def test_what_the_index_says_wrongly_is_put_right():
    made = finished(rig())
    (entry,) = made.ports.ledger.index()
    made.ledger.put(entry.name, b"", {"type": "export", "status": "running", "due": "2026"})
    made.sweep()
    (entry,) = made.ports.ledger.index()
    assert entry.status == "completed"


def test_the_ledger_says_which_of_two_was_first_and_leaves_one_index_entry():
    made = rig()
    made.submit(subject=SAID)
    first = made.ports.ledger.load(REQUEST_ID)
    made.later(seconds=5)
    made.submit(subject=SAID)
    assert made.ports.ledger.load(REQUEST_ID) == first
    assert len(list(made.ports.ledger.index())) == 1


def test_a_state_is_written_under_its_etag_and_the_change_is_made_from_the_newest():
    made = rig()
    made.submit(subject=SAID)
    made.ports.ledger.update(REQUEST_ID, lambda r: r.become(State.PLANNING, made.clock))
    seen = []

    def change(record):
        seen.append(record.status)
        if len(seen) == 1:  # somebody else is quicker
            made.ports.ledger.update(REQUEST_ID, lambda r: r.become(State.RUNNING, made.clock))
        return record.become(State.CANCELLED, made.clock)

    assert made.ports.ledger.update(REQUEST_ID, change).status == State.CANCELLED
    assert seen == [State.PLANNING, State.RUNNING]


def test_a_change_that_changes_nothing_writes_nothing():
    made = finished(rig())
    before = {n: b.etag for n, b in made.ledger.blobs.items()}
    made.ports.ledger.update(REQUEST_ID, lambda r: r)
    made.ports.ledger.update(REQUEST_ID, lambda r: None)
    assert {n: b.etag for n, b in made.ledger.blobs.items()} == before


def test_a_second_result_listing_or_plan_never_replaces_the_first():
    made = finished(rig())
    ledger = made.ports.ledger
    plan, result = ledger.plan(REQUEST_ID), ledger.result(REQUEST_ID, 1, 0)
    assert plan is not None
    assert result is not None
    assert not ledger.add_plan(REQUEST_ID, plan)
    assert not ledger.add_result(REQUEST_ID, result)
    assert not ledger.add_listing(
        REQUEST_ID, "0000-00-000000", ledger.listing(REQUEST_ID, "0000-00-000000")
    )
    assert ledger.result(REQUEST_ID, 99, 0) is None
    with pytest.raises(Missing):
        made.ledger.read("nothing")


def overdue_lines(caplog: pytest.LogCaptureFixture) -> int:
    said = [r for r in caplog.records if r.getMessage() == f"request {REQUEST_ID} is overdue"]
    caplog.clear()
    assert all(r.levelname == "WARNING" for r in said)
    return len(said)


@pytest.mark.parametrize("approval", ["automatic", "required"])
def test_a_request_past_its_deadline_is_logged_at_every_sweep_until_it_ends(
    approval: str, caplog: pytest.LogCaptureFixture
):
    made = rig()
    made.submit(subject=SAID, approval=approval)
    if approval == "required":  # it waits for a person, which is no excuse
        made.pump()
        assert made.status()["status"] == "awaiting_approval"
    made.later(days=27)
    made.sweep()
    assert overdue_lines(caplog) == 0, "gdpr gives a month"
    made.later(days=5)
    made.sweep()
    made.sweep()
    assert overdue_lines(caplog) == 2
    steering.cancel(made.ports, REQUEST_ID)
    made.sweep()
    assert overdue_lines(caplog) == 0
