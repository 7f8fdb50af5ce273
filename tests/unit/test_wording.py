"""What a caller reads of a bad field: plain words, whatever is wrong with it."""

import inspect
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from dsr.errors import Invalid
from dsr.model import request as request_module
from dsr.model.request import DsrRequest, parse_request
from dsr.model.wording import _OTHER, _TEXTS
from dsr.usecases import deciding
from tests.fakes.sample import rig

PLAIN: dict[str, Any] = {"type": "export", "subject": {"names": ["Tomas User"]}}
LIST = "has to be a list; a single value goes in brackets too"
TEXT = "has to be text, in quotes"
YES_NO = "has to be true or false, without quotes"
OBJECT = "has to be an object with named fields, in braces"
EMPTY = "is empty; fill it in, or leave it out where it may be"
UNKNOWN = "is not a field of this API; correct its name or leave it out"
HALF = "holds half a character (a lone surrogate); correct the encoding"
SELECT = "has to be 'subject', 'workspace' or 'assets'"
FORM = "is not of the form workspace/kind:id; copy it from a plan"
UUID = "is not a UUID; write 8-4-4-4-12 hex digits, or leave it out"
TIME = "is not an RFC 3339 time; write it like 2026-11-24T09:00:00Z"
EMAIL = "is not an e-mail address; other identifiers go in user_ids or aliases"
REFERENCE = "has to be 1 to 64 of A-Z a-z 0-9 . _ - with no space"


def longer(most: int) -> str:
    return f"has more than {most} characters; check that it is the right value"


def more(most: int) -> str:
    return f"has more than {most} entries; split the request"


TABLE: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"type": None}, {"/type": "has to be 'export' or 'delete'"}),
    ({"type": ["export"]}, {"/type": "has to be 'export' or 'delete'"}),
    ({"regulation": 1}, {"/regulation": "has to be 'gdpr' or 'ccpa'"}),
    ({"approval": "no"}, {"/approval": "has to be 'required' or 'automatic'"}),
    ({"request_id": 4711}, {"/request_id": UUID}),
    ({"subject": "Tomas User"}, {"/subject": OBJECT}),
    ({"subject": None}, {"/subject": OBJECT}),
    ({"scope": ["all"]}, {"/scope": OBJECT}),
    ({"subject": {"emails": "a@example.org"}}, {"/subject/emails": LIST}),
    ({"subject": {"emails": ["nobody"]}}, {"/subject/emails/0": EMAIL}),
    ({"subject": {"names": [None, "x", {}]}}, {"/subject/names/0": TEXT, "/subject/names/2": TEXT}),
    ({"subject": {"names": ["", " "]}}, {"/subject/names/0": EMPTY, "/subject/names/1": EMPTY}),
    ({"subject": {"names": ["\ud800"]}}, {"/subject/names/0": HALF}),
    ({"subject": {"names": ["x" * 321]}}, {"/subject/names/0": longer(320)}),
    ({"subject": {"aliases": ["x"] * 101}}, {"/subject/aliases": more(100)}),
    ({"scope": {"workspaces": [""]}}, {"/scope/workspaces/0": EMPTY}),
    ({"scope": {"workspaces": ["x" * 65]}}, {"/scope/workspaces/0": longer(64)}),
    ({"scope": {"select": "all"}}, {"/scope/select": SELECT}),
    ({"scope": {"select": "assets", "assets": ["1"]}}, {"/scope/assets/0": FORM}),
    ({"scope": {"include_weak": "yes", "include_data": 1}},
     {"/scope/include_weak": YES_NO, "/scope/include_data": YES_NO}),
    ({"plan_only": None}, {"/plan_only": YES_NO}),
    ({"callback_urls": {}}, {"/callback_urls": LIST}),
    ({"submitted_at": 1764000000}, {"/submitted_at": TIME}),
    ({"reference": "a b"}, {"/reference": REFERENCE}),
    ({"reference": 7}, {"/reference": TEXT}),
    ({"surprise": 1, "subject": {"names": ["x"], "phone": ["0"]}},
     {"/surprise": UNKNOWN, "/subject/phone": UNKNOWN}),
    ({"Tomas User": 1}, {"/(a key that is not one of this API's)": UNKNOWN}),
]  # fmt: skip


def refused(body: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        parse_request(json.dumps(body).encode(), {"lab"})
    return [(p.pointer, p.detail) for p in caught.value.problems]


@pytest.mark.parametrize(("changes", "expected"), TABLE, ids=lambda value: repr(value)[:40])
def test_a_bad_field_is_told_in_plain_words(changes: dict[str, Any], expected: dict[str, str]):
    found = refused(PLAIN | changes)
    assert dict(found) == expected
    assert len(found) == len(expected), "one problem a field"


def test_a_field_that_is_missing_is_asked_for():
    assert ("/type", "is required; add it") in refused({})


DECISIONS = {
    b"[]": {"": "the body is not a JSON object"},
    b'"approved"': {"": "the body is not a JSON object"},
    b"{}": {"/plan_hash": "is required; add it", "/approver": "is required; add it"},
    b'{"plan_hash": "", "approver": "  "}': {"/plan_hash": EMPTY, "/approver": EMPTY},
    b'{"plan_hash": 1, "approver": ["dpo"]}': {"/plan_hash": TEXT, "/approver": TEXT},
    b'{"plan_hash": "1", "approver": "dpo", "include": "lab/job:1"}': {"/include": LIST},
    b'{"plan_hash": "1", "approver": "dpo", "note": true, "why": ""}': {
        "/note": TEXT,
        "/why": UNKNOWN,
    },
    json.dumps({"plan_hash": "1", "approver": "d", "note": "x" * 4001}).encode(): {
        "/note": longer(4000)
    },
    json.dumps({"plan_hash": "1", "approver": "d", "include": [""] * 2001}).encode(): {
        "/include": more(2000)
    },
}


@pytest.mark.parametrize("body", list(DECISIONS), ids=lambda body: body[:40].decode())
def test_a_bad_decision_is_told_in_plain_words(body: bytes):
    made = rig()
    request_id = made.submit(**PLAIN)
    with pytest.raises(Invalid) as caught:
        deciding.approve(made.ports, request_id, body)
    assert {p.pointer: p.detail for p in caught.value.problems} == DECISIONS[body]


def test_every_text_but_the_last_resort_is_provoked_by_some_body():
    told = {d for _, e in TABLE for d in e.values()} | {
        d for e in DECISIONS.values() for d in e.values()
    }
    for kind, text in _TEXTS.items():
        start = text.partition("{")[0]
        assert any(d.startswith(start) for d in told), kind


# Whatever is sent, and in whatever place

MARK = "QZ7"
"""Stands in every generated text and key, and in no message of ours."""
NUMBER = 918_273_645
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(NUMBER, NUMBER * 10**9)
    | st.floats(NUMBER, 1e30)
    | st.text(max_size=8).map(lambda t: MARK + t)
    | st.just("")
    | st.just("\ud800")
    | st.just(MARK * 2000)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4).map(lambda t: MARK + t), inner, max_size=2)
    ),
    max_leaves=5,
) | SCALARS.map(lambda v: [v] * 2001)


def bodies(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Bodies whose members are named as they should be and hold anything."""
    fields = {}
    for name, field in model.model_fields.items():
        inner = field.annotation
        nested = inspect.isclass(inner) and issubclass(inner, BaseModel)
        fields[name] = VALUES | bodies(inner) if nested else VALUES  # type: ignore[arg-type]
    return st.fixed_dictionaries({}, optional=fields) | VALUES


FOREIGN = ("instance of", "pydantic", "dictionary", "Input should", "String should", "items after")
CLASSES = tuple(
    name
    for module in (request_module, deciding)
    for name, found in inspect.getmembers(module, inspect.isclass)
    if found.__module__ == module.__name__
)


def check(error: Invalid) -> None:
    told = json.dumps([p.to_json() for p in error.problems]) + str(error)
    assert error.problems
    assert [word for word in (*FOREIGN, *CLASSES) if word in told] == []
    assert MARK not in told
    assert str(NUMBER)[:5] not in told
    assert all(p.detail != _OTHER for p in error.problems), "a kind of error without a text"
    assert len({p.pointer for p in error.problems}) == len(error.problems)


@given(bodies(DsrRequest))
def test_no_message_has_a_word_of_the_librarys_a_class_or_the_value(body: Any):
    data = json.dumps(body).encode()
    with pytest.raises(Invalid) as caught:
        parse_request(data, {"lab"})
    check(caught.value)


@pytest.mark.parametrize("model", [deciding.Approval, deciding.Rejection])
@given(data=st.data())
def test_no_message_of_a_decision_has_either(model: type[Any], data: st.DataObject):
    body = data.draw(bodies(model))
    if isinstance(body, dict):
        body["unknown"] = 1  # so that it is refused whatever else is in it
    with pytest.raises(Invalid) as caught:
        deciding._parsed(model, json.dumps(body).encode())
    check(caught.value)
