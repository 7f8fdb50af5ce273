"""The header about who signed in is read strictly, and its content is never repeated."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.errors import NotSignedIn
from dsr.model.caller import ANYONE, Caller, Role, parse_principal
from tests.fakes.principals import (
    ALICE,
    BOB,
    OBJECT_TYPE,
    ROLE_TYPE,
    TENANT,
    TENANT_TYPE,
    claim,
    document,
    encoded,
)

IDS = [claim("oid", ALICE), claim("tid", TENANT)]


def test_who_it_is_and_the_roles_are_read():
    found = parse_principal(encoded(document("Dsr.Read", "Dsr.Submit", "Other")))
    assert found.name == f"{TENANT}/{ALICE}"
    assert found.roles == {"Dsr.Read", "Dsr.Submit", "Other"}
    assert Role.READ in found.roles
    assert Role.APPROVE not in found.roles


@pytest.mark.parametrize(
    ("kind", "role_type"),
    [("roles", None), ("roles", "roles"), ("roles", ROLE_TYPE), (ROLE_TYPE, None), ("r", "r")],
)
def test_roles_stand_under_either_type_or_the_one_that_is_named(kind: str, role_type: Any):
    value = document(claims=[*IDS, claim(kind, "Dsr.Read")], role_typ=role_type)
    assert parse_principal(encoded(value)).roles == {"Dsr.Read"}


@pytest.mark.parametrize("kind", ["r", "role", "Roles", "groups", "scp", "wids"])
def test_a_claim_of_another_type_gives_no_role(kind: str):
    value = document(claims=[*IDS, claim(kind, "Dsr.Read")])
    assert parse_principal(encoded(value)).roles == frozenset()


def test_roles_in_one_text_or_in_other_letters_are_other_roles():
    found = parse_principal(encoded(document("Dsr.Read Dsr.Approve", "dsr.read", "Dsr.Read ")))
    assert not found.roles & set(Role)


def test_ids_in_capitals_or_said_twice_are_the_same_principal():
    claims = [*IDS, claim(OBJECT_TYPE, ALICE.upper()), claim(TENANT_TYPE, TENANT.upper())]
    assert parse_principal(encoded(document(claims=claims))).name == f"{TENANT}/{ALICE}"


WRONG: list[Any] = [
    document(auth_typ=None),
    document(auth_typ="google"),
    document(auth_typ=["aad"]),
    document(claims=None),
    document(claims={}),
    document(claims=[]),
    document(claims=[*IDS, "roles"]),
    document(claims=[*IDS, None]),
    document(claims=[*IDS, claim("roles", ["Dsr.Read"])]),
    document(claims=[*IDS, claim("roles", None)]),
    document(claims=[*IDS, {"typ": "roles"}]),
    document(claims=[*IDS, {"val": "Dsr.Read"}]),
    document(claims=[*IDS, claim("oid", BOB)]),
    document(claims=[*IDS, claim(TENANT_TYPE, ALICE)]),
    document(claims=IDS[:1]),
    document(claims=IDS[1:]),
    document(claims=[claim("oid", "alice"), IDS[1]]),
    document(claims=[claim("oid", ""), IDS[1]]),
    document(claims=[claim("oid", ALICE + "\n"), IDS[1]]),
    document(role_typ=7),
    document(role_typ=["roles"]),
    [],
    None,
    "aad",
    7,
]


@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
def test_what_does_not_say_exactly_one_principal_of_entra_is_refused(value: Any):
    with pytest.raises(NotSignedIn):
        parse_principal(encoded(value))


GOOD = encoded(document("Dsr.Read"))
TWICE = base64.b64encode(json.dumps(document()).replace("{", '{"auth_typ":"aad",', 1).encode())


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "Bearer x",
        GOOD + "=",
        GOOD[:-1],
        GOOD + GOOD,
        f"{GOOD}, {GOOD}",
        " " + GOOD,
        GOOD + "\n",
        json.dumps(document("Dsr.Read")),
        "é" * 8,
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(b"[" * 40_000).decode(),
        base64.b64encode(b" " * 65_537).decode(),
        TWICE.decode(),
    ],
)
def test_a_header_that_is_no_base64_of_one_strict_object_is_refused(header: str | None):
    with pytest.raises(NotSignedIn) as caught:
        parse_principal(header)
    assert ALICE not in str(caught.value)
    assert "alice" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(list(Role)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.fixed_dictionaries(
            {}, optional={"typ": inner | st.sampled_from(["roles", "oid", "tid"]), "val": inner}
        )
    ),
    max_leaves=12,
)
ROLE_CLAIMS = st.builds(claim, st.sampled_from(["roles", ROLE_TYPE, "r"]), st.sampled_from(Role))
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "auth_typ": st.just("aad") | JSON,
        "claims": JSON
        | st.lists(JSON, max_size=5).map(lambda c: [*IDS, *c])
        | st.lists(ROLE_CLAIMS, max_size=3).map(lambda c: [*IDS, *c]),
        "role_typ": st.sampled_from(["roles", ROLE_TYPE]) | JSON,
    },
)
HEADERS = (
    st.text(max_size=60)
    | st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode())
    | JSON.map(encoded)
    | DOCUMENTS.map(encoded)
    | DOCUMENTS.map(lambda d: encoded(d | {"auth_typ": "aad"}))
)
"""Anything that may stand in the header, mostly nearly right."""


@given(HEADERS)
def test_any_header_is_a_principal_or_nobody(header: str):
    try:
        found = parse_principal(header)
    except NotSignedIn:
        return
    assert found.name == f"{TENANT}/{ALICE}"
    decoded = json.loads(base64.b64decode(header))
    said = {c["val"] for c in decoded["claims"]}
    assert found.roles <= said


def test_no_repr_shows_who_it_is():
    principal = parse_principal(GOOD)
    caller = Caller(principal.name, "f" * 64, "authenticated")
    for text in (repr(principal), repr(caller), str(caller)):
        assert ALICE not in text
        assert TENANT not in text


def test_a_caller_is_marked_by_the_beginning_of_a_fingerprint_or_as_a_key():
    assert Caller("t/o", "0123456789abcdef" * 4, "authenticated").mark == "0123456789abcdef"
    assert (ANYONE.mark, ANYONE.authenticated) == ("key", False)
