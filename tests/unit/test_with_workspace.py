"""What goes with a workspace is deleted where the request deleted that, and nothing shows it."""

from dataclasses import replace

import pytest

from dsr.errors import Refused, Unavailable
from tests.fakes.rig import REQUEST_ID
from tests.fakes.sample import TOMAS_ID
from tests.unit.deletes_rig import OWN_ID, DeleteRig, Depot, Thing, rig_of

WHOLE = {"workspaces": ["lab"], "select": "workspace"}
USER = f"user:{TOMAS_ID}"


def approved() -> tuple[DeleteRig, Depot]:
    """Give the delete of a workspace with a model in it, approved and not begun."""
    made, depot = rig_of(Thing("model", "m"))
    made.erasure(scope=WHOLE)
    made.run()
    made.approve()
    return made, depot


def told(made: DeleteRig, asset: str) -> tuple[str, str]:
    found = made.told(REQUEST_ID)[asset]
    return found["outcome"], found.get("reason") or found.get("error") or ""


def test_it_is_deleted_with_the_workspace():
    made, depot = approved()
    made.run()
    assert {r["outcome"] for r in made.told().values()} == {"deleted"}
    assert depot.asked == [("workspace", OWN_ID)]


def test_what_the_service_still_shows_is_by_no_means_deleted_where_the_workspace_was_gone():
    made, depot = approved()
    depot.gone.add(OWN_ID)
    depot.haunted = True
    made.run()
    assert told(made, f"workspace:{OWN_ID}")[0] == "skipped"
    for asset in ("model:m", USER):
        assert told(made, asset) == (
            "manual",
            "the workspace is no longer there, and its service still shows this",
        )
    assert depot.asked == []


def shared_reports() -> tuple[DeleteRig, Depot]:
    """Give the planned delete of a workspace with two reports that may be others' as well."""
    made, depot = rig_of(Thing("report", "a"), Thing("report", "b"), Thing("job", "j"))
    kinds = (replace(k, shared=k.name == "report") for k in depot.kinds)
    depot.kinds = tuple(kinds)
    made.erasure(scope=WHOLE)
    made.run()
    return made, depot


def test_what_may_be_another_workspaces_stays_unless_the_approval_includes_it():
    made, depot = shared_reports()
    made.approve(REQUEST_ID, "lab/report:a")
    depot.things.append(Thing("report", "new"))
    made.run()
    assert told(made, "report:a")[0] == told(made, "job:j")[0] == "deleted"
    assert told(made, f"workspace:{OWN_ID}")[0] == "deleted"
    assert told(made, "report:b") == ("skipped", "the approval does not include it")
    assert depot.asked == [("report", "a"), ("job", "j"), ("workspace", OWN_ID)]


def test_what_was_gone_with_the_workspace_before_is_skipped():
    made, depot = approved()
    depot.gone.add(OWN_ID)
    made.run()
    reason = "changed since approval: it is no longer there, nor is the workspace"
    assert told(made, "model:m") == told(made, USER) == ("skipped", reason)


def test_what_is_shown_for_a_while_after_the_workspace_went_is_waited_for():
    made, depot = approved()
    depot.haunted = True
    while depot.asked != [("workspace", OWN_ID)]:
        assert made.step()
    for _ in range(3):
        assert made.step()
    assert "model:m" not in made.told()
    depot.haunted = False
    made.run()
    assert {r["outcome"] for r in made.told().values()} == {"deleted"}


def test_what_is_shown_for_long_is_failed_and_a_retry_looks_again():
    made, depot = approved()
    depot.haunted = True
    made.run()
    error = "the workspace is no longer there, and its service still shows this"
    assert told(made, f"workspace:{OWN_ID}")[0] == "deleted"
    assert told(made, "model:m") == told(made, USER) == ("failed", error)


@pytest.mark.parametrize("error", [Unavailable("busy"), Refused("403")])
def test_a_list_that_is_refused_shows_nothing_and_one_that_breaks_is_asked_again(error):
    made, depot = approved()
    plain, tries = depot.assets, []

    def assets(kind: str, cursor: str | None):
        if OWN_ID in depot.gone and len(tries) < 2:
            tries.append(kind)
            raise error
        return plain(kind, cursor)

    depot.assets = assets  # type: ignore[method-assign]
    made.run()
    assert {r["outcome"] for r in made.told().values()} == {"deleted"}
    assert tries
