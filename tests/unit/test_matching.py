"""Whose asset it is: tiers, from the surest down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.model.asset import Asset, Person
from dsr.model.matching import Match, Matcher, Tier, folded, mention
from dsr.model.request import Subject
from tests.fakes.sample import MIRA, TOMAS, TOMAS_ID

BY_EMAIL = Subject(emails=["tomas.user@example.org"])


def asset(owner: str = "", text: str = "", identifier: str = "") -> Asset:
    return Asset(
        "dataset",
        "1",
        "a name",
        "a name",
        owners=(("Owner", owner),) if owner else (),
        identifiers=(("OwnerEmail", identifier),) if identifier else (),
        texts=(("Description", text),) if text else (),
    )


def tier(subject: Subject, found: Asset, people=(MIRA, TOMAS)) -> Tier:
    return Matcher(subject, people).match(found).tier


@pytest.mark.parametrize(
    ("subject", "identifier"),
    [
        (Subject(emails=["tomas.user@example.org"]), "Tomas.User@Example.ORG"),
        (Subject(user_ids=[TOMAS_ID.upper()]), TOMAS_ID),
        (Subject(object_ids=[TOMAS_ID]), TOMAS_ID.upper()),
    ],
)
def test_an_identifier_field_that_equals_an_address_or_id_is_strong_whatever_the_case(
    subject, identifier
):
    assert Matcher(subject, ()).match(asset(identifier=identifier)) == Match(
        Tier.STRONG, "OwnerEmail"
    )


def test_an_owner_field_that_holds_the_address_itself_is_strong():
    assert tier(BY_EMAIL, asset("tomas.user@example.org"), ()) == Tier.STRONG


def test_names_and_aliases_of_the_request_are_never_strong():
    subject = Subject(names=["Tomas User"], aliases=["t-user"])
    assert tier(subject, asset(identifier="Tomas User")) == Tier.NONE
    assert tier(subject, asset("Tomas User"), ()) == Tier.WEAK


@pytest.mark.parametrize("owner", ["Tomas User", "tomas  user", "T-USER"])
def test_a_name_or_alias_of_exactly_one_user_who_is_the_subject_is_resolved(owner):
    match = Matcher(BY_EMAIL, (MIRA, TOMAS)).match(asset(owner))
    assert match == Match(Tier.RESOLVED, "Owner")


def test_a_name_that_two_users_share_resolves_to_nobody():
    namesake = Person("x", "Tomas User", ("other.tomas@example.org", "x"), ("o-user",))
    people = (TOMAS, namesake)
    assert tier(BY_EMAIL, asset("Tomas User"), people) == Tier.NONE
    assert tier(BY_EMAIL, asset("t-user"), people) == Tier.RESOLVED
    named = Subject(emails=["tomas.user@example.org"], names=["Tomas User"])
    assert tier(named, asset("Tomas User"), people) == Tier.WEAK


def test_an_alias_of_one_that_is_the_name_of_another_resolves_to_nobody():
    other = Person("x", "t-user", ("other@example.org", "x"))
    assert tier(BY_EMAIL, asset("t-user"), (TOMAS, other)) == Tier.NONE


def test_a_user_whose_name_is_also_their_alias_is_still_one_user():
    person = Person("x", "tomas", ("tomas.user@example.org", "x"), ("Tomas",))
    assert tier(BY_EMAIL, asset("tomas"), (person,)) == Tier.RESOLVED


def test_a_name_of_a_user_who_is_not_the_subject_is_no_match():
    assert tier(BY_EMAIL, asset("Mira Owner")) == Tier.NONE


def test_an_alias_that_the_request_gives_is_resolved_without_any_user():
    assert tier(Subject(aliases=["T-User"]), asset("t-user"), ()) == Tier.RESOLVED


@pytest.mark.parametrize(
    "text",
    [
        "ask Tomas User about it",
        "by tomas.user@example.org.",
        "(TOMAS\n USER)",
        "t-user's copy",
        f"id={TOMAS_ID};",
    ],
)
def test_an_identifier_in_free_text_is_weak(text):
    subject = Subject(
        emails=["tomas.user@example.org"],
        names=["Tomas User"],
        aliases=["t-user"],
        object_ids=[TOMAS_ID],
    )
    match = Matcher(subject, ()).match(asset(text=text))
    assert match == Match(Tier.WEAK, "Description")


@pytest.mark.parametrize(
    "text", ["Tomas Username", "xt-user", "t-users", "@t-user", "t-user@other.example", "Tomas"]
)
def test_a_part_of_a_word_or_address_is_no_mention(text):
    subject = Subject(names=["Tomas User"], aliases=["t-user"])
    assert tier(subject, asset(text=text), ()) == Tier.NONE


def test_the_surest_field_decides_and_is_named():
    found = Asset(
        "experiment",
        "1",
        "n",
        "n",
        owners=(("Creator", "t-user"),),
        identifiers=(("OwnerEmail", "tomas.user@example.org"),),
        texts=(("Summary", "Tomas User"),),
    )
    subject = Subject(emails=["tomas.user@example.org"], names=["Tomas User"])
    assert Matcher(subject, (TOMAS,)).match(found) == Match(Tier.STRONG, "OwnerEmail")


def test_no_match_has_no_field():
    assert Matcher(BY_EMAIL, ()).match(asset("PowerShell")).to_json() == {
        "tier": "none",
        "field": None,
    }


@pytest.mark.parametrize(
    ("owner", "identifier", "expected"),
    [
        ("Mira Owner", "", True),
        ("m-owner", "", True),
        ("", "mira.owner@example.org", True),
        ("PowerShell", "", False),
        ("", "", False),
        ("Mira", "gone@example.org", False),
    ],
)
def test_an_asset_is_attributable_where_a_field_leads_to_one_user(owner, identifier, expected):
    found = asset(owner, identifier=identifier)
    assert Matcher(BY_EMAIL, (MIRA, TOMAS)).attributable(found) == expected


def test_a_name_that_two_users_share_makes_an_asset_unattributable():
    people = (Person("1", "Kim Lee", ("1",)), Person("2", "Kim Lee", ("2",)))
    assert not Matcher(BY_EMAIL, people).attributable(asset("Kim Lee"))


def test_a_user_without_a_name_matches_no_blank_owner():
    nameless = Person("x", "", ("tomas.user@example.org", "x"), ("",))
    assert tier(BY_EMAIL, asset(" "), (nameless,)) == Tier.NONE


@given(st.text())
def test_folding_is_blind_to_space_around_and_leaves_single_spaces_only(text: str):
    once = folded(text)
    assert folded(f" {text} \t") == once
    assert once == " ".join(once.split())


@given(st.text(), st.lists(st.text(), max_size=4))
def test_values_are_text_and_no_pattern(text: str, values: list[str]):
    pattern = mention(values)
    words = {folded(v) for v in values} - {""}
    assert (pattern is None) == (not words)
    found = pattern.search(folded(text)) if pattern else None
    assert found is None or found[0] in words


@given(st.from_regex(r"[a-z]{3,12}", fullmatch=True), st.sampled_from(" .,;:()\"'!?/\n"))
def test_a_word_is_found_between_any_punctuation(word: str, mark: str):
    pattern = mention([word])
    assert pattern is not None
    assert pattern.search(folded(f"xx{mark}{word}{mark}yy"))
    assert not pattern.search(folded(f"xx{word}yy"))
