"""A whole workspace that is deleted: what something keeps that goes with it goes along as well."""

from dsr.errors import Unusable
from tests.fakes.sample import MIRA_ID
from tests.unit.deletes_rig import OWN_ID, DeleteRig, Depot, Thing, rig_of
from tests.unit.test_flagged_kinds import DATA

WHOLE = {"workspaces": ["lab"], "select": "workspace"}


class Serving(Depot):
    """A depot in which models, which no call deletes, use jobs and keep them there."""

    served: dict[str, tuple[str, ...]]

    def uses(self, kind: str) -> dict[str, tuple[str, ...]]:
        return self.served if kind == "job" else {}


def rig(served: dict[str, tuple[str, ...]], *things: Thing) -> tuple[DeleteRig, Serving]:
    depot = Serving(list(things))
    depot.served = served
    depot.blocked = {job: {"m"} for job in served}
    return DeleteRig({"lab": depot}), depot


def test_what_an_endpoint_keeps_goes_with_the_workspace_and_not_before():
    made, depot = rig(
        {"j": ("model:m",)}, Thing("job", "j"), Thing("model", "m"), Thing("job", "k")
    )
    found = made.deleted(scope=WHOLE)
    assert depot.asked == [("job", "k"), ("workspace", OWN_ID)]
    assert {r["outcome"] for r in found.values()} == {"deleted"}
    assert found["job:j"]["evidence"]["seen"] == "the workspace is gone"


def test_all_of_a_family_goes_along_where_one_version_is_kept():
    things = [Thing("job", "v1", MIRA_ID, unit="f"), Thing("job", "v2", MIRA_ID, unit="f")]
    made, depot = rig({"v1": ("model:m",)}, *things, Thing("model", "m"))
    found = made.deleted(scope=WHOLE)
    assert depot.asked == [("workspace", OWN_ID)]
    assert found["job:v2"]["outcome"] == "deleted"


def test_what_is_used_by_what_has_a_delete_of_its_own_is_deleted_by_its_own():
    made, depot = rig({}, Thing("job", "j"), Thing("report", "r"))
    depot.served = {"j": ("report:r", "elsewhere:x")}
    made.deleted(scope=WHOLE)
    assert depot.asked == [("report", "r"), ("job", "j"), ("workspace", OWN_ID)]


def test_nothing_of_it_holds_for_a_request_that_leaves_the_workspace():
    made, depot = rig({}, Thing("job", "j"), Thing("model", "m"))
    depot.served = {"j": ("model:m",)}
    made.deleted()
    assert depot.asked == [("job", "j")]


def test_where_the_workspace_stays_what_goes_along_stays_for_a_person():
    made, depot = rig({"j": ("model:m",)}, Thing("job", "j"), Thing("model", "m"))
    depot.troubles = {f"delete {OWN_ID}": [Unusable("delete workspace was answered with 400")]}
    found = made.deleted(scope=WHOLE)
    assert depot.asked == [("workspace", OWN_ID)]
    assert found["job:j"]["outcome"] == "manual"
    assert found["job:j"]["reason"] == "it goes with the workspace, which is still there"


def test_a_hold_on_it_keeps_the_workspace():
    made, depot = rig({"j": ("model:m",)}, Thing("job", "j"), Thing("model", "m"))
    made.hold("case", ["lab/job:j"])
    found = made.deleted(scope=WHOLE)
    assert depot.asked == []
    assert found["job:j"]["outcome"] == "retained"


def test_a_kind_that_lacks_its_field_counts_as_going_along():
    made, depot = rig_of(Thing("data", "d"), kinds=(DATA,))
    made.deleted(scope=WHOLE)
    assert depot.asked == [("workspace", OWN_ID)]
