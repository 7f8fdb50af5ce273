"""Whatever is called and sent, in any order: nothing is deleted but what somebody approved.

The machine keeps its own account of approvals; the service checks each delete against it.
"""

import contextlib
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dsr.errors import DsrError, Refused, Unavailable
from dsr.model.messages import DeleteMessage, ExportMessage, FinishMessage, PlanMessage
from dsr.model.states import FINAL, State
from dsr.usecases import (
    deciding,
    erasing,
    exporting,
    finishing,
    intake,
    planning,
    steering,
    viewing,
)
from tests.fakes.sample import MIRA_ID, SUBJECT
from tests.unit.deletes_rig import APPROVER, OWN_ID, Thing, rig_of

IDS = tuple(f"6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a0{n}" for n in range(3))
BODIES: dict[str, dict[str, Any]] = {
    "subject": {},
    "named": {
        "scope": {
            "workspaces": ["lab"],
            "select": "assets",
            "assets": ["lab/report:r0", "lab/job:hers", "lab/job:v1", "lab/report:sample"],
        }
    },
    "whole": {"scope": {"workspaces": ["lab"], "select": "workspace"}},
    "exported first": {"export_first": True},
    "plan only": {"plan_only": True},
    "automatic": {"approval": "automatic"},
    "export": {"type": "export"},
}
INCLUDED = (
    (),
    (),
    ("lab/job:weak",),
    ("lab/job:v1", "lab/job:v2"),
    ("lab/job:v1",),
    ("lab/job:weak", "lab/model:w"),
    ("lab/report:r0",),  # nothing to be reviewed
)
UNDER_WAY = (State.RECEIVED, State.PLANNING, State.RUNNING, State.VERIFYING)
ids = st.sampled_from(IDS)
small = st.integers(-1, 12)


@dataclass
class Approved:
    """What somebody approved: the hash, and the assets that may be deleted, with their pages."""

    plan_hash: str
    assets: dict[str, int]


class Machine(RuleBasedStateMachine):
    """One workspace, three requests, and everybody's doings."""

    calls: ClassVar[int] = 0
    units: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        things = [
            Thing("report", "r0"),
            Thing("report", "r1"),
            Thing("report", "r2"),
            Thing("report", "sample", builtin=True),
            Thing("job", "v1", unit="fam"),
            Thing("job", "v2", "", "fam", text="tomas.user@example.org"),
            Thing("job", "his"),
            Thing("job", "weak", owner="", text="tomas.user@example.org"),
            Thing("job", "hers", MIRA_ID),
            Thing("model", "m"),
            Thing("model", "w", owner="", text="tomas.user@example.org"),
        ]
        self.made, self.depot = rig_of(*things)
        self.depot.guard = self.check
        self.approved: dict[str, Approved] = {}
        self.automatic: set[str] = set()
        self.hashes = ["0" * 64, ""]
        self.current = ""
        self.ended: dict[str, tuple[State, int]] = {}

    # What the service checks.

    def check(self, kind: str, unit: str) -> None:
        """Fail where a delete is called that nobody approved."""
        Machine.calls += 1
        Machine.units.add(f"{kind}:{unit}")
        ledger = self.made.ports.ledger
        record, sealed = ledger.load(self.current), ledger.plan(self.current)
        assert record.type == "delete"
        assert record.status == State.RUNNING
        assert record.erasing
        assert not record.plan_only
        assert sealed is not None
        assert record.approved_plan == record.plan_hash == sealed.plan_hash
        if self.current in self.automatic:
            self.approved.setdefault(self.current, self._entries(self.current, ()))
        approved = self.approved[self.current]
        assert approved.plan_hash == record.plan_hash
        if kind == "workspace":
            assert unit == OWN_ID
            assets = {f"lab/workspace:{unit}"}
        else:
            family = [t for t in self.depot.things if t.kind == kind and (t.unit or t.id) == unit]
            there = [t for t in family if t.id not in self.depot.gone]
            assert not any(t.builtin for t in family)
            assets = {f"lab/{kind}:{t.id}" for t in there}
        assert assets <= set(approved.assets)
        pages = {approved.assets[a] for a in assets}
        assert len(pages) <= 1
        held = {a for h in self.made.ports.holds.all() for a in (h.assets or {"all"})}
        assert not held if kind == "workspace" else held.isdisjoint(assets)

    def _entries(self, request_id: str, include: tuple[str, ...]) -> Approved:
        sealed = self.made.ports.ledger.plan(request_id)
        assert sealed is not None
        assets = {}
        for page in range(1, 100):
            shown = viewing.plan(self.made.ports, request_id, page)
            for entry in shown["items"]:
                included = entry["action"] == "review" and entry["asset"] in include
                if entry["action"] == "delete" or included:
                    assets[entry["asset"]] = self._page_of(request_id, entry["asset"])
            if not shown["next_page"]:
                break
        return Approved(sealed.plan_hash, assets)

    def _page_of(self, request_id: str, asset: str) -> int:
        ledger = self.made.ports.ledger
        sealed = ledger.plan(request_id)
        assert sealed is not None
        mark = json.dumps(asset).encode()
        return next(
            n for n, p in enumerate(sealed.pages) if mark in ledger.page(request_id, p.name)
        )

    @contextlib.contextmanager
    def on(self, request_id: str):
        """Work on a request as a handler does; what is refused is refused."""
        self.current = request_id
        with contextlib.suppress(DsrError, LookupError):
            yield
        self.current = ""

    # What people do.

    @initialize(
        what=st.sampled_from(sorted(BODIES)),
        allowed=st.booleans(),
        approved=st.booleans(),
        include=st.sampled_from(INCLUDED),
    )
    def begin(self, what: str, allowed: bool, approved: bool, include: tuple[str, ...]) -> None:
        self.allow(allowed)
        self.submit(IDS[0], what, False)
        self.come_to_rest()
        if approved:
            self.approve(IDS[0], "right", include)

    @rule(request_id=ids, what=st.sampled_from(sorted(BODIES)), by_queue=st.booleans())
    def submit(self, request_id: str, what: str, by_queue: bool) -> None:
        body = {"request_id": request_id, "type": "delete", "subject": SUBJECT} | BODIES[what]
        data = json.dumps(body).encode()
        with self.on(request_id):
            if by_queue:
                intake.submit_message(self.made.ports, data, f"m-{request_id}")
                return
            _, new = intake.submit(self.made.ports, data)
            if new and what == "automatic":
                assert self.made.ports.allow_automatic_approval
                self.automatic.add(request_id)

    @rule(allowed=st.booleans())
    def allow(self, allowed: bool) -> None:
        self.made.with_ports(allow_automatic_approval=allowed)

    @rule(
        request_id=ids,
        which=st.sampled_from(["right", "right", "right", "wrong", "others", "old"]),
        include=st.sampled_from(INCLUDED),
    )
    def approve(self, request_id: str, which: str, include: tuple[str, ...]) -> None:
        with self.on(request_id):
            right = self.made.ports.ledger.load(request_id).plan_hash or ""
            others = [h for h in self.hashes if h != right]
            told = right if which == "right" else others[-1 if which == "old" else 0]
            body = {"plan_hash": told, "approver": APPROVER, "include": list(include)}
            entries = self._entries(request_id, include) if right else None
            after = deciding.approve(self.made.ports, request_id, json.dumps(body).encode())
            assert told == right == after.plan_hash
            assert entries is not None
            self.approved[request_id] = entries

    @rule(request_id=ids)
    def reject(self, request_id: str) -> None:
        with self.on(request_id):
            deciding.reject(self.made.ports, request_id, b'{"approver": "dpo@example.org"}')

    @rule(request_id=ids)
    def cancel(self, request_id: str) -> None:
        with self.on(request_id):
            steering.cancel(self.made.ports, request_id)

    @rule(request_id=ids)
    def retry(self, request_id: str) -> None:
        with self.on(request_id):
            steering.retry(self.made.ports, request_id)

    @rule(asset=st.sampled_from(["lab/report:r0", "lab/job:v2", "lab/model:m"]), ends=st.booleans())
    def hold(self, asset: str, ends: bool) -> None:
        if ends:
            self.made.ports.holds.remove("case-7")
        else:
            self.made.hold("case-7", [asset])

    @rule(place=st.integers(0, 10), new=st.booleans())
    def change(self, place: int, new: bool) -> None:
        thing = self.depot.things[place]
        if new:
            number = len(self.depot.things)
            self.depot.things.append(Thing(thing.kind, f"new{number}", MIRA_ID, thing.unit))
        else:
            thing.state += "1"

    @rule(unit=st.sampled_from(["r0", "r1", "fam", "his", OWN_ID]), refused=st.booleans())
    def trouble(self, unit: str, refused: bool) -> None:
        error = Refused("403") if refused else Unavailable("500")
        self.depot.troubles.setdefault(f"delete {unit}", []).append(error)

    # What queues and the clock do.

    @rule(place=small, copies=st.sampled_from([1, 1, 2]), lost=st.booleans())
    def deliver(self, place: int, copies: int, lost: bool) -> None:
        if not self.made.queues.sent:
            return
        message = self.made.queues.sent[place % len(self.made.queues.sent)]
        self.made.queues.sent.remove(message)
        if not lost or copies == 2:
            self.made.wait(message[2])
            self._handle(message, copies)

    def _handle(self, message: tuple[str, bytes, float], copies: int = 1) -> None:
        for _ in range(copies):
            with self.on(json.loads(message[1])["request"]):
                self.made.handlers()[message[0]](message[1])

    @rule()
    def come_to_rest(self) -> None:
        for _ in range(3000):
            if not self.made.queues.sent:
                return
            message = min(self.made.queues.sent, key=lambda m: m[2])
            if self._waits_for_people(message):
                return
            self.made.queues.sent.remove(message)
            self.made.wait(message[2])
            self._handle(message)
        raise AssertionError("messages breed without end")

    def _waits_for_people(self, message: tuple[str, bytes, float]) -> bool:
        """Tell whether nothing but a look whose turn it is is left."""
        return message[2] >= 60 and b"dispatch" in message[1]

    @rule(hours=st.sampled_from([1, 30]))
    def sweep(self, hours: int) -> None:
        self.made.later(hours=hours)
        self.made.sweep()

    # What somebody forges.

    @rule(request_id=ids, batch=small, place=small, attempt=small, poison=st.booleans())
    def forge_delete(
        self, request_id: str, batch: int, place: int, attempt: int, poison: bool
    ) -> None:
        with self.on(request_id):
            sealed = self.made.ports.ledger.plan(request_id)
            names = [p.name for p in sealed.pages] if sealed else ["none"]
            name = names[batch % len(names) if place < 6 else place % len(names)]
            message = DeleteMessage(request_id, batch, name, attempt)
            (erasing.poisoned if poison else erasing.erase)(self.made.ports, message)

    @rule(request_id=ids, attempt=small, nudge=st.booleans())
    def forge_finish(self, request_id: str, attempt: int, nudge: bool) -> None:
        with self.on(request_id):
            finishing.finish(self.made.ports, FinishMessage(request_id, attempt, nudge))

    @rule(
        request_id=ids,
        step=st.sampled_from(["start", "workspace", "list", "dispatch"]),
        number=small,
        again=st.booleans(),
    )
    def forge_plan(self, request_id: str, step: Any, number: int, again: bool) -> None:
        with self.on(request_id):
            message = PlanMessage(request_id, step, 0, max(number, 0) % 3 + 1, 0, 0)
            planning.plan(self.made.ports, message, again)

    @rule(request_id=ids, batch=small)
    def forge_export(self, request_id: str, batch: int) -> None:
        with self.on(request_id):
            sealed = self.made.ports.ledger.plan(request_id)
            if sealed is not None and 0 <= batch < len(sealed.pages):
                message = ExportMessage(request_id, batch, sealed.pages[batch].name)
                exporting.export(self.made.ports, message)

    # What always holds.

    @invariant()
    def nothing_is_asked_for_after_it_counted(self) -> None:
        assert self.depot.late == []

    @invariant()
    def ends_stay(self) -> None:
        for entry in self.made.ports.ledger.index():
            record = self.made.ports.ledger.load(entry.request_id)
            if record.plan_hash:
                self.hashes.append(record.plan_hash)
            before = self.ended.get(record.request_id)
            if before is not None and before[0] != State.COMPLETED_WITH_EXCEPTIONS:
                assert record.status == before[0]
            if record.status in FINAL:
                self.ended[record.request_id] = record.status, len(self.depot.asked)

    def teardown(self) -> None:
        self.come_to_rest()
        for _ in range(8):
            self.sweep(30)
            self.come_to_rest()
        for entry in self.made.ports.ledger.index():
            record = self.made.ports.ledger.load(entry.request_id)
            assert record.status not in UNDER_WAY, record.status
            if record.erasing and record.status in FINAL and not record.erased:
                asked = {r["asset"] for r in self.made.results(record.request_id)}
                planned = viewing.plan(self.made.ports, record.request_id, 1)["items"]
                assert asked == {e["asset"] for e in planned}


def test_nothing_is_deleted_but_what_somebody_approved():
    Machine.calls, Machine.units = 0, set()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=300,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Machine.calls > 100
    assert {"report:r0", "job:fam", "job:weak", f"workspace:{OWN_ID}"} <= Machine.units
