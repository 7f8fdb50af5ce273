"""Deletes of Studio (classic): the exact calls, and what is refused before any call."""

import contextlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsr.errors import Absent, Blocked, Clashing, Refused, ServiceError, Unavailable, Unusable
from dsr.services.connections import Broken
from dsr.services.studio import tokens
from dsr.services.studio.workspace import GLOBAL_WORKSPACE_ID
from dsr.usecases.connector import Asked
from tests.fakes.studio import ARM_ENDPOINT, ARM_ID, told
from tests.fakes.studio_connector import STANDARD, connector
from tests.fakes.wire import answer
from tests.unit.studio_payloads import API, DATASET, DATASET_ID, EXPERIMENT_ID, WORKSPACE_ID

FAMILY: str = DATASET["FamilyId"]
FAMILY_URL = f"{API}/datasources/family/{FAMILY}"
EXPERIMENT_URL = f"{API}/experiments/{EXPERIMENT_ID}"
MANAGEMENT = f"{STANDARD.management_endpoint}/workspaces/{WORKSPACE_ID}"
LONE = "8f1e2d3c4b5a46978869504132231405"
SERVICE = f"{MANAGEMENT}/webservices/{LONE}"
ARM = ARM_ENDPOINT
GROUP = ARM_ID.partition("/workspaces")[0]
NEW = f"{GROUP}/webServices/churn-new"
NEW_URL = f"{ARM}{NEW}?api-version=2017-01-01"
PLAN = f"{GROUP}/commitmentPlans/plan-s1"
PLAN_URL = f"{ARM}{PLAN}?api-version=2016-05-01-preview"
ASSOCIATIONS = f"{ARM}{PLAN}/commitmentAssociations?api-version=2016-05-01-preview"
RESOURCE = f"{ARM}{ARM_ID}?api-version=2019-10-01"
LISTED = f"{ARM}{GROUP}/workspaces?api-version=2019-10-01"
OPERATION = f"{ARM}/subscriptions/1/providers/x/operations/op-1?api-version=2017-01-01&t=%2F"
OURS = told({"id": NEW, "properties": {"machineLearningWorkspace": {"id": WORKSPACE_ID}}})
FREE = replace(STANDARD, account_kind="free", arm_id="", storage_account="")
GUEST = replace(FREE, account_kind="guest")
SIMPLE = [
    ("dataset", FAMILY, FAMILY_URL),
    ("experiment", EXPERIMENT_ID, f"{EXPERIMENT_URL}?deleteAncestors=true"),
    ("web_service", LONE, SERVICE),
]


@pytest.mark.parametrize("target", [STANDARD, FREE], ids=lambda t: t.account_kind)
@pytest.mark.parametrize(("kind", "unit", "url"), SIMPLE)
@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_delete_is_one_call_and_its_status_is_told(kind, unit, url, status, target):
    made, wire = connector({f"DELETE {url}": [answer(status)]}, target)
    assert made.delete(kind, unit) == Asked(status)
    assert wire.calls == [f"DELETE {url}"]
    (headers,) = wire.headers
    assert "the-token" in " ".join(headers.values())


@pytest.mark.parametrize(("kind", "unit", "url"), SIMPLE)
@pytest.mark.parametrize(
    ("given", "error"),
    [
        (answer(401), Refused),
        (answer(403), Refused),
        (answer(404), Absent),
        (answer(410), Absent),
        (answer(400), Unusable),
        (answer(409), Clashing),
        (answer(302, headers={"Location": "https://evil.example"}), Unusable),
        (answer(408), Unavailable),
        (answer(429, headers={"Retry-After": "7"}), Unavailable),
        (answer(500, b'{"Error": {"Code": "AzureStorageError"}}'), Unavailable),
        (answer(503), Unavailable),
        (Broken("SECRET"), Unavailable),
    ],
)
def test_whatever_the_answer_a_delete_is_not_sent_again(kind, unit, url, given, error):
    made, wire = connector({f"DELETE {url}": [given]})
    with pytest.raises(error) as caught:
        made.delete(kind, unit)
    assert type(caught.value) is error
    assert wire.calls == [f"DELETE {url}"]
    assert WORKSPACE_ID not in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_a_code_and_a_wait_are_told():
    made, _ = connector({f"DELETE {FAMILY_URL}": [answer(409, b'{"Error": {"Code": "InUse"}}')]})
    with pytest.raises(Unusable, match=r"delete dataset family was answered with 409 \(InUse\)"):
        made.delete("dataset", FAMILY)
    made, _ = connector({f"DELETE {FAMILY_URL}": [answer(429, headers={"Retry-After": "7"})]})
    with pytest.raises(Unavailable) as caught:
        made.delete("dataset", FAMILY)
    assert caught.value.retry_after == 7


def test_a_token_that_was_changed_is_asked_for_anew_but_the_delete_is_not_sent_again(monkeypatch):
    monkeypatch.setattr(tokens, "_PAUSE", 0.0)
    keys = f"POST {ARM}{ARM_ID}/listWorkspaceKeys?api-version=2019-10-01"
    old, new = told({"primaryToken": "old"}), told({"primaryToken": "new"})
    routes = {keys: [old, new], f"DELETE {FAMILY_URL}": [answer(401), answer(200)]}
    made, wire = connector(routes, token="")
    with pytest.raises(Refused):
        made.delete("dataset", FAMILY)
    assert len(wire.deletes) == 1
    assert made.delete("dataset", FAMILY) == Asked(200)
    sent = [h.get("x-ms-metaanalytics-authorizationtoken") for h in wire.headers]
    assert [token for token in sent if token] == ["old", "new"]


def endpoint_routes(*others: str, gone: str = "") -> dict[str, Any]:
    names = ("default", *others)
    return {
        f"GET {SERVICE}": [told({"Id": LONE, "DefaultEndpointName": "default"})],
        f"GET {SERVICE}/endpoints": [told([{"Name": n} for n in names])],
        **{f"GET {SERVICE}/endpoints/{n}": [told({"Name": n})] for n in others if n != gone},
        **{f"DELETE {SERVICE}/endpoints/{n}": [answer(204)] for n in names},
    }


def test_an_endpoint_that_is_not_the_default_goes_at_once():
    made, wire = connector(endpoint_routes("nightly"))
    assert made.delete("endpoint", f"{LONE}/nightly") == Asked(204)
    assert wire.calls == [f"GET {SERVICE}", f"DELETE {SERVICE}/endpoints/nightly"]


def test_the_default_endpoint_goes_last():
    made, wire = connector(endpoint_routes("nightly", "weekly"))
    with pytest.raises(Blocked):
        made.delete("endpoint", f"{LONE}/default")
    assert wire.deletes == []
    made, wire = connector(endpoint_routes())
    assert made.delete("endpoint", f"{LONE}/default") == Asked(204)
    assert wire.deletes == [f"{SERVICE}/endpoints/default"]


def test_a_list_that_still_shows_an_endpoint_that_is_gone_blocks_nothing():
    made, wire = connector(endpoint_routes("nightly", gone="nightly"))
    assert made.delete("endpoint", f"{LONE}/default") == Asked(204)
    assert wire.deletes == [f"{SERVICE}/endpoints/default"]


def test_an_endpoint_that_was_added_meanwhile_blocks_the_default_one():
    routes = endpoint_routes("nightly")
    routes[f"GET {SERVICE}/endpoints"].insert(0, told([{"Name": "default"}]))
    routes[f"DELETE {SERVICE}/endpoints/default"] = [answer(409)]
    made, wire = connector(routes)
    with pytest.raises(Blocked):
        made.delete("endpoint", f"{LONE}/default")
    assert len(wire.deletes) == 1
    routes = endpoint_routes() | {f"DELETE {SERVICE}/endpoints/default": [answer(409)]}
    made, wire = connector(routes)
    with pytest.raises(Unusable):
        made.delete("endpoint", f"{LONE}/default")
    assert len(wire.deletes) == 1


def test_an_endpoint_of_a_service_that_is_gone_is_gone():
    made, wire = connector({})
    with pytest.raises(Absent):
        made.delete("endpoint", f"{LONE}/default")
    assert wire.deletes == []


# Over Azure Resource Manager


def started(link: str) -> Any:
    return answer(202, headers={"Azure-AsyncOperation": link})


def test_a_new_web_service_is_looked_at_and_its_operation_is_told():
    made, wire = connector({f"GET {NEW_URL}": [OURS], f"DELETE {NEW_URL}": [started(OPERATION)]})
    assert made.delete("new_web_service", NEW) == Asked(202, OPERATION)
    assert wire.calls == [f"GET {NEW_URL}", f"DELETE {NEW_URL}"]


@pytest.mark.parametrize(
    "link",
    [
        "",
        "/operations/op-1",
        "https://evil.example/op-1",
        "https://127.0.0.1:8572/op-1",
        "http://127.0.0.1:8573/op-1",
        "http://127.0.0.1:8572@evil.example/op-1",
        "http://user@127.0.0.1:8572/op-1",
        "http://127.0.0.1:8572\\@evil.example/op-1",
        "ftp://127.0.0.1:8572/op-1",
        OPERATION + "x" * 4096,
    ],
)
def test_an_operation_elsewhere_is_none(link):
    made, _ = connector({f"GET {NEW_URL}": [OURS], f"DELETE {NEW_URL}": [started(link)]})
    assert made.delete("new_web_service", NEW) == Asked(202)


def test_a_new_web_service_that_is_gone_or_not_ours_is_not_deleted():
    made, wire = connector({})
    with pytest.raises(Absent):
        made.delete("new_web_service", NEW)
    theirs = told({"id": NEW, "properties": {"machineLearningWorkspace": {"id": "f" * 32}}})
    made, theirs_wire = connector({f"GET {NEW_URL}": [theirs]})
    with pytest.raises(Unusable):
        made.delete("new_web_service", NEW)
    assert (wire.deletes, theirs_wire.deletes) == ([], [])


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ({"provisioningState": "Succeeded"}, True),
        ({"ProvisioningState": "succeeded"}, True),
        ({"provisioningState": "Provisioning"}, False),
        ({"provisioningState": "Unknown"}, False),
        ({"provisioningState": 7}, False),
        ({"provisioningState": None, "status": "Succeeded"}, False),
        ({}, False),
    ],
)
def test_an_operation_is_done_when_it_says_so(status, done):
    made, wire = connector({f"GET {OPERATION}": [told(status)]})
    assert made.is_done(OPERATION) is done
    assert wire.calls == [f"GET {OPERATION}"]


@pytest.mark.parametrize(
    ("info", "said"),
    [
        ({"code": "Conflict", "message": "SECRET of tomas.user@example.org"}, " (Conflict)"),
        ({"code": "tomas.user@example.org"}, ""),
        (None, ""),
        ([], ""),
    ],
)
def test_an_operation_that_failed_tells_its_code_alone(info, said):
    status = {"provisioningState": "Failed", "errorInfo": info}
    made, _ = connector({f"GET {OPERATION}": [told(status)]})
    with pytest.raises(Unusable) as caught:
        made.is_done(OPERATION)
    assert str(caught.value) == f"delete New web service ended in failure{said}"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (answer(404), Unavailable),
        (answer(400), Unavailable),
        (answer(503), Unavailable),
        (told([]), Unavailable),
        (answer(200, b"<html>"), Unavailable),
        (answer(403), Refused),
    ],
)
def test_an_operation_that_tells_nothing_has_not_failed(given, error):
    made, _ = connector({f"GET {OPERATION}": [given]})
    with pytest.raises(error):
        made.is_done(OPERATION)


@pytest.mark.parametrize("operation", ["", "https://evil.example/op", "file:///etc/passwd"])
def test_an_operation_elsewhere_is_never_called(operation):
    made, wire = connector({})
    with pytest.raises(Unavailable):
        made.is_done(operation)
    assert wire.calls == []


def test_a_plan_goes_once_it_pays_for_nothing():
    paying = told({"value": [{"name": "assoc-1"}]})
    none = told({"value": []})
    made, wire = connector({f"GET {ASSOCIATIONS}": [paying], f"DELETE {PLAN_URL}": [answer(200)]})
    with pytest.raises(Blocked):
        made.delete("commitment_plan", PLAN)
    assert wire.deletes == []
    made, wire = connector({f"GET {ASSOCIATIONS}": [none], f"DELETE {PLAN_URL}": [answer(200)]})
    assert made.delete("commitment_plan", PLAN) == Asked(200)
    assert wire.calls == [f"GET {ASSOCIATIONS}", f"DELETE {PLAN_URL}"]
    made, wire = connector(
        {f"GET {ASSOCIATIONS}": [none, paying], f"DELETE {PLAN_URL}": [answer(409)]}
    )
    with pytest.raises(Blocked):
        made.delete("commitment_plan", PLAN)
    assert len(wire.deletes) == 1


def test_a_plan_of_another_group_that_pays_for_nothing_is_nobodys():
    far = PLAN.replace("rg-ml", "rg-far")
    made, wire = connector(
        {f"GET {ASSOCIATIONS.replace('rg-ml', 'rg-far')}": [told({"value": []})]}
    )
    with pytest.raises(Unusable):
        made.delete("commitment_plan", far)
    assert wire.deletes == []


def resource(workspace_id: str) -> Any:
    return told({"id": ARM_ID, "properties": {"workspaceId": workspace_id}})


def test_the_workspace_goes_if_its_resource_is_the_targets():
    dashed = f"{WORKSPACE_ID[:8]}-{WORKSPACE_ID[8:]}".upper()
    for named in (WORKSPACE_ID, dashed):
        made, wire = connector(
            {f"GET {RESOURCE}": [resource(named)], f"DELETE {RESOURCE}": [answer(200)]}
        )
        assert made.delete("workspace", WORKSPACE_ID) == Asked(200)
        assert wire.calls == [f"GET {RESOURCE}", f"DELETE {RESOURCE}"]


@pytest.mark.parametrize("named", ["", "f" * 32, GLOBAL_WORKSPACE_ID])
def test_a_resource_that_names_another_workspace_stays(named):
    made, wire = connector({f"GET {RESOURCE}": [resource(named)]})
    with pytest.raises(Unusable):
        made.delete("workspace", WORKSPACE_ID)
    assert wire.deletes == []


def test_a_workspace_that_was_not_there_is_absent():
    made, _ = connector(
        {f"GET {RESOURCE}": [resource(WORKSPACE_ID)], f"DELETE {RESOURCE}": [answer(204)]}
    )
    with pytest.raises(Absent):
        made.delete("workspace", WORKSPACE_ID)
    with pytest.raises(Absent):
        connector({})[0].delete("workspace", WORKSPACE_ID)


# Looked for again

ONE = [
    ("dataset", DATASET_ID, f"{API}/datasources/{DATASET_ID}"),
    ("experiment", EXPERIMENT_ID, EXPERIMENT_URL),
    ("web_service", LONE, SERVICE),
    ("endpoint", f"{LONE}/nightly", f"{SERVICE}/endpoints/nightly"),
    ("new_web_service", NEW, NEW_URL),
    ("commitment_plan", PLAN, PLAN_URL),
]


@pytest.mark.parametrize(("kind", "asset_id", "url"), ONE)
def test_only_not_found_is_gone(kind, asset_id, url):
    for said, there in ((told({"Id": "x"}), True), (answer(404), False), (answer(410), False)):
        made, wire = connector({f"GET {url}": [said]})
        assert made.is_there(kind, asset_id) is there
        assert wire.calls == [f"GET {url}"]
    for status, error in ((400, Unusable), (401, Refused), (403, Refused), (500, Unavailable)):
        made, _ = connector({f"GET {url}": [answer(status)]})
        with pytest.raises(error):
            made.is_there(kind, asset_id)


def test_a_workspace_is_gone_when_neither_its_resource_nor_the_groups_list_shows_it():
    shown, none = told({"value": [{"id": ARM_ID.upper()}]}), told({"value": [{"id": "/other"}]})
    for routes, there in (
        ({f"GET {RESOURCE}": [resource(WORKSPACE_ID)]}, True),
        ({f"GET {LISTED}": [shown]}, True),
        ({f"GET {LISTED}": [none]}, False),
        ({}, False),
    ):
        assert connector(routes)[0].is_there("workspace", WORKSPACE_ID) is there
    with pytest.raises(Refused):
        connector({f"GET {LISTED}": [answer(403)]})[0].is_there("workspace", WORKSPACE_ID)


# What no unit may do

KINDS = [k.name for k in connector({})[0].kinds] + ["workspace", "user", "nothing"]
OTHER = "f" * 32
STRANGE = [
    "",
    ".",
    "..",
    "../",
    f"../{OTHER}",
    "%2e%2e",
    "%2e%2e%2f",
    "?",
    "#",
    f"{FAMILY}?x=y",
    f"{FAMILY}#",
    f"{FAMILY}/",
    f"{FAMILY}/..",
    f"{FAMILY}%2f..",
    f"{FAMILY}\n",
    f"{FAMILY}\0",
    "\ud800",
    GLOBAL_WORKSPACE_ID,
    WORKSPACE_ID,
    f"{GLOBAL_WORKSPACE_ID}.f-id.{FAMILY}",
    f"{OTHER}.f-id.{FAMILY}",
    f"{OTHER}.{FAMILY}.v1-default-1",
    f"{WORKSPACE_ID}.f-id.{FAMILY}/..",
    f"{WORKSPACE_ID}.f-id.{FAMILY}?deleteAncestors=false#",
    f"{WORKSPACE_ID}.s-id.{FAMILY}.9951-08-12t13.13.19",
    f"{LONE}/../default",
    f"{LONE}/default/..",
    f"{LONE}/",
    f"/{LONE}",
    f"{LONE}/%2e%2e",
    f"{NEW}/..",
    f"{NEW}/../other",
    f"{NEW}?x=y",
    f"{NEW}#",
    f"{NEW}%2f..",
    NEW.replace("churn-new", ".."),
    NEW.replace("rg-ml", ".."),
    NEW.replace("rg-ml", "a/b"),
    NEW.replace("webServices", "workspaces"),
    NEW.replace("Microsoft.MachineLearning", "Microsoft.Storage"),
    NEW.replace("11111111", "22222222"),
    PLAN.replace("11111111", "22222222"),
    f"https://evil.example{NEW}",
    f"@evil.example{NEW}",
    NEW.lstrip("/"),
    ARM_ID,
    ARM_ID.replace("churn-lab", "other"),
]


def is_ours(call: str) -> bool:
    """Tell whether a call stays below this workspace, or its subscription's provider."""
    method, _, url = call.partition(" ")
    path = url.partition("?")[0]
    bases = (f"{API}/", f"{MANAGEMENT}/", f"{ARM}{ARM_ID.partition('/resourceGroups')[0]}/")
    if method == "DELETE" and url.partition("?")[2] not in (
        "",
        "deleteAncestors=true",
        "api-version=2017-01-01",
        "api-version=2016-05-01-preview",
        "api-version=2019-10-01",
    ):
        return False
    inside = next((path.removeprefix(b) for b in bases if path.startswith(b)), None)
    if inside is None or re.search(r"%2[ef]|[#\\\s]", url, re.IGNORECASE):
        return False
    if method == "DELETE" and ("%" in inside or GLOBAL_WORKSPACE_ID in inside):
        return False
    return not {"", ".", ".."} & set(inside.split("/"))


def attempt(kind: str, unit: str) -> list[str]:
    """Ask for everything that a unit can be asked for; give the calls that it led to."""
    made, wire = connector({})
    for ask in (made.delete, made.is_there, made.left_behind):
        with contextlib.suppress(ServiceError):
            ask(kind, unit)
    return wire.calls


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", STRANGE, ids=repr)
def test_a_strange_unit_is_refused_before_any_delete(kind, unit):
    if (kind, unit) == ("workspace", WORKSPACE_ID):
        return
    made, wire = connector({})
    with pytest.raises(Unusable):
        made.delete(kind, unit)
    assert wire.calls == []


@given(
    st.sampled_from(KINDS),
    st.text()
    | st.sampled_from(STRANGE).flatmap(lambda s: st.text(max_size=8).map(lambda t: s + t)),
)
@example("dataset", f"{FAMILY}/../../{OTHER}")
def test_no_unit_deletes_outside_the_workspace(kind, unit):
    assert [call for call in attempt(kind, unit) if not is_ours(call)] == []


@pytest.mark.parametrize("target", [STANDARD, FREE, GUEST], ids=lambda t: t.account_kind)
def test_what_can_be_deleted_by_account_kind(target):
    made, wire = connector({}, target)
    told_kinds = {k.name: k for k in (*made.kinds, made.own, made.user)}
    can = {name for name, kind in told_kinds.items() if kind.erasable}
    expected: dict[str, set[str]] = {
        "guest": set(),
        "free": {"dataset", "experiment", "web_service", "endpoint"},
        "standard": {
            "dataset",
            "experiment",
            "web_service",
            "endpoint",
            "new_web_service",
            "commitment_plan",
            "workspace",
        },
    }
    assert can == expected[target.account_kind]
    assert all(kind.by_hand for kind in told_kinds.values())
    guests = {name for name, kind in told_kinds.items() if "8 hours" in " ".join(kind.by_hand)}
    assert guests == (set(told_kinds) if target.account_kind == "guest" else set())
    for name in set(told_kinds) - can:
        with pytest.raises(Unusable):
            made.delete(name, FAMILY)
    assert wire.calls == []


def test_a_workspace_without_a_resource_is_for_a_person():
    made, wire = connector({}, replace(STANDARD, arm_id=""))
    assert not made.own.erasable
    assert "Azure portal" in made.own.by_hand[0]
    with pytest.raises(Unusable):
        made.delete("workspace", WORKSPACE_ID)
    assert wire.calls == []


def test_stages_keep_references_whole():
    made, _ = connector({})
    stages = {k.name: k.stage for k in (*made.kinds, made.own) if k.erasable}
    assert sorted(stages, key=lambda name: stages[name]) == [
        "endpoint",
        "web_service",
        "new_web_service",
        "commitment_plan",
        "experiment",
        "dataset",
        "workspace",
    ]
    assert stages["workspace"] == 9


def test_a_user_is_removed_by_an_owner():
    for target in (STANDARD, FREE):
        steps = " ".join(connector({}, target)[0].user.by_hand)
        assert "Owner" in steps
        assert "last Owner" in steps
    assert json.dumps(connector({}, GUEST)[0].user.by_hand)
