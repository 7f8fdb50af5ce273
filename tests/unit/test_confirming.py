"""Deletes that two people have to approve: whole workspaces that are purged."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsr.errors import Conflict, Forbidden, Invalid
from dsr.model.asset import Kind
from dsr.model.caller import ANYONE, Caller
from dsr.model.certificate import misshapen, stated
from dsr.model.record import RequestRecord
from dsr.model.states import State
from dsr.usecases import certifying, deciding, intake, steering, viewing
from tests.fakes.rig import REQUEST_ID
from tests.fakes.sample import MIRA_ID, SUBJECT
from tests.unit.deletes_rig import OWN_ID, DeleteRig, Depot, Thing, rig_of

TWICE = Kind("workspace", erasable=True, stage=9, by_hand=("Delete it.",), confirmations=2)
WHOLE = {"workspaces": ["lab"], "select": "workspace"}
ALICE = Caller("tenant/alice", "ref-of-alice", "authenticated")
BOB = Caller("tenant/bob", "ref-of-bob", "authenticated")
CAROL = Caller("tenant/carol", "ref-of-carol", "authenticated")


def rig(*things: Thing, **options: Any) -> tuple[DeleteRig, Depot]:
    return rig_of(*(things or (Thing("job", "j", MIRA_ID),)), own=TWICE, **options)


def waiting(*things: Thing, caller: Caller = ANYONE) -> tuple[DeleteRig, Depot]:
    """Give a whole workspace's delete that waits for approval."""
    made, depot = rig(*things)
    body = {"request_id": REQUEST_ID, "type": "delete", "scope": WHOLE}
    intake.submit(made.ports, json.dumps(body).encode(), caller=caller)
    made.run()
    return made, depot


def approve(
    made: DeleteRig,
    approver: str = "dpo",
    *include: str,
    caller: Caller = ANYONE,
    plan_hash: str | None = None,
) -> RequestRecord:
    known = made.ports.ledger.load(REQUEST_ID).plan_hash
    body = {"plan_hash": plan_hash or known, "include": list(include)}
    body |= {} if caller.authenticated else {"approver": approver}
    return deciding.approve(made.ports, REQUEST_ID, json.dumps(body).encode(), caller)


def shown(made: DeleteRig) -> dict[str, Any]:
    return made.status()["approvals"]


def chained(made: DeleteRig) -> list[dict[str, Any]]:
    return [json.loads(line) for line in certifying.audit(made.ports, REQUEST_ID).splitlines()]


def test_one_approval_deletes_nothing_and_the_documents_say_that_one_more_is_needed():
    made, depot = waiting()
    assert shown(made) == {"needed": 2, "given": 0}
    record = approve(made)
    made.run()
    assert record.status == State.AWAITING_APPROVAL
    assert depot.asked == []
    assert shown(made) == {"needed": 2, "given": 1}
    assert viewing.plan(made.ports, REQUEST_ID, 1)["approvals"] == {"needed": 2, "given": 1}


def test_the_second_approval_by_another_name_deletes_it():
    made, depot = waiting()
    approve(made)
    approve(made, "the owner")
    made.run()
    assert depot.asked == [("job", "j"), ("workspace", OWN_ID)]
    assert made.status()["status"] == "completed"
    assert shown(made) == {"needed": 2, "given": 2}


def test_chain_and_certificate_have_both_approvals():
    made, _ = waiting()
    approve(made)
    approve(made, "the owner")
    made.run()
    approved = [line["detail"] for line in chained(made) if line["event"] == "approved"]
    assert len(approved) == len({d["approver"] for d in approved}) == 2
    assert {d["plan_hash"] for d in approved} == {made.status()["plan_hash"]}
    claims = stated(certifying.certificate(made.ports, REQUEST_ID))
    assert (claims["approvals"], claims["approver_assurance"]) == (2, "claimed")
    assert misshapen(claims) == []
    assert misshapen(claims | {"approvals": 1}) == ["approvals"]


def test_the_chain_has_the_first_approval_while_the_second_is_missing():
    made, _ = waiting()
    approve(made)
    assert [line["event"] for line in chained(made)] == ["received", "planned", "approved"]


@pytest.mark.parametrize("name", ["dpo", " DPO ", "Dpo"])
def test_a_repeated_first_approval_counts_once(name: str):
    made, depot = waiting()
    approve(made)
    record = approve(made, name)
    assert record.status == State.AWAITING_APPROVAL
    assert len(record.decisions) == len(record.approved_by) == 1
    made.run()
    assert depot.asked == []
    assert [line["event"] for line in chained(made)].count("approved") == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["dpo", "DPO", " dpo", "owner", "Owner"]), max_size=6))
def test_it_runs_exactly_where_two_different_people_have_approved(names: list[str]):
    made, depot = waiting()
    known: set[str] = set()
    for name in names:
        if len(known) == 2:
            with pytest.raises(Conflict):
                approve(made, name)
        else:
            known.add(name.strip().lower())
            approve(made, name)
    made.run()
    assert bool(depot.asked) == (len(known) == 2)


def test_another_plans_hash_is_refused_from_either():
    made, depot = waiting()
    with pytest.raises(Conflict):
        approve(made, plan_hash="0" * 64)
    approve(made)
    with pytest.raises(Conflict):
        approve(made, "the owner", plan_hash="0" * 64)
    made.run()
    assert depot.asked == []


def test_both_approvals_have_to_include_the_same():
    made, _ = waiting()

    def as_reviewed(record: RequestRecord) -> RequestRecord:
        name = made.ports.deletes.add_approval(REQUEST_ID, ["lab/job:x"])
        return replace(record, approval=name, approved_by=("somebody",))

    made.ports.ledger.update(REQUEST_ID, as_reviewed)
    with pytest.raises(Conflict, match="include is not that of the first approval"):
        approve(made, "the owner")
    assert made.status()["status"] == "awaiting_approval"


@pytest.mark.parametrize("act", ["reject", "cancel"])
def test_between_both_approvals_it_can_still_be_ended(act: str):
    made, depot = waiting()
    approve(made)
    if act == "reject":
        deciding.reject(made.ports, REQUEST_ID, b'{"approver": "the owner", "reason": "no"}')
    else:
        steering.cancel(made.ports, REQUEST_ID)
    with pytest.raises(Conflict):
        approve(made, "the owner")
    made.run()
    assert depot.asked == []
    ends = {"reject": "rejected", "cancel": "cancelled"}
    assert made.status()["status"] == ends[act]
    events = [line["event"] for line in chained(made)]
    assert events == ["received", "planned", "approved", ends[act]]


def test_a_hold_wins_over_two_approvals():
    made, depot = waiting()
    approve(made)
    made.hold("case", "all")
    approve(made, "the owner")
    made.run()
    assert depot.asked == []
    outcomes = made.outcomes()
    assert "deleted" not in outcomes.values()
    assert outcomes[f"workspace:{OWN_ID}"] == outcomes["job:j"] == "retained"


def test_whoever_signed_in_is_told_by_the_sign_in_and_never_by_a_name():
    made, depot = waiting(caller=CAROL)
    approve(made, caller=ALICE)
    assert approve(made, caller=ALICE).status == State.AWAITING_APPROVAL
    with pytest.raises(Forbidden):
        approve(made, caller=CAROL)
    made.run()
    assert depot.asked == []
    assert approve(made, caller=BOB).status == State.RUNNING
    made.run()
    claims = stated(certifying.certificate(made.ports, REQUEST_ID))
    assert (claims["approvals"], claims["approver_assurance"]) == (2, "authenticated")


def test_one_claimed_name_makes_the_approvals_claimed():
    made, _ = waiting()
    approve(made)
    assert approve(made, caller=BOB).approver_assurance == "claimed"


def test_a_whole_workspace_is_the_only_one_of_its_request():
    depots = {n: Depot([], own=TWICE) for n in ("lab", "other")}
    made = DeleteRig(dict(depots))
    with pytest.raises(Invalid) as caught:
        made.erasure(scope=WHOLE | {"workspaces": ["lab", "other"]})
    assert [p.pointer for p in caught.value.problems] == ["/scope/workspaces"]
    assert not made.ports.ledger.has_state(REQUEST_ID)


def test_one_that_needs_it_is_not_mixed_with_one_that_does_not():
    made = DeleteRig({"lab": Depot([], own=TWICE), "other": Depot([])})
    with pytest.raises(Invalid):
        made.erasure(scope=WHOLE | {"workspaces": ["lab", "other"]})


def test_automatic_approval_is_refused():
    made, _ = rig()
    made.with_ports(allow_automatic_approval=True)
    with pytest.raises(Invalid) as caught:
        made.erasure(scope=WHOLE, approval="automatic")
    assert [p.pointer for p in caught.value.problems] == ["/approval"]


def test_automatic_approval_from_before_the_service_asked_for_two_waits_all_the_same():
    made, depot = rig_of(Thing("job", "j"))
    made.with_ports(allow_automatic_approval=True)
    made.erasure(scope=WHOLE, approval="automatic")
    depot.own = TWICE
    made.run()
    assert made.status()["status"] == "awaiting_approval"
    assert depot.asked == []
    approve(made)
    approve(made, "the owner")
    made.run()
    assert ("workspace", OWN_ID) in depot.asked


def test_one_approval_from_before_the_service_asked_for_two_keeps_the_workspace():
    made, depot = rig_of(Thing("model", "m"))
    made.erasure(scope=WHOLE)
    made.run()
    made.approve()
    depot.own = TWICE
    made.run()
    assert depot.asked == []
    assert made.told()[f"workspace:{OWN_ID}"]["outcome"] == "retained"


def test_a_record_that_claims_to_run_with_one_approval_deletes_nothing():
    made, depot = waiting()
    approve(made)
    approve(made, "the owner")
    made.ports.ledger.update(REQUEST_ID, lambda r: replace(r, approved_by=r.approved_by[:1]))
    with pytest.raises(Conflict):
        made.run()
    assert depot.asked == []


@pytest.mark.parametrize(
    "body",
    [
        {"type": "export", "scope": WHOLE},
        {"type": "delete", "subject": SUBJECT},
        {"type": "delete", "scope": {"select": "assets", "assets": ["lab/job:j"]}},
    ],
)
def test_other_requests_need_one_approval_and_say_nothing_of_two(body: dict[str, Any]):
    made, _ = rig(Thing("job", "j"))
    made.submit(**body)
    made.run()
    assert "approvals" not in made.status()
    assert approve(made).status == State.RUNNING
    made.run()
    assert "approvals" not in stated(certifying.certificate(made.ports, REQUEST_ID))


def test_a_workspace_that_asks_for_one_approval_says_nothing_of_two():
    made, depot = rig_of(Thing("job", "j"))
    made.deleted(scope=WHOLE)
    assert ("workspace", OWN_ID) in depot.asked
    assert "approvals" not in made.status()
