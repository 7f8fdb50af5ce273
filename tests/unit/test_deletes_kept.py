"""What a request keeps stays: nothing takes it along, whatever lists, holds and retries do."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dsr.errors import Conflict, Gone, Refused, Unavailable
from dsr.model.asset import Person
from dsr.model.messages import DeleteMessage
from dsr.usecases import erasing, holding, steering
from dsr.usecases.connector import Cleared, Leftover
from tests.fakes.rig import REQUEST_ID
from tests.fakes.sample import MIRA_ID, TOMAS_ID
from tests.unit.deletes_rig import OWN_ID, DeleteRig, Depot, Thing, rig_of

WHOLE = {"workspaces": ["lab"], "select": "workspace"}
OWN = f"workspace:{OWN_ID}"
MENTION = "asked by tomas.user@example.org"


def approved(*things: Thing, include: tuple[str, ...] = (), **body: Any) -> tuple[DeleteRig, Depot]:
    """Give a delete that is approved and has not begun."""
    made, depot = rig_of(*things, people=[])
    made.erasure(**body)
    made.run()
    made.approve(REQUEST_ID, *include)
    return made, depot


def told(made: DeleteRig, asset: str) -> tuple[str, str]:
    found = made.told()[asset]
    return found["outcome"], found.get("reason") or found.get("error") or ""


def hiding(depot: Depot, *ids: str) -> None:
    """Let lists leave out what is there."""
    plain = depot.assets

    def assets(kind: str, cursor: str | None) -> Any:
        page = plain(kind, cursor)
        page._assets = [a for a in page if a.id not in ids]
        return page

    depot.assets = assets  # type: ignore[method-assign]


# A whole workspace


@pytest.mark.parametrize("why", ["hold ends", "refused"])
def test_a_workspace_in_which_something_was_kept_stays(why: str):
    made, depot = approved(Thing("report", "r"), Thing("job", "j"), scope=WHOLE)
    if why == "hold ends":
        made.hold("case-7", ["lab/report:r"])
        depot.guard = lambda kind, unit: holding.remove(made.ports, "case-7")
    else:
        depot.troubles["delete r"] = [Refused("delete report was answered with 403")]
    made.run()
    assert told(made, OWN) == ("failed", "something of kind report in it was not deleted")
    assert depot.gone == {"j"}
    if why == "refused":
        steering.retry(made.ports, REQUEST_ID)
        made.run()
        assert {r["outcome"] for r in made.told().values()} == {"deleted"}


def test_a_disputed_family_keeps_its_workspace():
    stray = Thing("job", "stray", MIRA_ID, disputed=("one", "two"))
    made, depot = approved(Thing("job", "v1", unit="one"), stray, scope=WHOLE)
    made.run()
    assert told(made, "job:v1")[0] == "manual"
    assert told(made, OWN)[0] == "failed"
    assert depot.asked == []


def test_a_workspace_is_not_deleted_for_a_package_that_can_not_be_read_back():
    made, depot = approved(Thing("report", "r"), scope=WHOLE, export_first=True)
    while not made.exports.blobs:
        assert made.step()
    (package,) = made.exports.blobs.values()
    package.data = bytes(len(package.data))
    made.run()
    assert {r["outcome"] for r in made.told().values()} == {"failed"}
    assert depot.asked == []


def test_what_came_between_two_calls_for_a_workspace_keeps_it():
    made, depot = approved(Thing("report", "r"), scope=WHOLE)
    depot.troubles[f"delete {OWN_ID}"] = [Unavailable("delete was answered with 503")]

    def comes(kind: str, unit: str) -> None:
        if kind == "workspace":
            depot.things.append(Thing("report", "new", MIRA_ID))

    depot.guard = comes
    made.run()
    assert told(made, OWN)[0] == "failed"
    assert depot.is_there("report", "new")
    assert depot.asked.count(("workspace", OWN_ID)) == 1


def test_a_user_that_came_since_approval_keeps_the_workspace():
    made, depot = approved(Thing("report", "r"), scope=WHOLE)
    depot.people.append(Person("new", "New User", ("new.user@example.org",)))
    made.run()
    assert told(made, OWN) == (
        "skipped",
        "changed since approval: something of kind user is in it that was not",
    )
    assert ("workspace", OWN_ID) not in depot.asked


# Families


def test_a_version_that_is_there_and_left_out_of_the_list_keeps_its_family():
    made, depot = approved(*(Thing("job", f"v{n}", unit="fam") for n in (1, 2)))
    hiding(depot, "v1")
    made.run()
    reason = "changed since approval: the list no longer shows it"
    assert told(made, "job:v1") == told(made, "job:v2") == ("skipped", reason)
    assert depot.asked == []


@pytest.mark.parametrize("held", [False, True])
def test_a_version_that_is_not_included_keeps_its_family_though_no_list_shows_it(held: bool):
    versions = [Thing("job", f"v{n}", owner="", text=MENTION, unit="fam") for n in (1, 2)]
    made, depot = approved(*versions, include=("lab/job:v1",))
    hiding(depot, "v2")
    if held:
        made.hold("case-7", ["lab/job:v2"])
    made.run()
    assert told(made, "job:v1")[0] == "retained"
    assert depot.asked == []


def test_versions_without_an_id_each_count():
    strays = [Thing("job", "", MIRA_ID, disputed=(unit,)) for unit in ("one", "two")]
    made, depot = approved(Thing("job", "a", unit="one"), Thing("job", "b", unit="two"))
    depot.things += strays
    made.run()
    assert {told(made, "job:a")[0], told(made, "job:b")[0]} == {"skipped"}
    assert depot.asked == []


# Holds


def test_a_hold_that_comes_while_leftovers_are_read_still_holds():
    made, depot = approved(Thing("report", "r"))

    def reads(kind: str, asset_id: str) -> tuple[Leftover, ...]:
        made.hold("late", ["lab/report:r"])
        return ()

    depot.left_behind = reads  # type: ignore[method-assign]
    made.run()
    assert told(made, "report:r") == ("retained", "legal hold late")
    assert depot.asked == []


AZURE = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.MachineLearning/webServices/scores"


@pytest.mark.parametrize("covers", [[f"lab/report:{AZURE}"], "all"])
def test_a_hold_on_an_azure_resource_holds_whichever_workspace_lists_it(covers: Any):
    depots = {n: Depot([Thing("report", AZURE)], people=[]) for n in ("lab", "other")}
    made = DeleteRig(depots)
    made.hold("case-7", covers)
    arm_id = "/subscriptions/1/resourceGroups/RG/providers/Microsoft.MachineLearning/workspaces/"
    targets = {
        name: replace(target, arm_id=arm_id + name) for name, target in made.ports.targets.items()
    }
    made.with_ports(targets=targets)
    made.erasure(scope={"workspaces": ["other"]})
    made.run()
    made.approve()
    made.run()
    (found,) = made.results()
    assert (found["outcome"], found["reason"]) == ("retained", "legal hold case-7")
    assert depots["other"].asked == []


# Retries and copies


def test_a_delete_that_counted_late_is_told_as_deleted_by_a_retry():
    made, depot = approved(Thing("report", "r"))
    depot.left_behind = lambda kind, asset_id: (Leftover("c", "left.csv"),)  # type: ignore[method-assign]
    depot.slow["r"] = 10**9
    made.run()
    assert told(made, "report:r")[0] == "failed"
    depot.slow["r"] = 0
    depot.is_done("report:r")
    steering.retry(made.ports, REQUEST_ID)
    made.run()
    found = made.told()["report:r"]
    assert found["outcome"] == "deleted"
    assert found["evidence"]["left_behind"] == [
        {"container": "c", "name": "left.csv", "cleared": False}
    ]
    assert depot.asked == [("report", "r")]


def test_a_delete_that_is_under_way_is_not_asked_for_again_by_a_retry():
    made, depot = approved(Thing("report", "r"))
    depot.slow["r"] = 10**9
    made.run()
    steering.retry(made.ports, REQUEST_ID)
    made.run()
    assert told(made, "report:r")[0] == "failed"
    assert depot.asked == [("report", "r")]


def test_a_delete_that_was_refused_and_went_by_somebody_else_is_not_told_as_deleted():
    made, depot = approved(Thing("report", "r"))
    depot.troubles["delete r"] = [Refused("delete report was answered with 403")]
    made.run()
    depot.gone.add("r")
    steering.retry(made.ports, REQUEST_ID)
    made.run()
    assert told(made, "report:r") == ("skipped", "changed since approval: it is no longer there")


def test_an_operation_that_nobody_can_tell_of_is_no_reason_not_to_look():
    made, depot = approved(Thing("report", "r"))
    depot.slow["r"] = 1

    def lost(operation: str) -> bool:
        raise Unavailable("nobody can tell how it ended")

    depot.is_done = lost  # type: ignore[method-assign]
    while not depot.asked:
        assert made.step()
    depot.gone.add("r")
    made.run()
    assert told(made, "report:r")[0] == "deleted"


def test_one_look_that_is_refused_is_not_the_end():
    made, depot = approved(Thing("report", "r"))
    depot.troubles["look r"] = [Refused("read report was answered with 401")]
    made.run()
    assert told(made, "report:r")[0] == "deleted"


def test_what_is_no_leftover_any_more_is_not_cleared_after_a_second_call():
    cleared: list[str] = []

    class Store:
        def clear(self, leftover: Leftover) -> Cleared:
            cleared.append(leftover.name)
            return Cleared(1, 1)

    made, depot = approved(Thing("report", "r"))
    saved: list[str] = []
    depot.storage = Store  # type: ignore[method-assign, assignment]
    depot.left_behind = lambda kind, asset_id: (  # type: ignore[method-assign]
        () if saved else (Leftover("experimentoutput", "out.csv"),)
    )
    depot.troubles["delete r"] = [Unavailable("delete was answered with 503")]
    depot.guard = lambda kind, unit: saved.append(unit)
    made.run()
    assert told(made, "report:r")[0] == "deleted"
    assert cleared == []


def test_an_asset_on_two_pages_of_a_list_is_one_entry():
    class Page:
        def __init__(self, assets: Any, following: str | None) -> None:
            self._assets, self.next = list(assets), following

        def __iter__(self) -> Any:
            return iter(self._assets)

    made, depot = rig_of(Thing("report", "r"), people=[])
    plain = depot.assets
    depot.assets = lambda kind, cursor: Page(  # type: ignore[method-assign, assignment]
        plain(kind, None), None if cursor or kind != "report" else "2"
    )
    found = made.deleted()
    assert {a: r["outcome"] for a, r in found.items()} == {"report:r": "deleted"}
    assert depot.asked == [("report", "r")]


# Requests that can't go on


def lost(made: DeleteRig, part: str) -> Callable[[], None]:
    def lose() -> None:
        for name in [n for n in made.ledger.blobs if part in n]:
            made.ledger.delete(name)

    return lose


@pytest.mark.parametrize("part", ["/pages/", "/approvals/", "/plan.json"])
def test_a_request_whose_approval_is_lost_ends_as_failed(part: str):
    weak = Thing("report", "w", owner="", text=MENTION)
    made, depot = approved(Thing("report", "r"), weak, include=("lab/report:w",))
    while not any(q == "dsr-delete" for q, _, _ in made.queues.sent):
        assert made.step()
    lost(made, part)()
    for queue, body, _ in list(made.queues.sent):
        if queue == "dsr-delete":
            with pytest.raises((Conflict, Gone)):
                made.handlers()[queue](body)
            erasing.poisoned(made.ports, DeleteMessage.from_bytes(body))
    assert made.status()["status"] == "failed"
    assert depot.asked == []


def test_two_deletes_never_wait_for_one_another():
    """The one has a turn from before a retry; the other took its first and waits in between."""
    things = {
        n: [Thing("job", f"{n}-{k}", owner=o) for k, o in enumerate((TOMAS_ID, MIRA_ID))]
        for n in ("a", "b", "c")
    }
    depots = {name: Depot(found, people=[]) for name, found in things.items()}
    made = DeleteRig(depots)
    ids = [f"00000000-1111-4222-8333-44444444444{n}" for n in range(3)]

    def submitted(number: int, workspaces: list[str], who: str) -> None:
        subject = {"object_ids": [who]}
        made.erasure(request_id=ids[number], subject=subject, scope={"workspaces": workspaces})
        while made.status(ids[number])["status"] != "awaiting_approval":
            assert made.step()
        made.approve(ids[number])

    depots["a"].troubles["delete a-0"] = [Refused("403")]
    submitted(0, ["a", "c"], TOMAS_ID)
    made.run()
    assert made.status(ids[0])["status"] == "completed_with_exceptions"
    depots["b"].slow["b-0"] = 12
    submitted(2, ["b"], TOMAS_ID)
    for _ in range(4):
        assert made.step()
    submitted(1, ["a", "b", "c"], MIRA_ID)
    for _ in range(6):
        assert made.step()
    steering.retry(made.ports, ids[0])
    made.run()
    ends = [made.status(request_id)["status"] for request_id in ids]
    assert ends == ["completed"] * 3


def test_a_hold_on_what_workspaces_may_share_holds_whichever_lists_it():
    kinds = tuple(replace(k, shared=k.name == "report") for k in Depot([]).kinds)
    things = [Thing("report", "t-user"), Thing("job", "t-user")]
    depots = {n: Depot(list(things), people=[], kinds=kinds) for n in ("lab", "other")}
    made = DeleteRig(depots)
    made.hold("case-7", ["lab/report:T-User", "lab/job:t-user"])
    made.erasure(scope={"workspaces": ["other"]})
    made.run()
    made.approve()
    made.run()
    assert made.outcomes() == {"report:t-user": "retained", "job:t-user": "deleted"}
