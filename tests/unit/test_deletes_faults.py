"""A worker may die at any call of a delete: the outcomes stay, and nothing is deleted twice."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from dsr.errors import Conflict, Refused, Unavailable
from dsr.model.messages import DeleteMessage, PlanMessage
from dsr.usecases import erasing, planning, steering
from tests.fakes.mortal import BLOBS, Died, Mortal, calls
from tests.fakes.rig import REQUEST_ID
from tests.fakes.sample import MIRA_ID
from tests.unit.deletes_rig import DeleteRig, Depot, Thing, rig_of

WHOLE = {"workspaces": ["lab"], "select": "workspace"}
_BLOBS = (*BLOBS, "list", "delete")
_SERVICE = ("record", "assets", "is_there", "left_behind", "uses", "delete", "is_done")


def mortal_at(made: DeleteRig, depot: Depot, fatal: int, after: bool) -> Mortal:
    blobs, sends = calls("blob", _BLOBS), {"send": "queue send"}
    service = (depot, calls("service", _SERVICE))
    watched = [(made.ledger, blobs), (made.exports, blobs), service, (made.queues, sends)]
    return Mortal(watched, fatal, after)


def mixed() -> tuple[DeleteRig, Depot]:
    """Give a workspace in which everything happens that may."""
    things = [
        Thing("report", "plain"),
        Thing("report", "counts"),
        Thing("report", "unsure"),
        Thing("report", "held"),
        Thing("job", "v1", unit="fam"),
        Thing("job", "v2", unit="fam"),
        Thing("job", "refused"),
        Thing("job", "slow"),
        Thing("job", "weak", owner="", text="tomas.user@example.org"),
        Thing("job", "hers", MIRA_ID),
        Thing("model", "m"),
    ]
    made, depot = rig_of(
        *things,
        people=[],
        after={"counts"},
        troubles={
            "delete unsure": [Unavailable("500")],
            "delete refused": [Refused("403")] * 99,
        },
        slow={"slow": 2},
    )
    made.hold("case-7", ["lab/report:held"])
    return made, depot


def whole() -> tuple[DeleteRig, Depot]:
    return rig_of(Thing("report", "r"), Thing("model", "m"), Thing("job", "j", MIRA_ID), people=[])


def again_if_it_dies(call: Callable[[], Any]) -> None:
    """Call as somebody does who got no answer: once more."""
    try:
        call()
    except Died:
        with contextlib.suppress(Conflict):  # it had taken effect
            call()


def deliver(made: DeleteRig) -> bool:
    """Deliver one message, again where its worker died, as a host does."""
    if not made.queues.sent:
        return False
    message = min(made.queues.sent, key=lambda m: m[2])
    queue, body, wait = message
    made.wait(wait)
    try:
        made.handlers()[queue](body)
    except Died:
        if queue == "dsr-plan":
            planning.plan(made.ports, PlanMessage.from_bytes(body), True)
        elif queue == "dsr-delete":
            erasing.erase(made.ports, DeleteMessage.from_bytes(body), True)
        else:
            made.handlers()[queue](body)
    made.queues.sent.remove((queue, body, 0))
    return True


def rest(made: DeleteRig) -> None:
    """Deliver all there is; what stopped is looked after by the sweeper."""
    for _ in range(2000):
        if deliver(made):
            continue
        with contextlib.suppress(Died):
            if made.status()["status"] not in ("received", "planning", "running", "verifying"):
                return
        made.later(hours=3)
        again_if_it_dies(made.sweep)
    raise AssertionError("it never ends")


def survive(
    make: Callable[[], tuple[DeleteRig, Depot]],
    body: dict[str, Any],
    include: tuple[str, ...],
    fatal: int = 0,
    after: bool = False,
) -> tuple[DeleteRig, Depot, Mortal]:
    """Run a delete in which one call kills its worker."""
    made, depot = make()
    mortal = mortal_at(made, depot, fatal, after)
    again_if_it_dies(lambda: made.erasure(**body))
    rest(made)
    again_if_it_dies(lambda: made.approve(REQUEST_ID, *include))
    rest(made)
    mortal.over = True
    return made, depot, mortal


SCENES = {
    "subject": (mixed, {}, ("lab/job:weak",)),
    "whole workspace": (whole, {"scope": WHOLE}, ()),
    "exported first": (whole, {"export_first": True, "scope": WHOLE}, ()),
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_worker_may_die_at_any_call_of_a_delete(scene: str, after: bool):
    make, body, include = SCENES[scene]
    made, depot, mortal = survive(make, body, include)
    expected, ended = made.outcomes(), made.status()["status"]
    assert len(depot.counted) >= 3
    total = len(mortal.calls)
    assert total > 100
    assert mortal.calls.count("service delete") >= 3
    for fatal in range(1, total + 1):
        made, depot, _ = survive(make, body, include, fatal, after)
        where = f"{mortal.calls[fatal - 1]}, call {fatal}"
        assert made.outcomes() == expected, where
        assert made.status()["status"] == ended, where
        assert len(depot.counted) == len(set(depot.counted)), where
        for unit in depot.counted:
            last = len(depot.asked) - 1 - depot.asked[::-1].index(unit)
            assert depot.asked[: last + 1].count(unit) <= 3, where
        assert depot.late == [], where


def test_a_poison_batch_fails_what_is_open_and_lets_the_rest_go_on():
    made, depot = mixed()
    made.erasure()
    made.run()
    made.approve()
    while not any(q == "dsr-delete" for q, _, _ in made.queues.sent):
        made.step()
    message = next(m for m in made.queues.sent if m[0] == "dsr-delete")
    made.queues.sent.remove(message)
    erasing.poisoned(made.ports, DeleteMessage.from_bytes(message[1]))
    made.run()
    found = made.told()
    failed = {a for a, r in found.items() if "again and again" in r.get("error", "")}
    assert failed
    assert made.status()["status"] == "completed_with_exceptions"
    assert {u for _, u in depot.asked}.isdisjoint(a.partition(":")[2] for a in failed)
    asked = len(depot.asked)
    steering.retry(made.ports, REQUEST_ID)
    made.run()
    again = {u for _, u in depot.asked[asked:]}
    assert failed - {"report:held"} <= {f"report:{u}" for u in again} | {
        a for a, o in made.outcomes().items() if o != "failed"
    }


def test_a_poison_message_after_the_end_changes_nothing():
    made, depot = whole()
    made.erasure(scope=WHOLE)
    made.run()
    made.approve()
    made.run()
    before = made.told(), made.status(), list(depot.asked)
    for queue, body, _ in list(made.queues.history):
        if queue == "dsr-delete":
            erasing.poisoned(made.ports, DeleteMessage.from_bytes(body))
    made.run()
    assert (made.told(), made.status(), list(depot.asked)) == before
