"""The end of a request: whoever dies where, one chain, one certificate, and both say the end."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dsr.errors import Conflict, Refused
from dsr.model.certificate import misshapen, stated
from dsr.model.chain import broken_at
from dsr.model.messages import ExportMessage, FinishMessage, PlanMessage
from dsr.model.outcome import BatchResult
from dsr.model.record import stamp
from dsr.model.states import State
from dsr.services.signing import KeySigner, public_keys
from dsr.usecases import (
    certifying,
    deciding,
    exporting,
    finishing,
    intake,
    planning,
    steering,
    viewing,
)
from dsr.verify import verify
from tests.fakes.flaky import deliver
from tests.fakes.mortal import BLOBS, Died, Mortal
from tests.fakes.mortal import calls as named
from tests.fakes.rig import REQUEST_ID, SIGNER, Rig
from tests.fakes.sample import SUBJECT, rig
from tests.fakes.signing_keys import key
from tests.unit.deletes_rig import Thing, rig_of


def lines(made: Rig) -> list[dict[str, Any]]:
    """The chain, once every link was checked."""
    blob = made.evidence.blobs.get(f"{REQUEST_ID}/audit.ndjson")
    data = blob.data if blob else b""
    assert list(broken_at(data)) == []
    return [json.loads(line) for line in data.splitlines()]


def told(made: Rig) -> list[str]:
    return [line["event"] for line in lines(made)]


def certificates(made: Rig) -> list[str]:
    names = [n for n in made.evidence.blobs if n.endswith(".jws")]
    return sorted(n.rpartition("/")[2] for n in names)


def valid(made: Rig) -> dict[str, Any]:
    """Check the newest certificate with all that belongs to it; give its claims."""
    jws = certifying.certificate(made.ports, REQUEST_ID)
    keys = public_keys(json.dumps(certifying.keys(made.ports)))
    audit = certifying.audit(made.ports, REQUEST_ID)
    checks = list(verify(jws, keys, audit, made.results()))
    assert [c for c in checks if not c.passed] == []
    assert len(checks) == 6
    return stated(jws)


def run(made: Rig, **body: Any) -> dict[str, Any]:
    made.submit(subject=SUBJECT, **body)
    made.pump()
    return made.status()


def running(made: Rig) -> Rig:
    """Go on to where every batch is sent, and every result is there but the finisher's work."""
    made.submit(subject=SUBJECT)
    deliver(made.queues, made.handlers(), 100, only="dsr-plan")
    deliver(made.queues, made.handlers(), 100, only="dsr-export")
    return made


def approve(made: Rig, **body: str) -> None:
    body = {"approver": "dpo@example.org", "note": "fine", **body}
    body.setdefault("plan_hash", made.status()["plan_hash"])
    deciding.approve(made.ports, REQUEST_ID, json.dumps(body).encode())


# What stands in chain and certificate


def test_an_export_ends_with_a_chain_of_its_life_and_a_certificate_that_holds():
    made = rig()
    status = run(made)
    batches = made.ports.ledger.load(REQUEST_ID).batches
    assert told(made) == [
        "received",
        "planned",
        *["batch_exported"] * batches,
        "package_sealed",
        "completed",
    ]
    claims = valid(made)
    assert misshapen(claims) == []
    assert claims["counts"] == status["counts"]
    assert claims["plan_hash"] == status["plan_hash"]
    assert claims["status"] == status["status"] == "completed"
    assert claims["approver_assurance"] == "automatic"
    assert claims["audit"] == {"seq": batches + 3, "hash": lines(made)[-1]["hash"]}
    package = viewing.package(made.ports, REQUEST_ID)
    assert claims["package"] == {"tagmanifest_sha256": package["tagmanifest_sha256"]}
    assert certificates(made) == ["certificate-1.jws"]
    assert status["links"]["certificate"] == f"/api/requests/{REQUEST_ID}/certificate"
    assert status["links"]["audit"] == f"/api/requests/{REQUEST_ID}/audit"


def test_a_batchs_line_has_its_place_its_counts_and_its_own_digest():
    made = rig()
    run(made)
    shown = [line["detail"] for line in lines(made) if line["event"] == "batch_exported"]
    assert [d["batch"] for d in shown] == list(range(len(shown)))
    assert {(d["attempt"], d["number"]) for d in shown} == {(0, 0)}
    total: Counter[str] = Counter()
    for detail in shown:
        total.update(detail["counts"])
    assert total == {"exported": made.status()["counts"]["exported"]}
    assert len({d["outcomes_sha256"] for d in shown}) == len(shown)


def test_an_approval_is_in_the_chain_at_once_and_without_name_and_words():
    made = rig()
    run(made, approval="required")
    assert told(made) == []
    approve(made)
    assert told(made) == ["received", "planned", "approved"]
    assert made.status()["links"]["audit"]
    made.pump()
    assert told(made).count("approved") == 1
    assert valid(made)["approver_assurance"] == "claimed"
    data = made.evidence.blobs[f"{REQUEST_ID}/audit.ndjson"].data
    assert b"dpo" not in data
    assert b"fine" not in data


def test_the_records_word_on_who_approved_is_the_certificates():
    made = rig()
    run(made, approval="required")
    approve(made)
    from dataclasses import replace

    made.ports.ledger.update(REQUEST_ID, lambda r: replace(r, approver_assurance="authenticated"))
    made.pump()
    assert valid(made)["approver_assurance"] == "authenticated"


@pytest.mark.parametrize("end", ["rejected", "cancelled", "failed", "completed"])
def test_other_ends_have_a_chain_and_no_certificate(end: str):
    made = rig()
    run(made, approval="required", plan_only=end == "completed")
    if end == "rejected":
        body = json.dumps({"approver": "dpo", "reason": "not theirs"}).encode()
        deciding.reject(made.ports, REQUEST_ID, body)
    elif end == "cancelled":
        steering.cancel(made.ports, REQUEST_ID)
    elif end == "failed":
        approve(made)
        planning.poisoned(made.ports, PlanMessage(REQUEST_ID, "dispatch"))
    assert made.status()["status"] == end
    assert told(made)[-1] == end
    before = lines(made)
    made.sweep()
    assert lines(made) == before
    assert certificates(made) == []
    assert "certificate" not in made.status()["links"]


def test_without_a_key_a_request_completes_with_a_chain_and_no_certificate():
    made = rig()
    made.with_ports(signer=None)
    status = run(made)
    assert status["status"] == "completed"
    assert told(made)[-1] == "completed"
    assert certificates(made) == []
    assert "certificate" not in status["links"]
    assert certifying.keys(made.ports) == {"keys": []}


def test_poison_batches_and_second_attempts_are_in_the_chain_too():
    made = rig()
    made.submit(subject=SUBJECT)
    deliver(made.queues, made.handlers(), 100, only="dsr-plan")
    first = next(b for q, b, _ in made.queues.sent if q == "dsr-export" and b'"batch":1,' in b)
    made.queues.sent.remove(("dsr-export", first, 0))
    exporting.poisoned(made.ports, ExportMessage.from_bytes(first))
    made.pump()
    failed = [ln["detail"] for ln in lines(made) if "failed" in ln["detail"].get("counts", {})]
    assert [d["batch"] for d in failed if "batch" in d] == [1]
    assert valid(made)["status"] == "completed_with_exceptions"


def test_results_of_an_app_before_this_one_have_no_events():
    old = json.loads(BatchResult(0, 0, True, (), ()).to_bytes())
    del old["events"]
    assert BatchResult.from_bytes(json.dumps(old).encode()).events == ()
    event = {"at": "t", "event": "deleted", "detail": {"ref": "r"}}
    kept = BatchResult(0, 0, True, (), (), events=(event,))
    assert BatchResult.from_bytes(kept.to_bytes()) == kept


def test_the_page_for_auditors_has_every_event_with_its_details():
    text = (Path(__file__).parents[2] / "docs" / "auditor.md").read_text("utf-8")
    section = text.partition("## What is in the chain")[2]
    explained = {
        name: set(re.findall(r"`(\w+)`", rest))
        for name, rest in re.findall(r"^\| `(\w+)` \|[^|]*\|(.*)\|$", section, flags=re.M)
    }
    explained["rejected"] = explained["retried"] = explained["approved"]
    seen: dict[str, set[str]] = {}
    for end in ("completed", "rejected", "cancelled", "failed"):
        made = rig()
        run(made, approval="required")
        if end == "rejected":
            deciding.reject(made.ports, REQUEST_ID, b'{"approver": "dpo"}')
        elif end == "cancelled":
            steering.cancel(made.ports, REQUEST_ID)
        else:
            approve(made)
        if end == "failed":
            planning.poisoned(made.ports, PlanMessage(REQUEST_ID, "dispatch"))
        made.pump()
        if end == "completed":
            viewing.package(made.ports, REQUEST_ID)
            made.later(days=31)
            made.sweep()
        for line in lines(made):
            seen.setdefault(line["event"], set()).update(line["detail"])
    for line in events_of_deletes():
        seen.setdefault(line["event"], set()).update(line["detail"])
    assert seen == explained


def events_of_deletes() -> list[dict[str, Any]]:
    """One delete of which an asset is refused and run again, and one that is stopped."""
    things = [Thing("report", f"r{n}") for n in range(3)]
    refused, _ = rig_of(*things, troubles={"delete r1": [Refused("403")]})
    refused.deleted()
    steering.retry(refused.ports, REQUEST_ID)
    refused.run()
    stopped, depot = rig_of(*[Thing("report", f"r{n}") for n in range(3)])
    depot.guard = lambda kind, unit: void(steering.cancel(stopped.ports, REQUEST_ID))
    stopped.deleted()
    stated_end = stated(certifying.certificate(stopped.ports, REQUEST_ID))
    assert (stated_end["status"], misshapen(stated_end)) == ("cancelled", [])
    return [*lines(refused), *lines(stopped)]


def void(_: object) -> None:
    """Give nothing, whatever is given."""


# What it costs


def calls(made: Rig) -> int:
    return made.ledger.calls + made.exports.calls + made.evidence.calls


def test_finishing_costs_the_same_few_calls_more_whatever_the_size():
    more = []
    for count in (5, 90):
        made = running(rig(count))
        read = made.ledger.read
        names: list[str] = []

        def watched(name: str, read=read, names=names) -> Any:
            names.append(name)
            return read(name)

        made.ledger.read = watched  # type: ignore[method-assign]
        before, ledger = made.evidence.calls, made.ledger.calls
        deliver(made.queues, made.handlers(), 1, only="dsr-finish")
        assert made.status()["status"] == "completed"
        batches = made.ports.ledger.load(REQUEST_ID).batches
        results = Counter(n for n in names if "/results/" in n)
        assert set(results.values()) == {1}, "each result is read once"
        assert len(results) == batches
        more.append((made.evidence.calls - before, made.ledger.calls - ledger - batches))
    assert more[0] == more[1]
    assert more[0][0] <= 4


# Whoever dies, and whoever is quicker


def mortal_at(made: Rig, fatal: int, after: bool) -> Mortal:
    blobs = named("blob", (*BLOBS, "append", "part"))
    watched = [(thing, blobs) for thing in (made.ledger, made.exports, made.evidence)]
    return Mortal([*watched, (made.queues, {"send": "queue send"})], fatal, after)


def pump(made: Rig) -> None:
    """Deliver all, as a host does: what dies comes again."""
    for _ in range(500):
        if not made.queues.sent:
            return
        queue, body, wait = next((m for m in made.queues.sent if not m[2]), made.queues.sent[0])
        try:
            made.handlers()[queue](body)
        except Died:
            if queue == "dsr-plan":
                planning.plan(made.ports, PlanMessage.from_bytes(body), True)
            else:
                made.handlers()[queue](body)
        made.queues.sent.remove((queue, body, wait))
    raise AssertionError("no end")


def told_once(made: Rig) -> Counter[str]:
    """What the chain tells, each event by what it says but for when."""
    found = Counter(
        json.dumps([ln["event"], {k: v for k, v in ln["detail"].items() if k != "decision"}])
        for ln in lines(made)
    )
    assert set(found.values()) == {1}
    return found


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_export_with_approval_may_die_at_any_call(after: bool):
    def whole(fatal: int) -> tuple[Rig, int]:
        made = rig(3, 1)
        made.submit(subject=SUBJECT, approval="required")
        made.pump()
        mortal = mortal_at(made, fatal, after)
        try:
            approve(made)
        except Died:
            if made.status()["status"] == "awaiting_approval":
                approve(made)  # the caller asks again
            else:
                made.later(hours=1)  # nobody does, so the sweeper finds it
                made.sweep()
        pump(made)
        return made, mortal.count

    made, count = whole(0)
    expected = Counter(json.loads(t)[0] for t in told_once(made))
    assert expected["approved"] == 1
    assert count > 50
    for fatal in range(1, count + 1):
        made, _ = whole(fatal)
        assert made.status()["status"] == "completed", fatal
        assert Counter(json.loads(t)[0] for t in told_once(made)) == expected, fatal
        assert certificates(made) == ["certificate-1.jws"], fatal
        assert valid(made)["counts"] == made.status()["counts"], fatal


def test_finishing_may_die_at_any_call_and_the_certificate_is_the_same():
    def whole(fatal: int, after: bool) -> tuple[Rig, int]:
        made = running(rig(3, 1))
        mortal = mortal_at(made, fatal, after)
        pump(made)
        return made, mortal.count

    made, count = whole(0, False)
    expected = valid(made)
    for after in (False, True):
        for fatal in range(1, count + 1):
            made, _ = whole(fatal, after)
            claims = valid(made)
            varying = ("audit", "package", "plan_hash", "outcomes_sha256")
            assert claims.keys() == expected.keys()
            assert {k: claims[k] for k in claims if k not in varying} == {
                k: expected[k] for k in expected if k not in varying
            }
            assert certificates(made) == ["certificate-1.jws"]


@pytest.mark.parametrize("what", ["append", "create"])
def test_two_finishers_at_once_make_one_chain_and_one_certificate(what: str):
    made = running(rig())
    call, nested = getattr(made.evidence, what), []

    def racing(*args: Any) -> None:
        if not nested:
            nested.append(args)
            finishing.finish(made.ports, FinishMessage(REQUEST_ID, 99))  # the other one wins
        call(*args)

    setattr(made.evidence, what, racing)
    finishing.finish(made.ports, FinishMessage(REQUEST_ID, 0))
    assert nested
    assert made.status()["status"] == "completed"
    told_once(made)
    assert certificates(made) == ["certificate-1.jws"]
    valid(made)


def test_once_all_is_done_no_cancel_and_no_failure_gets_in_between():
    made = running(rig())
    create, refused = made.evidence.create, []

    def meanwhile(name: str, data: bytes) -> None:
        for undo in (
            lambda: steering.cancel(made.ports, REQUEST_ID),
            lambda: finishing.poisoned(made.ports, FinishMessage(REQUEST_ID)),
        ):
            try:
                undo()
            except Conflict as error:
                refused.append(str(error))
        create(name, data)

    made.evidence.create = meanwhile  # type: ignore[method-assign]
    made.pump()
    assert len(refused) == 1
    assert made.status()["status"] == "completed"
    assert made.exports.blobs
    valid(made)


def test_evidence_that_can_not_be_written_is_written_when_the_sweeper_comes():
    made = running(rig())
    create, failing = made.evidence.create, [True]

    def away(name: str, data: bytes) -> None:
        if failing:
            raise Died
        create(name, data)

    made.evidence.create = away  # type: ignore[method-assign]
    message = FinishMessage(REQUEST_ID)
    with pytest.raises(Died):
        finishing.finish(made.ports, message)
    made.queues.sent.clear()
    finishing.poisoned(made.ports, message)
    assert made.status()["status"] == "verifying"
    assert made.exports.blobs
    failing.clear()
    made.later(hours=1)
    made.sweep()
    made.pump()
    assert made.status()["status"] == "completed"
    valid(made)


def test_a_decision_that_took_no_effect_is_never_in_the_chain():
    made = rig()
    run(made, approval="required")
    replace, nested = made.ledger.replace, []

    def racing(name: str, data: bytes, etag: str) -> None:
        if not nested:
            nested.append(name)
            body = json.dumps({"approver": "dpo", "reason": "no"}).encode()
            deciding.reject(made.ports, REQUEST_ID, body)
        replace(name, data, etag)

    made.ledger.replace = racing  # type: ignore[method-assign]
    with pytest.raises(Conflict):
        approve(made)
    made.sweep()
    assert told(made) == ["received", "planned", "rejected"]


def test_a_decision_whose_line_is_missing_gets_it_by_the_sweeper_before_the_words_are_erased():
    made = rig()
    run(made, approval="required")
    tail = made.evidence.part

    def dead(name: str, start: int) -> bytes:
        raise Died

    made.evidence.part = dead  # type: ignore[method-assign]
    with pytest.raises(Died):
        deciding.reject(made.ports, REQUEST_ID, b'{"approver": "dpo@example.org"}')
    assert told(made) == []
    made.evidence.part = tail  # type: ignore[method-assign]
    made.later(days=31)
    made.sweep()
    assert told(made) == ["received", "planned", "rejected"]
    assert made.ports.ledger.load(REQUEST_ID).erased
    made.later(days=31)
    made.sweep()
    assert told(made) == ["received", "planned", "rejected"]


def test_an_end_that_was_decided_is_told_once_however_late_it_is_looked_at():
    made = rig()
    run(made, approval="required")
    ledger = made.ports.ledger
    words = {"at": "t", "event": "cancelled", "approver": "dpo", "text": ""}
    decided = ledger.add_decision(REQUEST_ID, words)
    ledger.update(REQUEST_ID, lambda r: r.become(State.CANCELLED, made.clock, decisions=(decided,)))
    for _ in range(3):
        made.sweep()
        made.later(days=40)
    assert ledger.load(REQUEST_ID).erased
    assert told(made) == ["received", "planned", "cancelled"]


def test_a_request_that_was_refused_from_the_queue_has_a_chain_too():
    made = rig()
    body = json.dumps({"request_id": REQUEST_ID, "type": "export", "subjct": "Tomas"}).encode()
    intake.submit_message(made.ports, body, "m-1")
    made.sweep()
    assert told(made) == ["received", "failed"]
    assert b"tomas" not in made.evidence.blobs[f"{REQUEST_ID}/audit.ndjson"].data.lower()


def test_a_package_that_expired_is_told_of_and_the_certificate_holds_on():
    made = rig()
    run(made)
    jws = certifying.certificate(made.ports, REQUEST_ID)
    results = made.results()
    made.later(days=31)
    made.sweep()
    made.sweep()
    assert told(made)[-1] == "package_deleted"
    assert told(made).count("package_deleted") == 1
    keys = public_keys(json.dumps(SIGNER.jwks()))
    audit = certifying.audit(made.ports, REQUEST_ID)
    checks = list(verify(jws, keys, audit, results))
    assert [c.passed for c in checks if c.passed is not None] == [True] * 6
    assert any("added after" in c.told for c in checks)


# Further certificates


def run_again(made: Rig) -> None:
    """Do what a retry does to the state, and finish again."""
    from dataclasses import replace

    def back(r):
        return replace(r, status=State.RUNNING, settled_at=None, ended_at=None)

    made.ports.ledger.update(REQUEST_ID, back)
    made.later(minutes=5)
    finishing.finish(made.ports, FinishMessage(REQUEST_ID, 99))


def test_a_request_that_was_run_again_gets_a_further_certificate():
    made = rig()
    run(made)
    first = valid(made)
    run_again(made)
    second = valid(made)
    assert certificates(made) == ["certificate-1.jws", "certificate-2.jws"]
    assert (first["certificate"], second["certificate"]) == (1, 2)
    assert second["audit"]["seq"] > first["audit"]["seq"]
    assert told(made).count("completed") == 2
    assert told(made).count("batch_exported") == made.ports.ledger.load(REQUEST_ID).batches


def test_a_package_that_was_lost_after_all_was_done_is_made_again_and_certified():
    made = running(rig())
    create, lost = made.evidence.create, []

    def dies(name: str, data: bytes) -> None:
        if not lost:
            lost.append(name)
            made.exports.drop(f"{REQUEST_ID}.zip")
            raise Died
        create(name, data)

    made.evidence.create = dies  # type: ignore[method-assign]
    with pytest.raises(Died):
        finishing.finish(made.ports, FinishMessage(REQUEST_ID))
    assert made.ports.ledger.load(REQUEST_ID).settled_at
    made.later(minutes=5)
    finishing.finish(made.ports, FinishMessage(REQUEST_ID, 98))
    assert made.status()["status"] == "running"
    assert made.ports.ledger.load(REQUEST_ID).settled_at is None
    made.pump()
    assert made.status()["status"] == "completed"
    assert valid(made)["completed_at"] == stamp(made.clock)


def test_a_certificate_that_is_left_of_an_undone_run_is_not_taken_for_this_ones():
    made = running(rig())
    other = SIGNER.sign({"request_id": "another"})
    made.evidence.create(f"{REQUEST_ID}/certificate-1.jws", other.encode())
    made.pump()
    assert valid(made)["certificate"] == 2


def test_a_key_changed_between_two_tries_leaves_the_certificate_that_is_there():
    made = running(rig())
    replace, fatal = made.ledger.replace, []

    def dies_at_the_end(name: str, data: bytes, etag: str) -> None:
        if b'"status":"completed"' in data and not fatal:
            fatal.append(name)
            raise Died
        replace(name, data, etag)

    made.ledger.replace = dies_at_the_end  # type: ignore[method-assign]
    with pytest.raises(Died):
        finishing.finish(made.ports, FinishMessage(REQUEST_ID))
    made.with_ports(signer=KeySigner(key("p256")))
    made.pump()
    assert fatal
    assert certificates(made) == ["certificate-1.jws"]
    made.with_ports(signer=SIGNER)
    valid(made)
