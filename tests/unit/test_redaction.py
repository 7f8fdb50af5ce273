"""What is taken out of metadata: secrets always, other people where one person asks."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.model.asset import Person
from dsr.model.fingerprints import Fingerprints
from dsr.model.redaction import REDACTED, Redactions, Redactor, without_secrets
from dsr.model.request import Subject
from tests.fakes.sample import MIRA, TOMAS

FIELDS = ("Owner", "Creator", "OwnerEmail")
LEA = Person("lea", "Lea Weber", ("lea.weber@example.org", "lea"), ("l-weber",))
SUBJECT = Subject(emails=["tomas.user@example.org"])


def number_of(label: str) -> int:
    return Fingerprints(b"k" * 32).person_number("a request", label)


def redactor(subject: Subject | None = SUBJECT, people=(MIRA, TOMAS, LEA)) -> Redactor:
    return Redactor(subject, people, FIELDS, number_of)


def clean(value: Any, by: Redactor | None = None) -> Any:
    return (by or redactor()).redact(value, Redactions())


@pytest.mark.parametrize(
    "key",
    [
        "PrimaryToken",
        "SecondaryToken",
        "PrimaryKey",
        "secondary_key",
        "UserStorageKey",
        "HDInsightStorageConnectionString",
        "MsIdentityCertificate",
        "RegistrationKey",
        "AccessCredential",
        "SasBlobToken",
        "sharedAccessUri",
        "AuthorizationToken",
        "Password",
        "db-password",
        "client_secret",
        "api key",
        "Account Key",
    ],
)
def test_a_secret_is_taken_out_by_its_key(key: str):
    found = Redactions()
    assert without_secrets({key: "hunter2", "n": 1}, found) == {key: REDACTED, "n": 1}
    assert found.secrets == 1


@pytest.mark.parametrize(
    "key", ["CredentialContainer", "KeyVaultKeyIdentifier", "Label column", "Token count", "Name"]
)
def test_what_only_looks_like_a_secret_stays(key: str):
    assert without_secrets({key: "Inline"}, Redactions()) == {key: "Inline"}


@pytest.mark.parametrize("value", ["", None, True, False, [], {}])
def test_an_empty_secret_is_none(value):
    found = Redactions()
    assert without_secrets({"Password": value}, found) == {"Password": value}
    assert found.secrets == 0


def test_the_members_of_a_token_object_are_taken_out_each():
    value = {"AuthorizationToken": {"PrimaryToken": "a1", "SecondaryToken": "b2"}}
    found = Redactions()
    assert without_secrets(value, found) == {
        "AuthorizationToken": {"PrimaryToken": REDACTED, "SecondaryToken": REDACTED}
    }
    assert found.secrets == 2


def test_a_module_parameter_is_judged_by_the_name_beside_its_value():
    parameters = [
        {"Name": "Account key", "Value": "hunter2", "ValueType": "Literal"},
        {"Name": "Label column", "Value": "churned", "ValueType": "Literal"},
        {"name": "password", "value": 12345},
    ]
    values = [p.get("Value", p.get("value")) for p in without_secrets(parameters, Redactions())]
    assert values == [REDACTED, "churned", REDACTED]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("DefaultEndpoints=x;AccountKey=abc+/9==;Suffix=y", ";Suffix=y"),
        ("https://a.blob/x?sv=1&sig=aB%2Fc%3D&sp=r", "&sp=r"),
        ("Server=s;Password = hunter2;Db=d", ";Db=d"),
        ("curl -H 'Authorization: Bearer abcdefghijklmnop.qrs'", "'"),
        ("jwt eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.c2lnbmF0dXJl end", " end"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- after", " after"),
        ("key " + "A" * 86 + "== end", " end"),
    ],
)
def test_a_secret_is_taken_out_by_its_pattern_and_the_rest_stays(text: str, left: str):
    found = Redactions()
    shown = without_secrets({"Comment": text}, found)["Comment"]
    assert REDACTED in shown
    assert shown.endswith(left)
    assert shown[:3] == text[:3] or text.startswith("-----")
    assert not any(s in shown for s in ("hunter2", "abc+/9", "aB%2Fc", "MIIE", "A" * 80))
    assert found.secrets == 1


@pytest.mark.parametrize(
    "secret",
    [
        "sig=x",
        "PWD:x",
        "x://a:b@c",
        "eyJ12345678.12345678.1",
        "Bearer 1234567890123456",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
@pytest.mark.parametrize("inside", [lambda s: s, lambda s: [s], lambda s: {"Comment": s}])
def test_the_shortest_of_each_pattern_is_taken_out(
    secret: str, inside: Callable[[str], object]
) -> None:
    found = Redactions()
    shown = without_secrets(inside(secret), found)
    assert REDACTED in str(shown)
    assert secret not in str(shown)
    assert found.secrets == 1


def test_a_private_key_without_an_end_is_taken_out_to_the_end_of_the_text():
    shown = without_secrets("x -----BEGIN RSA PRIVATE KEY-----\nMIIEpQ", Redactions())
    assert shown == f"x {REDACTED}"


PLAIN = st.sampled_from(
    [
        "sig=abc def",
        "Password = x",
        "AccountKey=k;y",
        "Bearer 0123456789abcdef0",
        "mira.owner@example.org",
        "Mira Owner and Lea  Weber",
        "someone@else.example",
        "m-owner",
        "Tomas User",
    ]
)
VALUES = st.recursive(
    PLAIN | st.text() | st.integers() | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*FIELDS, "Password", "Comment", "Name", "Value"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(VALUES)
def test_redacting_twice_is_redacting_once_and_counts_nothing_more(value):
    once = clean(value)
    again = Redactions()
    assert redactor().redact(once, again) == once
    assert again == Redactions()


@given(VALUES)
def test_the_shape_of_a_document_stays(value):
    def shape(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: shape(v) for k, v in part.items()}
        return [shape(v) for v in part] if isinstance(part, list) else None

    assert shape(clean(value)) == shape(value)


@given(VALUES)
def test_no_other_person_of_the_workspace_is_left(value):
    told = json.dumps(clean(value)).casefold()
    for gone in ("mira.owner@example.org", "lea.weber@example.org", "someone@else.example"):
        assert gone not in told
    assert "mira owner" not in told


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"Owner": "Mira Owner"}, {"Owner": "person-1"}),
        ({"owner": "m-owner"}, {"owner": "person-1"}),
        ({"OwnerEmail": "MIRA.OWNER@example.org"}, {"OwnerEmail": "person-1"}),
        ({"Creator": "l-weber"}, {"Creator": "person-2"}),
        ({"Summary": "Mira  Owner, lea.weber@example.org"}, {"Summary": "person-1, person-2"}),
        ({"Tags": ["mira owner"]}, {"Tags": ["person-1"]}),
    ],
)
def test_users_are_numbered_by_their_place_the_same_by_whatever_names_them(value, shown):
    found = Redactions()
    assert redactor().redact(value, found) == shown
    assert found.people == json.dumps(shown).count("person-")


def test_a_stranger_has_the_same_number_in_every_field_and_every_redactor():
    value = {"Owner": "Gone Colleague", "Creator": "gone  colleague"}
    one, other = clean(value), clean(value, redactor())
    assert one == other
    assert one["Owner"] == one["Creator"] == f"person-{number_of('gone colleague')}"
    assert clean({"Comment": "mail x@y.example"}) == {
        "Comment": f"mail person-{number_of('x@y.example')}"
    }


@pytest.mark.parametrize(
    "text",
    ["Tomas User", "tomas.user@example.org", "Tomas.User@Example.ORG", "t-user", TOMAS.id],
)
def test_the_subject_is_never_redacted(text: str):
    value = {"Owner": text, "Comment": f"by {text}."}
    assert clean(value) == value


def test_a_name_within_the_subjects_own_name_or_alias_takes_nothing_out_of_it():
    ann = Person("ann", "Ann", ("ann@example.org", "ann"))
    subject = Subject(names=["Ann Lee"], aliases=["lee-ann"], emails=["x@example.org"])
    value = {"Comment": "Ann Lee and Ann wrote to lee-ann"}
    assert clean(value, redactor(subject, (ann,))) == {
        "Comment": "Ann Lee and person-1 wrote to lee-ann"
    }


def test_a_longer_name_around_the_subjects_own_is_somebody_else():
    other = Person("o", "Tomas User Junior", ("junior@example.org", "o"))
    assert clean({"C": "Tomas User Junior"}, redactor(SUBJECT, (TOMAS, other))) == {"C": "person-1"}


@pytest.mark.parametrize("tool", ["PowerShell", "Python SDK", "R", "User", "Microsoft Corporation"])
def test_tools_that_stand_where_people_do_are_kept(tool: str):
    assert clean({"Owner": tool}) == {"Owner": tool}


def test_a_whole_workspace_keeps_its_people_and_loses_its_secrets():
    value = {"Owner": "Mira Owner", "Comment": "mira.owner@example.org", "Password": "x"}
    found = Redactions()
    assert redactor(None).redact(value, found) == value | {"Password": REDACTED}
    assert (found.secrets, found.people) == (1, 0)
    assert redactor(None).unnamed("by Mira Owner") == "by Mira Owner"


def test_other_people_in_a_file_name_become_person_without_a_number():
    assert redactor().unnamed("lea.weber@example.org for Tomas User.csv") == (
        "person for Tomas User.csv"
    )


def test_a_part_of_a_word_is_nobody():
    assert clean({"Comment": "Mira Ownership"}) == {"Comment": "Mira Ownership"}
