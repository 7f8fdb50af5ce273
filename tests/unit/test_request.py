"""Strict parsing of requests: everything wrong is named at once, and no value is ever repeated."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.errors import Invalid, TooLarge
from dsr.model.request import (
    DsrRequest,
    canonical,
    parse_request,
    split_asset,
)
from dsr.model.strict_json import MAX_BODY, parse_json

ID = "6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01"
WORKSPACES = {"churn-lab", "forecast"}
PLAIN: dict[str, Any] = {"type": "export", "subject": {"emails": ["tomas.user@example.org"]}}

FULL_EXAMPLE = {
    "request_id": ID,
    "type": "export",
    "regulation": "gdpr",
    "subject": {
        "emails": ["tomas.user@example.org"],
        "user_ids": [],
        "object_ids": [],
        "names": ["Tomas User"],
        "aliases": ["t-user"],
    },
    "scope": {
        "workspaces": ["churn-lab"],
        "select": "subject",
        "assets": [],
        "include_weak": False,
        "include_data": True,
    },
    "plan_only": False,
    "export_first": False,
    "approval": "automatic",
    "callback_urls": [],
    "submitted_at": "2026-11-24T09:00:00Z",
    "reference": "caller-4711",
}

NO_TIME = "is not an RFC 3339 time; write it like 2026-11-24T09:00:00Z"
NO_SUCH_TIME = "is no time at which a request can have been submitted; correct it"


def parse(body: Any) -> DsrRequest:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse_request(data, WORKSPACES)[0]


def problems(body: Any) -> dict[str, str]:
    """Give the problems by pointer; two at one pointer would be one too many."""
    with pytest.raises(Invalid) as caught:
        parse(body)
    found = {p.pointer: p.detail for p in caught.value.problems}
    assert len(found) == len(caught.value.problems)
    return found


def test_the_example_of_the_contract_is_read_field_by_field():
    request = parse(FULL_EXAMPLE)
    assert request.request_id == ID
    assert request.subject.names == ["Tomas User"]
    assert request.scope.workspaces == ["churn-lab"]
    assert request.submitted_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert request.reference == "caller-4711"
    assert not request.needs_approval


def test_defaults_are_those_of_the_contract():
    request = parse(PLAIN)
    assert (request.regulation, request.request_id, request.submitted_at) == ("gdpr", None, None)
    assert request.scope.select == "subject"
    assert (request.scope.workspaces, request.scope.assets) == ([], [])
    assert request.scope.include_data
    assert not request.scope.include_weak
    assert not request.plan_only


def test_every_bad_field_is_named_in_one_refusal():
    body = {
        "request_id": "4711",
        "type": "erase",
        "regulation": "hipaa",
        "subject": {
            "emails": ["nobody", "two words@example.org", 7],
            "names": ["  "],
            "aliases": "t-user",
            "phone": ["0"],
        },
        "scope": {
            "workspaces": ["churn-lab", "unknown-lab"],
            "select": "everything",
            "assets": ["no-colon", "other-lab/dataset:1"],
            "include_weak": "yes",
            "include_data": 1,
        },
        "plan_only": None,
        "export_first": True,
        "approval": "maybe",
        "callback_urls": ["https://hook.example"],
        "submitted_at": "yesterday",
        "reference": "has a space",
        "surprise": {},
    }
    assert set(problems(body)) == {
        "/request_id",
        "/type",
        "/regulation",
        "/subject/emails/0",
        "/subject/emails/1",
        "/subject/emails/2",
        "/subject/names/0",
        "/subject/aliases",
        "/subject/phone",
        "/scope/workspaces/1",
        "/scope/select",
        "/scope/assets/0",
        "/scope/assets/1",
        "/scope/include_weak",
        "/scope/include_data",
        "/plan_only",
        "/approval",
        "/callback_urls",
        "/submitted_at",
        "/reference",
        "/surprise",
    }


def test_what_is_not_there_yet_is_refused_by_name_even_beside_other_mistakes():
    body = PLAIN | {"type": "delete", "bogus": 1, "callback_urls": ["https://x.example"]}
    assert set(problems(body)) == {"/bogus", "/callback_urls"}
    assert "not available" in problems(body)["/callback_urls"]


def test_export_first_is_for_deletes():
    assert parse(PLAIN | {"type": "delete", "export_first": True}).export_first
    assert set(problems(PLAIN | {"export_first": True})) == {"/export_first"}


def test_a_delete_of_whole_workspaces_has_to_name_them():
    whole = {"scope": {"select": "workspace"}}
    assert parse({"type": "export"} | whole).needs_approval
    assert set(problems({"type": "delete"} | whole)) == {"/scope/workspaces"}
    named = {"scope": {"select": "workspace", "workspaces": ["churn-lab"]}}
    assert parse({"type": "delete"} | named).scope.workspaces == ["churn-lab"]


@pytest.mark.parametrize(
    "value",
    [
        "6f1c1a527a3f4c0e9b570d5d1f6f6a01",
        "6f1c1a527a3f4c0e9b570d5d1f6f6a01----",
        "{6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a}",
        "-" * 36,
        ID + "\n",
        "",
        7,
        [ID],
    ],
)
def test_a_request_id_is_a_uuid_in_its_usual_form(value):
    assert problems(PLAIN | {"request_id": value}) == {
        "/request_id": "is not a UUID; write 8-4-4-4-12 hex digits, or leave it out"
    }


def test_a_uuid_in_capitals_is_the_same_request():
    assert parse(PLAIN | {"request_id": ID.upper()}).request_id == ID


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("2026-11-24T09:00:00", "has no time zone; add Z or an offset such as +01:00"),
        ("24.11.2026", NO_TIME),
        (1764000000, NO_TIME),
        ("0001-01-01T00:00:00+14:00", NO_SUCH_TIME),
        ("9999-12-31T23:00:00-14:00", NO_SUCH_TIME),
    ],
)
def test_a_time_that_is_none_or_out_of_range_is_refused(value, why):
    assert problems(PLAIN | {"submitted_at": value}) == {"/submitted_at": why}


def test_a_time_in_another_zone_is_kept_in_utc():
    request = parse(PLAIN | {"submitted_at": "2026-11-24T10:30:00+01:30"})
    assert request.submitted_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"type":"export"} trailing',
        b"\xff\xfe{}",
        json.dumps(PLAIN).encode("utf-16"),
        b'{"type":"export","subject":{"names":["\xe9"]}}',
        b'{"type":NaN}',
        b'{"type":-Infinity}',
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b'{"n":' + b"9" * 10_000 + b"}",
    ],
    ids=lambda b: repr(b[:24]),
)
def test_what_is_not_strict_json_in_utf8_is_one_problem_with_the_body(body: bytes):
    assert problems(body) == {"": "the body is not valid JSON in UTF-8"}


@pytest.mark.parametrize("body", [None, [], "export", 1, True])
def test_json_that_is_no_object_is_one_problem_with_the_body(body):
    assert problems(body) == {"": "the body is not a JSON object"}


def test_a_body_over_256_kib_is_refused_unread_and_one_of_just_that_is_not():
    padding = MAX_BODY - len(json.dumps(PLAIN).encode())
    body = json.dumps(PLAIN).encode()
    assert parse(body + b" " * padding).type == "export"
    with pytest.raises(TooLarge):
        parse(body + b" " * (padding + 1))
    with pytest.raises(TooLarge):
        parse(b"\xff" * (MAX_BODY + 1))


def test_keys_that_stand_twice_are_named_with_their_place():
    body = b'{"type":"export","type":"export","subject":{"emails":["a@b.c"],"emails":["d@e.f"]}}'
    assert set(problems(body)) == {"/type", "/subject/emails"}
    assert set(problems(b'{"x":[{},{"a":1,"a":1}]}')) == {"/x/1/a"}


def test_equal_values_under_different_keys_do_not_stand_twice():
    assert parse_json(b'{"a":1,"b":1,"c":{"a":1}}') == {"a": 1, "b": 1, "c": {"a": 1}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, False),
        ({"approval": "required"}, True),
        ({"approval": "automatic"}, False),
        ({"approval": None}, False),
        ({"scope": {"select": "workspace"}}, True),
        ({"scope": {"select": "workspace"}, "approval": "automatic"}, False),
        ({"scope": {"select": "assets", "assets": ["churn-lab/dataset:1"]}}, False),
    ],
)
def test_approval_defaults_to_automatic_but_for_a_whole_workspace(body, expected):
    assert parse(PLAIN | body).needs_approval == expected


def test_a_delete_would_need_approval():
    assert DsrRequest.model_validate(PLAIN | {"type": "delete"}).needs_approval


@pytest.mark.parametrize("subject", [{}, {"emails": []}, {"names": [], "aliases": []}])
def test_a_subject_without_any_identifier_is_refused_where_it_decides(subject):
    body = {"type": "export", "subject": subject}
    assert set(problems(body)) == {"/subject"}
    assert parse(body | {"scope": {"select": "workspace"}}).scope.select == "workspace"


@pytest.mark.parametrize("field", ["emails", "user_ids", "object_ids", "names", "aliases"])
def test_any_one_identifier_is_enough(field):
    subject = {field: ["t@example.org"]}
    assert getattr(parse({"type": "export", "subject": subject}).subject, field)


def test_scope_and_assets_have_to_agree():
    named = ["churn-lab/dataset:1"]
    assert set(problems(PLAIN | {"scope": {"assets": named}})) == {"/scope/assets"}
    assert set(problems(PLAIN | {"scope": {"select": "assets"}})) == {"/scope/assets"}
    elsewhere = {"select": "assets", "assets": named, "workspaces": ["forecast"]}
    assert set(problems(PLAIN | {"scope": elsewhere})) == {"/scope/assets/0"}


def test_unknown_workspaces_are_named_by_place():
    scope = {"workspaces": ["churn-lab", "nope"], "select": "workspace"}
    assert set(problems(PLAIN | {"scope": scope})) == {"/scope/workspaces/1"}


@pytest.mark.parametrize("reference", ["", "a b", "x" * 65, "ä", "line\n", 7])
def test_a_reference_is_at_most_64_plain_characters(reference):
    assert set(problems(PLAIN | {"reference": reference})) == {"/reference"}
    assert parse(PLAIN | {"reference": "A.z_9-" * 10 + "1234"}).reference


def test_identifiers_lose_the_space_around_them():
    assert parse(PLAIN | {"subject": {"names": ["  Tomas User "]}}).subject.names == ["Tomas User"]


def test_lone_surrogates_are_a_problem_and_not_a_crash():
    assert set(problems(rb'{"type":"export","subject":{"names":["\ud800"]}}')) == {
        "/subject/names/0"
    }
    assert problems(rb'{"type":"export","\ud800":1}')


def test_the_same_request_written_differently_has_the_same_canonical_bytes():
    one = parse_request(json.dumps(FULL_EXAMPLE, indent=3).encode(), WORKSPACES)[1]
    turned = dict(reversed(list(FULL_EXAMPLE.items())))
    assert parse_request(json.dumps(turned).encode(), WORKSPACES)[1] == one
    other = FULL_EXAMPLE | {"reference": "caller-4712"}
    assert parse_request(json.dumps(other).encode(), WORKSPACES)[1] != one


MARK = "QZ7"
"""Stands in every generated key and value, and in no message of ours."""
JUNK = st.recursive(
    st.text(max_size=8).map(lambda t: MARK + t) | st.integers().map(lambda n: f"{MARK}{n}"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4).map(lambda t: MARK + t), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = st.sampled_from([*FULL_EXAMPLE, MARK + "key", MARK + "@example.org", "/" + MARK])
INNER = st.sampled_from([*FULL_EXAMPLE["subject"], *FULL_EXAMPLE["scope"], MARK + "inner"])
BODIES = st.dictionaries(FIELDS, JUNK | st.dictionaries(INNER, JUNK, max_size=4), max_size=8)


@given(BODIES)
def test_nothing_of_a_bad_body_is_ever_repeated(body: dict[str, Any]):
    with pytest.raises(Invalid) as caught:
        parse(body)
    told = json.dumps([p.to_json() for p in caught.value.problems]) + str(caught.value)
    assert MARK not in told
    assert caught.value.problems


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_a_request_or_a_refusal(body: bytes):
    with pytest.raises(Invalid):
        parse(body)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_canonical_json_reads_back_and_is_the_same_for_any_order_of_keys(value):
    assert json.loads(canonical(value)) == value
    if isinstance(value, dict):
        assert canonical(dict(reversed(list(value.items())))) == canonical(value)


@given(
    st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True),
    st.from_regex(r"[a-z_]{1,20}", fullmatch=True),
    st.text(min_size=1),
)
def test_an_asset_name_splits_into_what_it_was_made_of(workspace, kind, asset_id):
    assert split_asset(f"{workspace}/{kind}:{asset_id}") == (workspace, kind, asset_id)


@pytest.mark.parametrize("name", ["", "lab", "lab/dataset", "lab/dataset:", "lab/Data:1", "/a:1"])
def test_what_is_no_asset_name_is_a_value_error(name):
    with pytest.raises(ValueError, match="workspace/kind:id"):
        split_asset(name)
