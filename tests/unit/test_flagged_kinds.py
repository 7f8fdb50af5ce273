"""Kinds that are deleted only where the request's scope says so by a field of its own."""

import json
from dataclasses import replace

import pytest

from dsr.errors import Invalid
from dsr.model.asset import Kind
from dsr.model.request import parse_request
from tests.fakes.rig import REQUEST_ID
from tests.fakes.sample import MIRA_ID, SUBJECT
from tests.unit.deletes_rig import GROUPS, OWN_ID, DeleteRig, Depot, Thing, rig_of

FLAG = "delete_data_assets"
DATA = Kind("data", batch=2, erasable=True, stage=2, by_hand=("Delete it by hand.",), flag=FLAG)


def rig(*things: Thing) -> tuple[DeleteRig, Depot]:
    made, depot = rig_of(*things, kinds=(*GROUPS, DATA))
    return made, depot


def scope(**more: object) -> dict[str, object]:
    return {"scope": {"workspaces": ["lab"]} | more}


def test_without_the_field_it_is_left_to_a_person_who_is_told_which_field_it_is():
    made, depot = rig(Thing("data", "d"), Thing("job", "j"))
    found = made.deleted()
    assert depot.asked == [("job", "j")]
    assert found["data:d"]["outcome"] == "manual"
    assert f"scope.{FLAG}" in found["data:d"]["reason"]
    first, *rest = found["data:d"]["steps"]
    assert FLAG in first
    assert rest == ["Delete it by hand."]


def test_with_the_field_it_is_deleted():
    made, depot = rig(Thing("data", "d"))
    found = made.deleted(**scope(**{FLAG: True}))
    assert depot.asked == [("data", "d")]
    assert found["data:d"]["outcome"] == "deleted"


def test_the_field_says_nothing_about_other_matches_or_kinds():
    made, depot = rig(Thing("data", "hers", MIRA_ID), Thing("model", "m"))
    found = made.deleted(**scope(**{FLAG: True}))
    assert depot.asked == []
    assert found["model:m"]["reason"] == "the app deletes none of this kind: a person does"
    assert "data:hers" not in found


def test_naming_it_is_not_enough():
    made, depot = rig(Thing("data", "d"))
    found = made.deleted(scope={"select": "assets", "assets": ["lab/data:d"]})
    assert depot.asked == []
    assert found["data:d"]["outcome"] == "manual"


def test_a_weak_match_without_the_field_is_by_hand_however_it_is_approved():
    made, depot = rig(Thing("data", "w", MIRA_ID, text="tomas.user@example.org"))
    found = made.deleted("lab/data:w")
    assert depot.asked == []
    assert found["data:w"]["outcome"] == "manual"
    assert f"scope.{FLAG}" in found["data:w"]["reason"]
    assert "no API" not in found["data:w"]["reason"]


def test_a_weak_match_with_the_field_is_deleted_where_the_approval_includes_it():
    made, depot = rig(Thing("data", "w", MIRA_ID, text="tomas.user@example.org"))
    made.deleted("lab/data:w", **scope(**{FLAG: True}))
    assert depot.asked == [("data", "w")]


def test_without_the_field_it_goes_with_a_whole_workspace_that_is_deleted():
    made, depot = rig(Thing("data", "d", MIRA_ID))
    found = made.deleted(scope={"workspaces": ["lab"], "select": "workspace"})
    assert depot.asked == [("workspace", OWN_ID)]
    assert found["data:d"]["outcome"] == "deleted"
    assert found["data:d"]["action"] == "delete"


def test_a_hold_wins_over_the_field():
    made, depot = rig(Thing("data", "d"))
    made.hold("case", ["lab/data:d"])
    found = made.deleted(**scope(**{FLAG: True}))
    assert depot.asked == []
    assert found["data:d"]["outcome"] == "retained"


def body(**changes: object) -> bytes:
    return json.dumps({"type": "delete", "subject": SUBJECT} | changes).encode()


def test_the_field_is_a_boolean_that_is_false_unless_said():
    request, _ = parse_request(body(), {"lab"})
    assert request.scope.delete_data_assets is False
    assert not request.scope.sets("no_such_field")


@pytest.mark.parametrize("value", ["true", 1, None])
def test_anything_but_a_boolean_is_refused(value: object):
    with pytest.raises(Invalid) as caught:
        parse_request(body(scope={FLAG: value}), {"lab"})
    assert [p.pointer for p in caught.value.problems] == [f"/scope/{FLAG}"]


def test_it_is_refused_of_an_export_and_elsewhere():
    with pytest.raises(Invalid) as caught:
        parse_request(body(type="export", scope={FLAG: True}), {"lab"})
    assert [p.pointer for p in caught.value.problems] == [f"/scope/{FLAG}"]
    with pytest.raises(Invalid) as caught:
        parse_request(body(**{FLAG: True}), {"lab"})
    assert [p.pointer for p in caught.value.problems] == [f"/{FLAG}"]


def test_a_kind_whose_flag_the_request_does_not_know_is_never_deleted():
    odd = replace(DATA, flag="delete_everything")
    made, depot = rig_of(Thing("data", "d"), kinds=(odd,))
    found = made.deleted()
    assert depot.asked == []
    assert found["data:d"]["outcome"] == "manual"
    assert made.status(REQUEST_ID)["status"] == "completed_with_exceptions"
