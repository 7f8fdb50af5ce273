"""Whatever people and messages do, in whatever order: the life of a request stays in its table."""

import contextlib
import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dsr.errors import DsrError
from dsr.model.states import FINAL, TRANSITIONS, State
from dsr.usecases import deciding, steering
from tests.fakes.flaky import deliver
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import SUBJECT, rig

ACTIONS = st.sampled_from(
    [
        "deliver",
        "deliver some",
        "deliver twice",
        "lose one",
        "approve",
        "approve another",
        "reject",
        "cancel",
        "submit",
        "sweep",
        "an hour",
    ]
)


def reachable() -> dict[State, set[State]]:
    found = {state: {state} for state in State}
    for _ in State:
        for state, seen in found.items():
            found[state] = seen | {after for s in seen for after in TRANSITIONS[s]}
    return found


REACHABLE = reachable()


class Story:
    """One request, with what was seen of it."""

    def __init__(self, seed: int, body: dict[str, Any]) -> None:
        self.made: Rig = rig(3, 1)
        self.body = {"subject": SUBJECT} | body
        self.random = random.Random(seed)
        self.made.submit(**self.body)
        self.seen = [self.state]
        self.approved = not body.get("approval")

    @property
    def state(self) -> State:
        return self.made.ports.ledger.load(REQUEST_ID).status

    def do(self, action: str) -> None:
        with contextlib.suppress(DsrError):  # refused, which is fine if nothing broke
            self._do(action)
        self.check()

    def _do(self, action: str) -> None:
        made, handlers = self.made, self.made.handlers()
        match action:
            case "deliver":
                deliver(made.queues, handlers, 1, self.random)
            case "deliver some":
                deliver(made.queues, handlers, 5, self.random)
            case "deliver twice" if made.queues.sent:
                queue, body, _ = self.random.choice(made.queues.sent)
                handlers[queue](body)
            case "lose one" if made.queues.sent:
                made.queues.sent.remove(self.random.choice(made.queues.sent))
            case "approve" | "approve another":
                plan_hash = made.status()["plan_hash"] if action == "approve" else "0" * 64
                body = {"plan_hash": plan_hash or "none", "approver": "dpo"}
                deciding.approve(made.ports, REQUEST_ID, json.dumps(body).encode())
                assert action == "approve"
                self.approved = True
            case "reject":
                deciding.reject(made.ports, REQUEST_ID, b'{"approver":"dpo"}')
            case "cancel":
                steering.cancel(made.ports, REQUEST_ID)
            case "submit":
                made.submit(**self.body)
            case "sweep":
                made.sweep()
            case "an hour":
                made.later(hours=1)

    def check(self) -> None:
        before, now = self.seen[-1], self.state
        record = self.made.ports.ledger.load(REQUEST_ID)
        assert now in REACHABLE[before]
        if before in FINAL:
            assert now == before
        ran = {State.RUNNING, State.VERIFYING, State.COMPLETED}
        if self.made.exports.blobs:
            assert now == State.COMPLETED
        if self.made.exports.blocks or self.made.exports.blobs:
            assert ran & {*self.seen, now}, "nothing is staged before it runs"
            assert self.approved, "nothing is staged before it is approved"
        assert (record.package is not None) == (now == State.COMPLETED and not record.plan_only)
        assert record.final == (record.ended_at is not None)
        if now in (State.RUNNING, State.VERIFYING, State.COMPLETED):
            assert record.plan_hash
            assert self.approved or record.plan_only
        self.seen.append(now)

    def end(self) -> None:
        """Let it come to rest, with the sweeper's help where messages were lost."""
        for _ in range(4):
            while self.made.queues.sent:
                self.do("deliver some")
            if self.state in FINAL or self.state == State.AWAITING_APPROVAL:
                break
            self.made.later(days=1)
            self.made.sweep()
        assert self.state in FINAL or self.state == State.AWAITING_APPROVAL
        assert bool(self.made.exports.blobs) == (
            self.state == State.COMPLETED and not self.body.get("plan_only")
        )
        if self.state == State.COMPLETED and not self.body.get("plan_only"):
            assert {r["outcome"] for r in self.made.results()} == {"exported"}
            assert len(self.made.results()) == 4


@settings(max_examples=150)
@given(
    seed=st.integers(0, 2**16),
    body=st.sampled_from(
        [
            {},
            {"approval": "required"},
            {"plan_only": True},
            {"approval": "required", "plan_only": True},
        ]
    ),
    actions=st.lists(ACTIONS, max_size=25),
)
def test_any_order_of_calls_and_deliveries_keeps_the_invariants(seed, body, actions):
    story = Story(seed, body)
    for action in actions:
        story.do(action)
    story.end()
