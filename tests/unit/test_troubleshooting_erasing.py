"""Messages of docs/troubleshooting.md in plans, results and answers of deletes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from dsr.errors import DsrError, Refused, Unavailable
from dsr.model.asset import Asset, Kind
from dsr.model.messages import DeleteMessage, FinishMessage
from dsr.usecases import deciding, erasing, finishing, holding, steering, viewing
from dsr.usecases.connector import File
from tests.fakes.flaky import FlakyConnector, deliver
from tests.fakes.functions import App
from tests.fakes.made_up_connector import Job, _Page
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import MIRA, MIRA_ID, SUBJECT, TOMAS, TOMAS_ID, jobs
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World, answered

SAYS = Provokers()
ONE, HERS = "lab/job:job0.0", "lab/job:hers0.0"
WHOLE = {"select": "workspace", "workspaces": ["lab"]}
MENTION = {"hers0.0": "ask tomas.user@example.org"}
AWAY = Unavailable("delete job could not be reached")
Disturb = Callable[[Rig], None]


@dataclass
class Families(FlakyConnector):
    """Jobs some of which are versions of one thing, and some of which no list shows."""

    units: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    disputed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    endless: bool = False
    empty: bool = False

    def assets(self, kind: str, cursor: str | None) -> _Page:
        page = super().assets(kind, cursor)
        shown = [a for a in page if a.id not in self.hidden]
        return _Page(shown, "https://made.up/next?at=0" if self.endless else page.next)

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Iterator[File]:
        return iter(()) if self.empty else super().read(kind, asset_id, listed, include_data)

    def _asset(self, kind: str, job: Job) -> Asset:
        unit, disputed = self.units.get(job.name, ""), self.disputed.get(job.name, ())
        return replace(super()._asset(kind, job), unit=unit, disputed=disputed)


def lab(**options: Any) -> Rig:
    """A workspace with one job of Tomas and one of Mira."""
    made = jobs(1) + jobs(1, MIRA_ID, "hers")
    return Rig({"lab": Families(made, [MIRA, TOMAS], page_size=9, **options)})


def sharing() -> Rig:
    """A workspace whose jobs may be another one's as well."""
    rig = lab()
    made = service(rig)
    made.kinds = tuple(replace(kind, shared=True) for kind in made.kinds)
    return rig


def service(rig: Rig) -> Any:
    return rig.connectors["lab"]


def hold(rig: Rig) -> None:
    body = {"workspace": "lab", "assets": "all", "reason": "litigation"}
    holding.put(rig.ports, "case-1", json.dumps(body).encode())


def planned(rig: Rig, **body: Any) -> None:
    rig.submit(**{"type": "delete", "subject": SUBJECT} | body)
    rig.pump()
    assert rig.status()["status"] == "awaiting_approval"


def approve(rig: Rig, include: list[str]) -> None:
    hash_ = rig.status()["plan_hash"]
    body = {"plan_hash": hash_, "approver": "dpo", "include": include}
    deciding.approve(rig.ports, REQUEST_ID, json.dumps(body).encode())


def shown(rig: Rig) -> list[Said]:
    """Give the reasons of the plan."""
    items = viewing.plan(rig.ports, REQUEST_ID, 1)["items"]
    return [Said("plan: `reason`", i["reason"]) for i in items if "reason" in i]


def erased(
    make: Callable[[], Rig] = lab,
    /,
    *,
    before: Disturb = lambda rig: None,
    after: Disturb = lambda rig: None,
    include: tuple[str, ...] = (),
    verify: float = 0.0,
    **body: Any,
) -> Provoker:
    """Delete to the end, with something done before the plan is made, or after its approval."""

    def provoke(world: World) -> list[Said]:
        rig = make()
        rig.with_ports(verify_seconds=verify)
        before(rig)
        planned(rig, **body)
        said = shown(rig)
        approve(rig, list(include))
        after(rig)
        rig.pump()
        return said + world.outcome(rig)

    return provoke


# What the plan says

TWO = {"hers0.0": "family", "job0.0": "family"}
SAYS("a {tier} match; acted on only where the approval includes it")(
    erased(lambda: lab(texts=MENTION))
)
SAYS("it goes as a whole, and other versions of it are not part of the request")(
    erased(lambda: lab(units=TWO))
)
SAYS("it goes as a whole, and another version of it is to be reviewed")(
    erased(lambda: lab(units=TWO, texts=MENTION))
)
SAYS("goes with the workspace")(erased(scope=WHOLE))
SAYS("it may be another workspace's as well; it goes only where it is included")(
    erased(sharing, scope=WHOLE)
)
TORN = {"job0.0": ("one", "two")}
SAYS("the service does not say clearly what a delete would take with it")(
    erased(lambda: lab(disputed=TORN))
)

# What was not deleted, and why

SAYS("the approval does not include it")(erased(lambda: lab(texts=MENTION)))
SAYS("it goes as a whole, and other versions of it are not approved")(
    erased(lambda: lab(units=TWO, texts=MENTION), include=(ONE,))
)


def workspace_refuses() -> Rig:
    rig = lab(troubles={"delete made-up": [Refused("delete workspace was answered with 403")]})
    return as_target(rig)


def as_target(rig: Rig) -> Rig:
    """Let the target's id be that of the made-up workspace."""
    target = replace(rig.ports.targets["lab"], workspace_id="made-up")
    rig.with_ports(targets={"lab": target})
    return rig


def workspace_goes(rig: Rig) -> None:
    service(rig).gone.add("made-up")


def workspace_goes_halfway(rig: Rig) -> None:
    workspace_goes(rig)
    service(rig).haunted = True


SAYS("it goes with the workspace, which is still there")(erased(workspace_refuses, scope=WHOLE))
SAYS("the workspace is no longer there, and its service still shows this")(
    erased(lambda: as_target(lab()), scope=WHOLE, after=workspace_goes_halfway)
)
SAYS("changed since approval: it is no longer there, nor is the workspace")(
    erased(lambda: as_target(lab()), scope=WHOLE, after=workspace_goes)
)
SAYS("the app deletes none of this kind: a person does")(erased())
SAYS("a workspace is deleted only by a request whose scope.select is workspace")(
    erased(scope={"select": "assets", "assets": ["lab/workspace:made-up"]})
)
SAYS("legal hold {id}")(erased(before=hold))
SAYS("cancelled")(erased(after=lambda rig: void(steering.cancel(rig.ports, REQUEST_ID))))


def void(_: object) -> None:
    """Drop a value."""


def written(rig: Rig) -> None:
    service(rig).jobs[0].output = b"written anew"


def grown(rig: Rig) -> None:
    service(rig).jobs.append(Job("job0.1", TOMAS_ID, b"more"))


SAYS("changed since approval")(erased(after=written))
SAYS("changed since approval: it is no longer there")(
    erased(after=lambda rig: service(rig).gone.add("job0.0"))
)
SAYS("changed since approval: the list no longer shows it")(
    erased(after=lambda rig: service(rig).hidden.add("job0.0"))
)
SAYS("changed since approval: there are further versions of it")(
    erased(lambda: lab(units={"job0.0": "family", "job0.1": "family"}), after=grown)
)
SAYS("changed since approval: it is not clear what is of it")(
    erased(
        lambda: lab(units={"job0.0": "one"}),
        after=lambda rig: service(rig).disputed.update({"hers0.0": ("one", "two")}),
    )
)
TAKING = (
    Kind("job", batch=2, folder=True, erasable=True, stage=1, takes_users=True, by_hand=("Go.",)),
)
ALONG = {"job0.0": ("job:hers0.0",)}
SAYS("something of kind {kind} stays, and would go with it")(
    erased(lambda: lab(kinds=TAKING, users=ALONG, texts=MENTION))
)
SAYS("changed since approval: something of kind {kind} is in it that was not")(
    erased(scope=WHOLE, after=grown)
)
SAYS("changed since approval: something of kind {kind} in it was changed")(
    erased(scope=WHOLE, after=written)
)

# What was to be exported first

SAYS("it was not exported whole, so it is not deleted")(
    erased(lambda: lab(refuse={"job0.0"}), export_first=True)
)
SAYS("there is no package that holds it, so it is not deleted")(
    erased(lambda: lab(empty=True), export_first=True)
)
BOUND = (Kind("job", batch=2, folder=True, by_hand=("Go.",)),)
SAYS("not all that is in it was exported whole, so it is not deleted")(
    erased(lambda: as_target(lab(refuse={"job0.0"}, kinds=BOUND)), export_first=True, scope=WHOLE)
)
SAYS("something of kind {kind} in it was not deleted")(
    erased(
        lambda: as_target(lab(troubles={"delete job0.0": [Refused("delete job says 403")]})),
        scope=WHOLE,
    )
)


@SAYS("the package does not hold it as it was exported, so it is not deleted")
def _(world: World) -> list[Said]:
    rig = lab()
    planned(rig, export_first=True)
    approve(rig, [])
    while not rig.exports.blobs:
        assert deliver(rig.queues, rig.handlers()) == 1
    (package,) = rig.exports.blobs.values()
    package.data = bytes(len(package.data))
    rig.pump()
    return world.outcome(rig)


# What failed

SAYS("the list of kind {kind} does not end")(
    erased(after=lambda rig: setattr(service(rig), "endless", True))
)
SAYS("the delete was refused: {message}")(
    erased(lambda: lab(troubles={"delete job0.0": [Refused("delete job was answered with 403")]}))
)
SAYS("the delete ended in failure: {message}")(
    erased(lambda: lab(slow={"job0.0"}, fails={"job0.0"}))
)
STILL = "still there {n} s after its delete was asked for: "
SAYS(STILL + "the service still gives it")(erased(lambda: lab(troubles={"delete job0.0": [AWAY]})))
SAYS(STILL + "a list still shows it")(erased(lambda: lab(lagging={"job0.0"})))
SAYS(STILL + "the delete is under way")(erased(lambda: lab(slow={"job0.0"}, polls=9)))
SAYS(STILL + "{message}")(erased(lambda: lab(troubles={"look job0.0": [AWAY, AWAY]})))


@SAYS("still there, and whether its delete counted is not known; not asked again: {message}")
def _(world: World) -> list[Said]:
    rig = lab(troubles={"delete job0.0": [AWAY]})
    planned(rig)
    approve(rig, [])
    while not any("/intents/" in name for name in rig.ledger.blobs):
        assert deliver(rig.queues, rig.handlers()) == 1
    hold(rig)
    rig.later(minutes=2)
    rig.pump()
    return world.outcome(rig)


@SAYS("request {id} waits for request {id}")
def _(world: World) -> list[Said]:
    rig = lab()
    planned(rig)
    other = "00000000-1111-4222-8333-444444444444"
    rig.submit(request_id=other, subject=SUBJECT)
    approve(rig, [])
    rig.pump()
    return world.logged()


@SAYS(
    "what became of its deletes could not be added up; see docs/troubleshooting.md and the app's"
    " log"
)
def _(world: World) -> list[Said]:
    rig = lab()
    planned(rig)
    approve(rig, [])
    finishing.poisoned(rig.ports, FinishMessage(REQUEST_ID))
    return world.outcome(rig)


# What callers get


def answer(name: str, include: tuple[str, ...] = (), **changes: Any) -> Provoker:
    """Call a route of a delete that waits for approval."""

    def provoke(world: World) -> list[Said]:
        rig = lab()
        app = App(world.monkeypatch, rig)
        planned(rig, **changes)
        body = {"plan_hash": rig.status()["plan_hash"], "approver": "dpo"}
        body |= {"include": list(include)} if include else {}
        return answered(app.http(name, json.dumps(body).encode(), id=REQUEST_ID))

    return provoke


SAYS("is no entry of the plan whose action is review")(answer("approve_request", (ONE,)))
SAYS(
    "the {kind} is {state}; only a delete that ended with exceptions can be run again, for anything"
    " else submit a new request"
)(answer("retry_request"))


@SAYS("the plan of a request that waits for approval is gone")
def _(world: World) -> list[Said]:
    rig = lab()
    planned(rig)
    rig.ledger.delete(f"requests/{REQUEST_ID}/plan.json")
    body = {"plan_hash": rig.status()["plan_hash"], "approver": "dpo", "include": [ONE]}
    app = App(world.monkeypatch, rig)
    return answered(app.http("approve_request", json.dumps(body).encode(), id=REQUEST_ID))


def run_again(days: int, **options: Any) -> Provoker:
    """Ask to run a delete again some days after its end."""

    def provoke(world: World) -> list[Said]:
        rig = lab(**options)
        rig.with_ports(verify_seconds=0.0)
        planned(rig)
        approve(rig, [])
        rig.pump()
        rig.later(days=days)
        rig.sweep()
        return answered(App(world.monkeypatch, rig).http("retry_request", id=REQUEST_ID))

    return provoke


SAYS("nothing of the request failed; there is nothing to run again")(run_again(1))
SAYS("what the request held has been erased; submit a new one")(
    run_again(31, troubles={"delete job0.0": [AWAY]})
)


def raised(disturb: Disturb, include: tuple[str, ...] = (), **options: Any) -> Provoker:
    """Approve a delete whose plan is changed behind the app's back."""

    def provoke(world: World) -> list[Said]:
        rig = lab(**options)
        planned(rig)
        approve(rig, list(include))
        disturb(rig)
        with pytest.raises(DsrError) as caught:
            rig.pump()
        assert service(rig).asked == []
        return [Said("exception", str(caught.value))]

    return provoke


def other_plan(rig: Rig) -> None:
    blob = rig.ledger.blobs[f"requests/{REQUEST_ID}/plan.json"]
    blob.data = json.dumps(json.loads(blob.data) | {"plan_hash": "f" * 64}).encode()


def other_page(rig: Rig) -> None:
    for name, blob in rig.ledger.blobs.items():
        if "/pages/" in name:
            blob.data += b"\n"


SAYS("the plan is not the one that was approved")(raised(other_plan))
SAYS("a page of the plan is not the one that was approved")(raised(other_page))


def includes_more(rig: Rig) -> None:
    for name, blob in rig.ledger.blobs.items():
        if "/approvals/" in name:
            blob.data = b'["lab/job:job0.0"]'


def includes_nothing(rig: Rig) -> None:
    for name in [n for n in rig.ledger.blobs if "/approvals/" in n]:
        rig.ledger.delete(name)


SAYS("what the approval includes is gone")(raised(includes_nothing, (HERS,), texts=MENTION))


@SAYS(
    "what was approved is no longer there as it was; see docs/troubleshooting.md and the app's log"
)
def _(world: World) -> list[Said]:
    rig = lab(texts=MENTION)
    planned(rig)
    approve(rig, [HERS])
    includes_nothing(rig)
    while not any(q == "dsr-delete" for q, _, _ in rig.queues.sent):
        assert deliver(rig.queues, rig.handlers()) == 1
    (body, *_) = [b for q, b, _ in rig.queues.sent if q == "dsr-delete"]
    erasing.poisoned(rig.ports, DeleteMessage.from_bytes(body))
    return world.outcome(rig)


SAYS("what the approval includes is not what was approved")(
    raised(includes_more, (HERS,), texts=MENTION)
)


def test_what_failed_is_run_again_and_nothing_else():
    rig = lab(troubles={"delete job0.0": [AWAY]})
    rig.with_ports(verify_seconds=0.0)
    planned(rig)
    approve(rig, [])
    rig.pump()
    before = {r["asset"]: r["outcome"] for r in rig.results()}
    assert (before.pop(ONE), rig.status()["status"]) == ("failed", "completed_with_exceptions")
    steering.retry(rig.ports, REQUEST_ID)
    rig.pump()
    after = {r["asset"]: r["outcome"] for r in rig.results()}
    assert (after.pop(ONE), after) == ("deleted", before)


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
