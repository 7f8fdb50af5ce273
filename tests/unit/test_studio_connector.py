"""The Studio (classic) connector: its record, its users, its notices."""

import json
from dataclasses import replace

import pytest

import dsr.services.connections
from dsr.errors import Refused
from dsr.services.fields import get, named, number, text, texts_within
from dsr.services.located import RecentLocations
from dsr.services.studio.connector import StudioConnector
from dsr.services.studio.notices import notices
from tests.fakes.rig import target
from tests.fakes.studio import arm_of
from tests.fakes.wire import Routed, answer
from tests.unit.studio_payloads import API, USERS, WORKSPACE, WORKSPACE_ID, lower

TARGET = target("churn-lab")


def connector(monkeypatch, routes) -> StudioConnector:
    adapter = Routed({url: [answer(*given)] for url, given in routes.items()})
    monkeypatch.setattr(dsr.services.connections, "process_pool", lambda: adapter)
    return StudioConnector(TARGET, "the-token", arm_of(adapter), RecentLocations())


def body(payload) -> tuple[int, bytes]:
    return 200, json.dumps(payload).encode()


@pytest.mark.parametrize("change", [lambda p: p, lower])
def test_the_record_has_the_owner_and_the_users(monkeypatch, change):
    routes = {API: body(change(WORKSPACE)), f"{API}/users": body(change(USERS))}
    record = connector(monkeypatch, routes).record()
    assert (record.id, record.name) == (WORKSPACE_ID, "churn-lab")
    assert record.owner == (
        ("OwnerEmail", "mira.owner@example.org"),
        ("OwnerPrincipalId", "1003BFFD00000001"),
    )
    tomas, payload = record.users[1]
    assert tomas.name == "Tomas User"
    assert tomas.ids == ("tomas.user@example.org", "c4d5e6f708192a3b4c5d6e7f8091a2b3")
    assert tomas.aliases == ("tomas.user",)
    assert payload == change(USERS)[1]


def test_a_record_without_names_is_called_as_it_is_configured(monkeypatch):
    record = connector(monkeypatch, {API: body({}), f"{API}/users": body([7, {}])}).record()
    assert (record.id, record.name) == (WORKSPACE_ID, "churn-lab")
    (person, _), *more = record.users
    assert (person.id, person.ids, person.aliases, more) == ("", (), (), [])


@pytest.mark.parametrize(("status", "error"), [(401, Refused), (403, Refused)])
def test_a_wrong_token_is_refused(monkeypatch, status, error):
    with pytest.raises(error) as caught:
        connector(monkeypatch, {API: (status, b"the-token")}).record()
    assert "token" not in str(caught.value)


def test_a_list_has_one_page(monkeypatch):
    made = connector(monkeypatch, {f"{API}/datasources": body([])})
    page = made.assets("dataset", None)
    assert (list(page), page.next) == ([], None)


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ("guest", "anonymous"),
        ("free", "ask the tenant's administrator"),
        ("standard", "administrator of the tenant"),
    ],
)
def test_telemetry_and_gallery_are_notices_with_the_steps_of_the_account_kind(account, said):
    telemetry, gallery, *_ = notices(replace(TARGET, account_kind=account))
    assert (telemetry.code, gallery.code) == ("telemetry", "ai-gallery")
    assert said in " ".join(telemetry.steps)
    assert ("can't publish" in " ".join(gallery.steps)) == (account == "guest")
    for notice in (telemetry, gallery):
        shown = notice.to_json()
        assert (shown["workspace"], shown["account_kind"]) == ("churn-lab", account)
        assert shown["steps"]


@pytest.mark.parametrize("account", ["guest", "free", "standard"])
def test_notices_of_deletes_tell_nobody_to_export_or_save(account):
    target = replace(TARGET, account_kind=account)
    for told in notices(target, deleting=True):
        steps = " ".join(told.steps)
        assert "request an export" not in steps
        assert "ave what concerns" not in steps
        assert "save or delete" not in steps
        assert told.code != "telemetry" or account == "guest" or "deletes no telemetry" in steps
    exported = {n.code for n in notices(target)}
    assert {n.code for n in notices(target, deleting=True)} == exported


@pytest.mark.parametrize(
    ("account", "storage_account", "place"),
    [
        ("guest", "", None),
        ("free", "", None),
        ("standard", "churnstore", "the storage account churnstore as"),
        ("standard", "", "the storage account that workspace.json names as UserStorage as"),
    ],
)
def test_the_storage_account_of_a_standard_workspace_is_a_notice(account, storage_account, place):
    target = replace(TARGET, account_kind=account, storage_account=storage_account)
    found = [n for n in notices(target) if n.code == "storage-account"]
    assert len(found) == (place is not None)
    for notice in found:
        assert place in notice.steps[0]
        assert "experimentoutput" in notice.steps[1]
        assert f"begin with {TARGET.workspace_id}." in notice.steps[2]


def test_texts_are_found_however_deep_they_lie():
    payload = {"Example": {"a": [["x", 1, None], {"b": " "}], "c": "y"}, "Other": "z"}
    assert texts_within(payload, "example") == (("example", "x"), ("example", "y"))
    assert texts_within(payload, "none") == texts_within(None, "x") == ()


def test_fields_are_read_whatever_their_case_and_kind():
    payload = {"owner": "T", "SIZE": 3, "Tags": ["a", None, " ", "b"], "Empty": None, 1: "x"}
    assert (get(payload, "Owner"), get(payload, "None"), get([], "Owner")) == ("T", None, None)
    assert (text(payload, "Size"), text(payload, "Empty"), text(None, "x")) == ("3", "", "")
    assert named(payload, "Owner", "Tags", "Size", "Empty") == (
        ("Owner", "T"),
        ("Tags", "a"),
        ("Tags", "b"),
    )
    assert number(payload, "size") == 3
    assert [number({"n": v}, "n") for v in (-1, True, "5", None, 2.0)] == [
        None,
        None,
        None,
        None,
        2,
    ]


def test_an_exact_key_wins_over_one_of_another_case():
    assert get({"ID": "other", "Id": "mine"}, "Id") == "mine"
