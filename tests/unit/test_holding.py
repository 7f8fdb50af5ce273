"""Legal holds: parsed strictly, kept, listed, in force until their time, never lost by an error."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.errors import Invalid, NotFound, StorageAway
from dsr.model.hold import Hold, HoldSet, check_name, read_hold
from dsr.storage.blobs import Missing
from dsr.storage.holds import BlobHolds
from dsr.usecases import holding
from tests.fakes.functions import App
from tests.fakes.memory_blobs import MemoryBlobs
from tests.fakes.principals import signed_in
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import SUBJECT
from tests.fakes.sample import rig as made_up_rig

BODY: dict[str, Any] = {
    "workspace": "lab",
    "assets": ["lab/job:job0.0", "lab/job:job1.1"],
    "reason": "case 4711 against Tomas",
    "until": "2027-01-01T00:00:00Z",
}
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def rig() -> Rig:
    return made_up_rig()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> App:
    return App(monkeypatch, rig)


def put(rig: Rig, name: str = "case-4711", **changes: Any) -> dict[str, Any]:
    body = {k: v for k, v in (BODY | changes).items() if v is not None}
    shown, _ = holding.put(rig.ports, name, json.dumps(body).encode())
    return shown


def read(response: func.HttpResponse) -> Any:
    assert response.headers["Cache-Control"] == "no-store"
    return json.loads(response.get_body())


# Over HTTP


def test_a_hold_is_put_listed_replaced_and_removed(app: App, rig: Rig):
    body = json.dumps(BODY).encode()
    first = app.http("put_hold", body, name="case-4711")
    assert first.status_code == 201
    hold = read(first)
    assert hold == BODY | {
        "name": "case-4711",
        "until": "2027-01-01T00:00:00.000Z",
        "expired": False,
    }
    again = app.http("put_hold", body, name="case-4711")
    assert (again.status_code, read(again)) == (200, hold)
    other = json.dumps({"workspace": "lab", "assets": "all", "reason": "all of it"}).encode()
    replaced = app.http("put_hold", other, name="case-4711")
    assert (replaced.status_code, read(replaced)["assets"]) == (200, "all")
    assert read(app.http("list_holds")) == {"items": [read(replaced)]}
    gone = app.http("delete_hold", name="case-4711")
    assert (gone.status_code, gone.get_body()) == (204, b"")
    assert gone.headers["Cache-Control"] == "no-store"
    assert read(app.http("list_holds")) == {"items": []}
    missing = app.http("delete_hold", name="case-4711")
    assert (missing.status_code, missing.mimetype) == (404, "application/problem+json")


def test_holds_are_listed_by_name_and_say_whether_their_time_is_over(rig: Rig):
    put(rig, "b", until="2026-11-24T09:00:00Z")
    put(rig, "a", until="2026-11-24T10:00:00.001+01:00")
    put(rig, "C", until=None)
    items = holding.listed(rig.ports)["items"]
    assert [(i["name"], i["expired"]) for i in items] == [("C", False), ("a", False), ("b", True)]
    rig.later(seconds=1)
    assert [i["expired"] for i in holding.listed(rig.ports)["items"]] == [False, True, True]


def test_the_reason_stands_in_the_ledger_only(app: App, rig: Rig, caplog):
    caplog.set_level(logging.INFO)
    put(rig)
    rig.submit(subject=SUBJECT)
    rig.pump()
    holding.remove(rig.ports, "case-4711")
    put(rig)
    kept = [n for n, b in rig.ledger.blobs.items() if b"case 4711" in b.data]
    assert kept == ["holds/case-4711.json"]
    assert not any(b"4711" in b.data for b in rig.evidence.blobs.values())
    assert "case 4711" not in caplog.text


def test_each_change_is_a_line_that_says_by_whom(app: App, rig: Rig, caplog):
    caplog.set_level(logging.INFO)
    body = json.dumps(BODY).encode()
    app.http("put_hold", body, name="h")
    rig.with_ports(access="entra", signs_in=True)
    app.http("put_hold", body, headers=signed_in("Dsr.Approve"), name="h")
    app.http("delete_hold", headers=signed_in("Dsr.Approve"), name="h")
    first, second, third = (r.getMessage() for r in caplog.records if r.msg.startswith("hold "))
    assert first == "hold h put by key"
    assert re.fullmatch(r"hold h replaced by [0-9a-f]{16}", second)
    assert third == second.replace("replaced", "removed")


def test_a_held_asset_is_exported_all_the_same(rig: Rig):
    put(rig, assets="all", until=None)
    rig.submit(subject=SUBJECT)
    rig.pump()
    status = rig.status(REQUEST_ID)
    assert (status["status"], status["counts"]["retained"]) == ("completed", 0)
    assert status["counts"]["exported"] == 6


# Parsing

LIST = 'has to be a list of at least one asset, or "all"'
FORM = "is not of the form workspace/kind:id; copy it from a plan"
TIME = "is not an RFC 3339 time; write it like 2026-11-24T09:00:00Z"
WRONG: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"workspace": "attic"}, {"/workspace": "is not a configured"}),
    ({"workspace": 7}, {"/workspace": "has to be text"}),
    ({"workspace": ""}, {"/workspace": "is empty"}),
    ({"assets": []}, {"/assets": LIST}),
    ({"assets": "every"}, {"/assets": LIST}),
    ({"assets": "ALL"}, {"/assets": LIST}),
    ({"assets": {}}, {"/assets": "has to be a list"}),
    ({"assets": [7]}, {"/assets/0": "has to be text"}),
    ({"assets": ["all"]}, {"/assets/0": FORM}),
    ({"assets": ["lab/job:1", "attic/job:1"]}, {"/assets/1": "is not in the workspace of the"}),
    ({"assets": ["lab/job:1"] * 2001}, {"/assets": "has more than 2000 entries"}),
    ({"reason": " "}, {"/reason": "is empty"}),
    ({"reason": "x" * 4001}, {"/reason": "has more than 4000"}),
    ({"reason": ["x"]}, {"/reason": "has to be text"}),
    ({"until": "tomorrow"}, {"/until": TIME}),
    ({"until": 7}, {"/until": TIME}),
    ({"until": "2027-01-01T00:00:00"}, {"/until": "has no time zone"}),
    ({"until": "0001-01-01T00:00:00+14:00"}, {"/until": "is no time at which a hold can end"}),
    ({"until": "9999-12-31T23:59:59-14:00"}, {"/until": "is no time at which a hold can end"}),
    ({"name": "x"}, {"/name": "is not a field"}),
    (
        {"workspace": "attic", "assets": ["x"], "reason": 1, "until": 1, "more": 1},
        {
            "/workspace": "is not a configured",
            "/assets/0": FORM,
            "/reason": "has to be text",
            "/until": TIME,
            "/more": "is not a field",
        },
    ),
]


@pytest.mark.parametrize(("changes", "expected"), WRONG, ids=range(len(WRONG)))
def test_a_hold_that_is_wrong_is_400_by_every_field(
    app: App, rig: Rig, changes: dict[str, Any], expected: dict[str, str]
):
    response = app.http("put_hold", json.dumps(BODY | changes).encode(), name="h")
    assert response.status_code == 400
    told = {e["pointer"]: e["detail"] for e in read(response)["errors"]}
    assert set(told) == set(expected)
    assert all(told[pointer].startswith(text) for pointer, text in expected.items()), told
    assert rig.ledger.blobs == {}


def test_what_is_missing_is_named_at_once(rig: Rig):
    with pytest.raises(Invalid) as caught:
        read_hold("a b", b"{}", {"lab"})
    assert {p.pointer for p in caught.value.problems} == {
        "/name",
        "/workspace",
        "/assets",
        "/reason",
    }
    for body in (b"[]", b"x", b'{"reason": "a", "reason": "b"}', b"null", b"7"):
        with pytest.raises(Invalid):
            read_hold("h", body, {"lab"})


def test_an_until_of_null_is_none(rig: Rig):
    hold = read_hold("h", json.dumps(BODY | {"until": None}).encode(), {"lab"})
    assert hold.until is None
    assert hold.in_force(datetime(8000, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a/b", "é", "a\n", "a%2fb", "a\\b"])
def test_a_name_of_other_letters_is_refused_by_both_routes(app: App, rig: Rig, name: str):
    body = json.dumps(BODY).encode()
    for response in (app.http("put_hold", body, name=name), app.http("delete_hold", name=name)):
        assert response.status_code == 400
        assert [e["pointer"] for e in read(response)["errors"]] == ["/name"]
    assert rig.ledger.blobs == {}


@given(st.text(max_size=70))
def test_a_name_is_taken_as_it_is_or_refused(name: str):
    try:
        assert check_name(name) == name
    except Invalid:
        assert not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name)
    else:
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("all"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(BODY, JSON)) | JSON)
def test_any_body_is_a_hold_or_refused_with_fields(body: Any):
    try:
        hold = read_hold("h", json.dumps(body).encode(), {"lab"})
    except Invalid as error:
        pointers = [p.pointer for p in error.problems]
    else:
        assert hold.workspace == "lab"
        assert Hold.from_json(hold.to_json()) == hold
        return
    assert pointers
    assert all(pointer == "" or pointer.startswith("/") for pointer in pointers)


TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(
    st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
    st.none() | st.frozensets(st.text(min_size=1).map(lambda t: f"lab/job:{t}"), min_size=1),
    st.none() | TIMES.map(lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000)),
)
def test_a_hold_is_read_as_it_was_kept(name: str, assets: frozenset[str] | None, until: Any):
    hold = Hold(name, "lab", assets, "why", until)
    holds = BlobHolds(MemoryBlobs())
    assert holds.put(hold) is True
    assert holds.all() == [hold]
    assert holds.put(hold) is False
    assert holds.all() == [hold]
    assert (holds.remove(name), holds.remove(name), holds.all()) == (True, False, [])


# What is held


def test_a_hold_covers_what_it_names_and_nothing_else(rig: Rig):
    put(rig)
    found = holding.in_force(rig.ports, "lab")
    assert found.holder("lab/job:job0.0") == "case-4711"
    assert found.holder("lab/job:job0.00") is None
    assert found.holder("lab/job:job0") is None
    assert found.holder("lab/workspace:1") is None
    assert found.any_holder() == "case-4711"


def test_capitals_make_no_asset_escape_its_hold(rig: Rig):
    put(rig, assets=["lab/dataset:0F3C.Churn"])
    assert holding.in_force(rig.ports, "lab").holder("lab/dataset:0f3c.churn") == "case-4711"


def test_all_covers_everything_of_its_workspace(rig: Rig):
    put(rig, assets="all")
    found = holding.in_force(rig.ports, "lab")
    for asset in ("lab/job:1", "lab/workspace:lab", "lab/user:tomas", "lab/anything:"):
        assert found.holder(asset) == "case-4711"


def test_a_hold_of_another_workspace_holds_nothing(rig: Rig):
    rig.with_ports(targets=rig.ports.targets | {"attic": rig.ports.targets["lab"]})
    rig.connectors["attic"] = rig.connectors["lab"]
    put(rig, workspace="attic", assets="all")
    assert holding.in_force(rig.ports, "lab") == HoldSet()
    assert holding.in_force(rig.ports, "lab").any_holder() is None
    assert holding.in_force(rig.ports, "attic").any_holder() == "case-4711"


def test_a_hold_is_in_force_until_its_time_and_not_in_it(rig: Rig):
    put(rig, until="2026-11-24T09:00:01Z", assets="all")
    assert holding.in_force(rig.ports, "lab").holder("lab/job:1") == "case-4711"
    rig.later(seconds=1)
    assert holding.in_force(rig.ports, "lab").holder("lab/job:1") is None


def test_the_first_by_name_of_several_holds_is_named(rig: Rig):
    for name in ("b", "a", "c"):
        put(rig, name, assets="all" if name == "c" else BODY["assets"])
    found = holding.in_force(rig.ports, "lab")
    assert found.holder("lab/job:job0.0") == "a"
    assert found.holder("lab/job:other") == "c"


def test_a_hold_of_a_workspace_that_is_no_longer_configured_is_listed_and_removed(rig: Rig):
    put(rig)
    rig.with_ports(targets={})
    assert [i["name"] for i in holding.listed(rig.ports)["items"]] == ["case-4711"]
    assert holding.in_force(rig.ports, "lab").any_holder() == "case-4711"
    holding.remove(rig.ports, "case-4711")
    with pytest.raises(NotFound):
        holding.remove(rig.ports, "case-4711")


# What can't be read


@pytest.mark.parametrize("method", ["list", "read"])
def test_storage_that_is_away_is_never_no_hold(rig: Rig, app: App, monkeypatch, method: str):
    put(rig)

    def away(name: str) -> Any:
        raise StorageAway("the data account answers 503; try again later")

    monkeypatch.setattr(rig.ledger, method, away)
    with pytest.raises(StorageAway):
        holding.in_force(rig.ports, "lab")
    assert app.http("list_holds").status_code == 503


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"name":"h"}',
        b'{"name":"h","workspace":"lab","assets":"some","reason":"r","until":null}',
        b'{"name":"h","workspace":"lab","assets":[],"reason":"r","until":null}',
        b'{"name":"h","workspace":["lab"],"assets":"all","reason":"r","until":null}',
        b'{"name":"h","workspace":"lab","assets":"all","reason":"r","until":"soon"}',
        b'{"name":"other","workspace":"lab","assets":"all","reason":"r","until":null}',
        b'{"name":["h"],"workspace":"lab","assets":"all","reason":"r","until":null}',
    ],
)
def test_a_blob_that_is_no_hold_stops_whoever_has_to_know(app: App, rig: Rig, data: bytes):
    put(rig, "good")
    rig.ledger.put("holds/h.json", data)
    with pytest.raises(StorageAway, match="is no hold"):
        holding.in_force(rig.ports, "lab")
    assert app.http("list_holds").status_code == 503
    assert app.http("delete_hold", name="h").status_code == 204
    assert holding.in_force(rig.ports, "lab").any_holder() == "good"


def test_a_hold_that_is_removed_while_it_is_listed_is_not_there(rig: Rig, monkeypatch):
    put(rig, "a")
    put(rig, "b")
    read_blob = rig.ledger.read

    def read(name: str) -> Any:
        if name == "holds/a.json":
            raise Missing(name)
        return read_blob(name)

    monkeypatch.setattr(rig.ledger, "read", read)
    assert [h.name for h in rig.ports.holds.all()] == ["b"]
