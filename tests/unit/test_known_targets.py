"""The workspaces that the app knows: stable names, lists that fail, requests that go on."""

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsr.errors import Conflict, Invalid, ServiceError, StorageAway, Unusable
from dsr.model.found_workspace import FoundWorkspace
from dsr.model.target import WorkspaceTarget
from dsr.model.target_name import is_usable, name_for
from dsr.storage.target_names import BlobTargetNames
from dsr.usecases import deciding, readiness, viewing
from dsr.usecases.known_targets import FAILED_FRESH, FRESH, KnownTargets
from tests.fakes.functions import App
from tests.fakes.made_up_connector import MadeUpConnector
from tests.fakes.memory_blobs import MemoryBlobs
from tests.fakes.rig import REQUEST_ID, Rig, target
from tests.fakes.sample import MIRA, SUBJECT, TOMAS, jobs

ONE = "11111111-2222-3333-4444-555555555555"
TWO = "22222222-2222-3333-4444-555555555555"
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def found(name: str, group: str = "rg", sub: str = ONE) -> FoundWorkspace:
    provider = "Microsoft.MachineLearningServices"
    arm_id = f"/subscriptions/{sub}/resourceGroups/{group}/providers/{provider}/workspaces/{name}"
    return FoundWorkspace("azureml", arm_id, name, "", "westeurope")


@dataclass
class Subscriptions:
    """Subscriptions on order; what is in `broken` can't be listed, `odd` names become no target."""

    held: dict[str, list[FoundWorkspace]]
    broken: dict[str, ServiceError] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)
    lists: int = 0

    @property
    def subscriptions(self) -> tuple[str, ...]:
        return tuple(self.held)

    def workspaces(self, subscription: str) -> Iterable[FoundWorkspace]:
        self.lists += 1
        if subscription in self.broken:
            raise self.broken[subscription]
        return iter(self.held[subscription])

    def target(self, name: str, each: FoundWorkspace) -> WorkspaceTarget:
        if each.name in self.odd:
            raise Unusable("its location is no region whose endpoints are known")
        return replace(target(name), workspace_id=each.name, arm_id=each.arm_id)


@dataclass
class Clock:
    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def later(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def known(
    held: dict[str, list[FoundWorkspace]],
    configured: dict[str, WorkspaceTarget] | None = None,
    blobs: MemoryBlobs | None = None,
    **options: Any,
) -> tuple[KnownTargets, Subscriptions, Clock]:
    lists, clock = Subscriptions(held, **options), Clock()
    names = BlobTargetNames(blobs if blobs is not None else MemoryBlobs())
    return KnownTargets(configured or {}, lists, names, clock), lists, clock


def ids(targets: KnownTargets) -> dict[str, str]:
    return {name: t.arm_id for name, t in targets.items()}


def test_all_workspaces_of_all_subscriptions_are_there_beside_the_configured_ones():
    targets, lists, _ = known(
        {ONE: [found("a")], TWO: [found("b", sub=TWO)]}, {"own": target("own")}
    )
    assert lists.lists == 0
    assert set(targets) == {"own", "a", "b"}
    assert len(targets) == 3
    assert targets["b"].arm_id == found("b", sub=TWO).arm_id
    assert lists.lists == 2


def test_a_configured_name_is_given_without_listing_anything():
    targets, lists, _ = known({ONE: []}, {"own": target("own")})
    assert targets["own"].name == "own"
    assert "own" in targets
    assert lists.lists == 0


def test_a_configured_target_wins_by_its_resource_id_whatever_the_case():
    own = replace(target("mine"), arm_id=found("a").arm_id.upper())
    targets, _, _ = known({ONE: [found("a"), found("b")]}, {"mine": own})
    assert set(targets) == {"mine", "b"}
    assert "a" not in targets


def test_a_classic_target_without_a_resource_id_wins_by_its_own_id():
    classic = replace(found("a"), service="studio-classic", workspace_id=target("x").workspace_id)
    targets, _, _ = known({ONE: [classic]}, {"mine": target("mine")})
    assert set(targets) == {"mine"}


def test_names_that_clash_get_a_mark_and_the_first_one_keeps_its_name_for_good():
    blobs = MemoryBlobs()
    first, second = found("ml", "zz"), found("ml", "aa")
    targets, lists, clock = known({ONE: [first]}, blobs=blobs)
    assert ids(targets) == {"ml": first.arm_id}
    lists.held[ONE] = [second, first]
    clock.later(FRESH)
    marked = name_for("ml", second.arm_id, {"ml"})
    assert ids(targets) == {"ml": first.arm_id, marked: second.arm_id}
    again, _, _ = known({ONE: [second, first]}, blobs=blobs)
    assert ids(again) == ids(targets)


def test_a_name_is_never_given_to_another_workspace_not_even_once_the_first_is_gone():
    blobs = MemoryBlobs()
    targets, _, _ = known({ONE: [found("ml", "old")]}, blobs=blobs)
    assert set(targets) == {"ml"}
    anew, _, _ = known({ONE: [found("ml", "new")]}, blobs=blobs)
    (name,) = anew
    assert name.startswith("ml-")
    assert anew["ml"].arm_id == found("ml", "old").arm_id


def test_a_configured_targets_name_is_not_given_to_a_found_workspace():
    targets, _, _ = known({ONE: [found("Own")]}, {"own": target("own")})
    assert set(targets) == {"own", name_for("Own", found("Own").arm_id, {"own"})}


def test_lists_are_kept_for_a_while_and_a_failed_one_for_less():
    targets, lists, clock = known({ONE: [found("a")]})
    assert "a" in targets
    clock.later(FRESH - 1)
    assert "b" not in targets
    assert lists.lists == 1
    lists.held[ONE].append(found("b"))
    lists.broken[ONE] = Unusable("list workspaces was answered with 403")
    clock.later(1)
    assert targets.unlisted()
    lists.broken.clear()
    clock.later(FAILED_FRESH)
    assert "b" in targets
    assert targets.unlisted() == {}


def test_a_subscription_that_can_not_be_listed_is_told_and_what_it_had_stays():
    targets, lists, clock = known({ONE: [found("a")], TWO: [found("b", sub=TWO)]})
    assert set(targets) == {"a", "b"}
    lists.broken[TWO] = Unusable("list workspaces was answered with 403")
    clock.later(FRESH)
    assert set(targets) == {"a", "b"}
    assert targets.unlisted() == {
        f"subscription-{TWO}": "the workspaces of this subscription could not be listed:"
        " list workspaces was answered with 403"
    }


def test_what_is_gone_is_no_longer_shown_and_can_still_be_looked_up():
    targets, lists, clock = known({ONE: [found("a")]})
    assert set(targets) == {"a"}
    lists.held[ONE] = []
    clock.later(FRESH)
    assert list(targets) == []
    assert targets["a"].arm_id == found("a").arm_id


def test_a_workspace_that_becomes_no_target_is_told_by_its_name():
    targets, _, _ = known({ONE: [found("a"), found("far")]}, odd={"far"})
    assert set(targets) == {"a"}
    assert targets.unlisted() == {"far": "its location is no region whose endpoints are known"}
    with pytest.raises(KeyError):
        targets["far"]


def test_two_processes_at_once_give_one_name_once():
    blobs = MemoryBlobs()
    one, _, _ = known({ONE: [found("ml", "a")]}, blobs=blobs)
    two, _, _ = known({TWO: [found("ml", "b", TWO)]}, blobs=blobs)
    real, done = blobs.create, []

    def create(name: str, data: bytes, metadata: Any = None) -> None:
        if not done:
            done.append(True)
            assert set(two) == {"ml"}  # the other process gets in between
        real(name, data, metadata)

    blobs.create = create  # type: ignore[method-assign]
    (name,) = one
    assert name.startswith("ml-")
    assert two["ml"].arm_id != one[name].arm_id


class Busy:
    """Names that somebody else always changes."""

    def all(self) -> dict[str, FoundWorkspace]:
        return {}

    def add(self, names: dict[str, FoundWorkspace]) -> bool:
        return False


def test_names_that_others_always_change_are_given_up_as_a_conflict():
    targets = KnownTargets({}, Subscriptions({ONE: [found("a")]}), Busy(), Clock())
    with pytest.raises(Conflict):
        list(targets)


def test_a_list_of_names_that_can_not_be_read_is_an_error():
    blobs = MemoryBlobs()
    blobs.put("workspaces.json", b'{"a": {"service": "azureml"}}')
    targets, _, _ = known({ONE: []}, blobs=blobs)
    with pytest.raises(StorageAway):
        list(targets)


def test_a_name_of_a_subscription_that_is_no_longer_asked_is_no_target():
    blobs = MemoryBlobs()
    known({TWO: [found("b", sub=TWO)]}, blobs=blobs)[0].unlisted()
    targets, _, _ = known({ONE: [found("b")]}, blobs=blobs)
    assert "b" not in targets
    assert len(targets) == 1


def test_no_address_of_a_workspace_is_kept():
    blobs = MemoryBlobs()
    targets, _, _ = known(
        {ONE: [replace(found("a"), studio_endpoint="http://127.0.0.1:1")]}, blobs=blobs
    )
    assert set(targets) == {"a"}
    assert b"127.0.0.1" not in blobs.read("workspaces.json").data


def test_threads_that_ask_at_once_list_once():
    targets, lists, _ = known({ONE: [found("a")]})
    threads = [threading.Thread(target=lambda: list(targets)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert lists.lists == 1


NAMES = st.text("ab-_.A é/", min_size=1, max_size=70)


@given(NAMES, st.sets(NAMES.map(str.lower)))
def test_every_workspace_gets_a_name_that_is_usable_and_free(name: str, taken: set[str]):
    given_name = name_for(name, found("x").arm_id, taken)
    assert is_usable(given_name)
    assert given_name == name or name.lower() in taken or not is_usable(name)
    if given_name == name:
        assert name.lower() not in taken


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["ml", "ML", "x"]), st.sampled_from("abc")), max_size=4),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_comes_and_goes_a_name_stays_with_its_workspace(
    rounds: list[list[tuple[str, str]]],
):
    blobs, ever = MemoryBlobs(), dict[str, str]()
    for held in rounds:
        unique = list({found(n, g).arm_id.lower(): found(n, g) for n, g in held}.values())
        targets, _, _ = known({ONE: unique}, blobs=blobs)
        shown = {name: arm_id.lower() for name, arm_id in ids(targets).items()}
        assert sorted(shown.values()) == sorted(f.arm_id.lower() for f in unique)
        for name, arm_id in shown.items():
            assert ever.setdefault(name.lower(), arm_id) == arm_id


# Requests


def rig(**options: Any) -> tuple[Rig, Subscriptions]:
    """Give a rig over `lab`, configured, and what a subscription lists."""
    made = Rig({n: MadeUpConnector(jobs(1), [MIRA, TOMAS]) for n in ("lab", "a")})
    targets, lists, _ = known({ONE: [found("a")]}, {"lab": target("lab")}, **options)
    made.with_ports(targets=targets, unlisted=targets.unlisted)
    return made, lists


def test_a_request_over_all_workspaces_has_found_ones_too():
    made, _ = rig()
    made.submit(subject=SUBJECT)
    made.pump()
    assert made.ports.ledger.load(REQUEST_ID).workspaces == ("lab", "a")
    assert made.status()["status"] == "completed"
    assert made.status()["problems"] == []
    assert readiness.check(made.ports)["status"] == "ready"


@pytest.mark.parametrize("kind", ["export", "delete"])
def test_a_request_over_all_never_claims_to_be_complete_where_a_subscription_is_not_listed(
    kind: str,
):
    made, _ = rig(broken={ONE: Unusable("list workspaces was answered with 403")})
    made.submit(type=kind, subject=SUBJECT)
    made.pump()
    if kind == "delete":
        body = {"plan_hash": made.status()["plan_hash"], "approver": "dpo"}
        deciding.approve(made.ports, REQUEST_ID, json.dumps(body).encode())
        made.pump()
    status = made.status()
    assert status["status"] == "completed_with_exceptions"
    name = f"subscription-{ONE}"
    (problem,) = status["problems"]
    assert problem["pointer"] == "/scope/workspaces"
    assert problem["detail"].startswith(f"{name}: ")
    (failed,) = [r for r in made.results() if r["outcome"] == "failed"]
    assert failed["asset"] == f"{name}/workspace:*"
    assert "could not be listed" in failed["error"]


def test_it_keeps_saying_so_where_the_subscription_answers_by_the_time_of_planning():
    made, lists = rig(broken={ONE: Unusable("list workspaces was answered with 403")})
    made.submit(subject=SUBJECT, plan_only=True)
    lists.broken.clear()
    made.pump()
    entries = viewing.plan(made.ports, REQUEST_ID, 1)["items"]
    assert [e["action"] for e in entries if e["asset"].startswith("subscription-")] == ["fail"]


def test_a_request_that_names_its_workspaces_has_nothing_to_do_with_it():
    made, _ = rig(broken={ONE: Unusable("list workspaces was answered with 403")})
    made.submit(subject=SUBJECT, scope={"workspaces": ["lab"]})
    made.pump()
    assert made.status()["status"] == "completed"
    assert made.status()["problems"] == []


def test_a_request_goes_on_with_the_workspaces_that_it_was_planned_with():
    made, lists = rig()
    made.submit(subject=SUBJECT)
    lists.held[ONE] = [found("b")]
    made.pump()
    assert made.ports.ledger.load(REQUEST_ID).workspaces == ("lab", "a")
    assert {r["asset"].partition("/")[0] for r in made.results()} == {"lab", "a"}


def test_a_workspace_that_was_never_seen_is_refused():
    made, _ = rig()
    with pytest.raises(Invalid):
        made.submit(subject=SUBJECT, scope={"workspaces": ["b"]})


def test_the_app_is_not_ready_while_a_subscription_is_not_listed(monkeypatch: pytest.MonkeyPatch):
    made, _ = rig(broken={ONE: Unusable("list workspaces was answered with 403")})
    found_ready = readiness.check(made.ports)
    assert found_ready["status"] == "not ready"
    assert "403" in found_ready["checks"][f"subscription-{ONE}"]
    shown = json.loads(App(monkeypatch, made).http("list_workspaces").get_body())
    assert [i["name"] for i in shown["items"]] == ["lab"]
    assert [p["name"] for p in shown["problems"]] == [f"subscription-{ONE}"]


def test_found_workspaces_are_listed_for_callers(monkeypatch: pytest.MonkeyPatch):
    made, _ = rig()
    shown = json.loads(App(monkeypatch, made).http("list_workspaces").get_body())
    assert [i["name"] for i in shown["items"]] == ["lab", "a"]
    assert "problems" not in shown
