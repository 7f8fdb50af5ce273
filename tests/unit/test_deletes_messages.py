"""Messages of deletes twice, out of order, late, forged: nothing changes, and nothing is called."""

import hashlib
import itertools
import random
from dataclasses import replace
from typing import Any

import pytest

from dsr.errors import Conflict, DsrError, Refused
from dsr.model.messages import DeleteMessage, ExportMessage, FinishMessage, PlanMessage
from dsr.usecases import deciding, erasing, exporting, planning, steering
from dsr.usecases.approved import checked_page
from tests.fakes.rig import REQUEST_ID
from tests.unit.deletes_rig import DeleteRig, Depot, Thing, rig_of
from tests.unit.test_deletes_faults import WHOLE, mixed, whole

SCENES = {
    "subject": (mixed, {}, ("lab/job:weak",)),
    "whole workspace": (whole, {"scope": WHOLE}, ()),
    "exported first": (whole, {"export_first": True, "scope": WHOLE}, ()),
}


def run(scene: str) -> tuple[DeleteRig, Depot]:
    make, body, include = SCENES[scene]
    made, depot = make()
    made.deleted(*include, **body)
    return made, depot


def shuffled(scene: str, seed: int, copies: int) -> tuple[DeleteRig, Depot]:
    """Run with every message delivered so many times, whenever it comes."""
    make, body, include = SCENES[scene]
    made, depot = make()
    rng = random.Random(seed)

    def pump() -> None:
        for _ in range(5000):
            if not made.queues.sent:
                return
            queue, message, wait = rng.choice(made.queues.sent)
            made.queues.sent.remove((queue, message, wait))
            made.wait(wait)
            made.handlers()[queue](message)
            late.extend([(queue, message)] * (copies - 1))
            if late and rng.random() < 0.7:
                again, body = late.pop(rng.randrange(len(late)))
                made.handlers()[again](body)
        raise AssertionError("messages breed without end")

    late: list[tuple[str, bytes]] = []
    made.erasure(**body)
    pump()
    made.approve(REQUEST_ID, *include)
    pump()
    for queue, message in late:
        made.handlers()[queue](message)
    pump()
    return made, depot


def signature(made: DeleteRig) -> Any:
    return made.status()["status"], made.outcomes(), made.status()["counts"]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("scene", SCENES)
def test_every_message_twice_and_in_any_order_gives_the_same(scene: str, seed: int):
    expected, depot = run(scene)
    made, other = shuffled(scene, seed, 2)
    assert signature(made) == signature(expected)
    assert sorted(other.asked) == sorted(depot.asked)
    assert other.late == []


@pytest.mark.parametrize("scene", SCENES)
def test_every_message_again_after_the_end_does_nothing(scene: str):
    made, depot = run(scene)
    before = made.told(), made.status(), list(depot.asked), sorted(made.ledger.blobs)
    for queue, body, _ in list(made.queues.history):
        made.handlers()[queue](body)
    assert made.queues.sent == []
    assert (made.told(), made.status(), list(depot.asked), sorted(made.ledger.blobs)) == before


def forged(made: DeleteRig) -> list[DeleteMessage]:
    """Give delete messages with every batch, page and attempt that there may be, and others."""
    sealed = made.ports.ledger.plan(REQUEST_ID)
    names = [p.name for p in sealed.pages] if sealed else []
    batches = range(-1, 2 * len(names) + 2)
    pages = [*names, "", "none", "../../status.json"]
    return [
        DeleteMessage(REQUEST_ID, batch, page, attempt)
        for batch, page, attempt in itertools.product(batches, pages, (0, 1, 2, 7))
    ]


def send_all(made: DeleteRig, messages: list[DeleteMessage]) -> None:
    for message in messages:
        try:
            erasing.erase(made.ports, message)
        except (DsrError, LookupError):
            continue  # it would end as poison


STATES = ("received", "awaiting_approval", "completed", "rejected", "cancelled", "plan only")


@pytest.mark.parametrize("state", STATES)
def test_a_forged_message_deletes_nothing_but_in_a_running_delete(state: str):
    made, depot = rig_of(
        *(Thing("report", f"r{n}") for n in range(3)), Thing("job", "j"), people=[]
    )
    made.erasure(plan_only=state == "plan only")
    if state != "received":
        made.run()
    if state == "rejected":
        deciding.reject(made.ports, REQUEST_ID, b'{"approver": "dpo@example.org"}')
    elif state == "cancelled":
        steering.cancel(made.ports, REQUEST_ID)
    elif state == "completed":
        made.approve()
        made.run()
    asked, results = list(depot.asked), made.ports.ledger.results(REQUEST_ID)
    send_all(made, forged(made))
    made.handlers()["dsr-plan"](PlanMessage(REQUEST_ID, "dispatch").to_bytes())
    for message in forged(made):
        erasing.poisoned(made.ports, message)
    assert depot.asked == asked
    assert made.ports.ledger.results(REQUEST_ID) == results


def running() -> tuple[DeleteRig, Depot]:
    """Bring a delete to where its first batches wait in the queue."""
    made, depot = mixed()
    made.erasure()
    made.run()
    made.approve(REQUEST_ID, "lab/job:weak")
    while not any(q == "dsr-delete" for q, _, _ in made.queues.sent):
        assert made.step()
    return made, depot


@pytest.mark.parametrize("seed", range(6))
def test_forged_messages_in_a_running_delete_change_no_outcome_and_ask_for_nothing_more(seed: int):
    expected, plain = run("subject")
    made, depot = running()
    messages = forged(made)
    random.Random(seed).shuffle(messages)
    for number in range(40):
        send_all(made, messages[number::40])
        if not made.step():
            break
    made.run()
    assert made.outcomes() == expected.outcomes()
    assert sorted(depot.asked) == sorted(plain.asked)
    assert depot.late == []


def assert_nothing_is_acted_on(made: DeleteRig, depot: Depot, match: str) -> None:
    for queue, body, _ in list(made.queues.sent):
        if queue == "dsr-delete":
            with pytest.raises(Conflict, match=match):
                made.handlers()[queue](body)
    assert depot.asked == []


def test_a_page_that_is_not_the_approved_one_is_never_acted_on():
    made, depot = running()
    sealed = made.ports.ledger.plan(REQUEST_ID)
    assert sealed is not None
    for page in sealed.pages:
        name = f"requests/{REQUEST_ID}/pages/{page.name}"
        data = made.ledger.blobs[name].data.replace(b'"plain"', b'"hers"').replace(b"fam", b"mum")
        made.ledger.put(name, data + b"\n")
    assert_nothing_is_acted_on(made, depot, "not the one that was approved")


def test_a_plan_that_is_not_the_approved_one_is_never_acted_on():
    made, depot = running()
    name = f"requests/{REQUEST_ID}/plan.json"
    digest = made.ports.ledger.load(REQUEST_ID).plan_hash.encode()
    made.ledger.put(name, made.ledger.blobs[name].data.replace(digest, b"0" * len(digest)))
    assert_nothing_is_acted_on(made, depot, "not the one that was approved")


def test_a_plan_and_a_page_that_were_changed_together_are_never_acted_on():
    made, depot = running()
    sealed = made.ports.ledger.plan(REQUEST_ID)
    assert sealed is not None
    plan = f"requests/{REQUEST_ID}/plan.json"
    for page in sealed.pages:
        name = f"requests/{REQUEST_ID}/pages/{page.name}"
        data = made.ledger.blobs[name].data.replace(b'"plain"', b'"hers"').replace(b"fam", b"mum")
        data += b"\n"
        made.ledger.put(name, data)
        digest = hashlib.sha256(data).hexdigest().encode()
        known = made.ledger.blobs[plan].data.replace(page.sha256.encode(), digest)
        made.ledger.put(plan, known)
    assert_nothing_is_acted_on(made, depot, "the plan is not the one that was approved")


def test_a_list_of_included_entries_that_was_changed_is_never_acted_on():
    made, depot = running()
    (name,) = (n for n in made.ledger.blobs if "/approvals/" in n)
    made.ledger.put(name, b'["lab/job:hers","lab/job:weak"]')
    assert_nothing_is_acted_on(made, depot, "is not what was approved")


def test_an_attempt_that_is_not_due_is_no_attempt_even_after_a_retry():
    made, depot = rig_of(Thing("report", "a"), Thing("report", "b"), people=[])
    depot.troubles["delete b"] = [Refused("delete report was answered with 403")] * 2
    made.deleted()
    assert made.outcomes() == {"report:a": "deleted", "report:b": "failed"}
    steering.retry(made.ports, REQUEST_ID)
    while not any(q == "dsr-delete" for q, _, _ in made.queues.sent):
        assert made.step()
    (due,) = (DeleteMessage.from_bytes(b) for q, b, _ in made.queues.sent if q == "dsr-delete")
    assert due.attempt == 1
    for attempt in (-1, 0, 2, 3, 7):
        message = replace(due, attempt=attempt)
        erasing.erase(made.ports, message)
        erasing.poisoned(made.ports, message)
    assert made.outcomes() == {"report:a": "deleted", "report:b": "failed"}
    made.run()
    assert made.outcomes() == {"report:a": "deleted", "report:b": "failed"}
    assert [unit for _, unit in depot.asked] == ["a", "b", "b"]


@pytest.mark.parametrize("step", ["list", "workspace"])
def test_a_forged_step_of_planning_changes_no_plan(step: str):
    def entries(made: DeleteRig) -> list[str]:
        sealed = made.ports.ledger.plan(REQUEST_ID)
        assert sealed is not None
        pages = range(len(sealed.pages))
        found = [checked_page(made.ports, REQUEST_ID, sealed, n) for n in pages]
        return sorted(entry.asset for page in found for entry in page)

    plain, _ = mixed()
    plain.erasure()
    plain.run()
    made, _ = mixed()
    made.erasure()
    numbers = (-1, 0, 1, 2, 99)
    forged_steps = [
        PlanMessage(REQUEST_ID, step, *place)  # type: ignore[arg-type]
        for place in itertools.product(numbers, repeat=3)
        if step == "list" or place[0] != 0
    ]
    for message in forged_steps:
        made.handlers()["dsr-plan"](message.to_bytes())
        planning.poisoned(made.ports, message)
    assert made.status()["status"] == "received"
    made.run()
    assert made.status()["status"] == "awaiting_approval"
    assert entries(made) == entries(plain)


def test_a_batch_of_a_later_stage_waits_for_those_before_it():
    made, depot = running()
    sealed = made.ports.ledger.plan(REQUEST_ID)
    assert sealed is not None
    late = [n for n, page in enumerate(sealed.pages) if page.stage > 0]
    assert late
    for batch in late:
        erasing.erase(made.ports, DeleteMessage(REQUEST_ID, batch, sealed.pages[batch].name))
    assert depot.asked == []


def test_an_export_message_of_a_delete_stages_nothing():
    made, _ = running()
    sealed = made.ports.ledger.plan(REQUEST_ID)
    assert sealed is not None
    for batch, page in enumerate(sealed.pages):
        message = ExportMessage(REQUEST_ID, batch, page.name)
        made.handlers()["dsr-export"](message.to_bytes())
        exporting.poisoned(made.ports, message)
    for attempt in (0, 1, 9):
        made.handlers()["dsr-finish"](FinishMessage(REQUEST_ID, attempt).to_bytes())
    made.run()
    assert "exported" not in made.outcomes().values()
    assert made.exports.blobs == {}
    assert made.outcomes() == run("subject")[0].outcomes()


@pytest.mark.parametrize("copies", [1, 3])
def test_messages_do_not_breed(copies: int):
    """One message an attempt, however many batches a stage has and whatever comes twice."""
    things = [Thing("report", f"r{n}") for n in range(20)]
    things += [Thing("job", f"j{n}") for n in range(20)]
    slow = {thing.id: 3 for thing in things}
    made, depot = rig_of(*things, people=[], slow=slow)
    made.erasure()
    made.run()
    made.approve()
    for _ in range(5000):
        if not made.queues.sent:
            break
        message = min(made.queues.sent, key=lambda m: m[2])
        made.queues.sent.remove(message)
        made.wait(message[2])
        for _ in range(copies):
            made.handlers()[message[0]](message[1])
    assert set(made.outcomes().values()) == {"deleted"}
    assert len(depot.asked) == 40
    sent = [body for queue, body, _ in made.queues.history if queue == "dsr-delete"]
    attempts = made.ports.ledger.results(REQUEST_ID)
    assert len(attempts) >= 60
    # handing on may be done by more than one, but not by all
    assert len(sent) <= len(attempts) * 1.3
