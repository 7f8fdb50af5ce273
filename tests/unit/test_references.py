"""Who only touched an asset, as who changed it last: a reference is exported, nothing deleted."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.errors import Invalid
from dsr.model.asset import Asset
from dsr.model.matching import NO_MATCH, Match, Matcher, Tier
from dsr.model.plan import PlanEntry, from_ndjson, to_ndjson
from dsr.model.request import Subject
from dsr.storage.page_words import why
from tests.fakes.made_up_connector import Job, MadeUpConnector
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import MIRA, MIRA_ID, SUBJECT, TOMAS, TOMAS_ID
from tests.unit.deletes_rig import Thing, rig_of

TOMAS_HIMSELF = Subject(object_ids=[TOMAS_ID], aliases=["t-user"], names=["Tomas User"])
NAMED = {**SUBJECT, "names": ["Tomas User"]}
VALUES = st.sampled_from([TOMAS_ID, TOMAS_ID.upper(), MIRA_ID, "Tomas User", "t-user", "", "x"])
PAIRS = st.lists(st.tuples(st.just("f"), VALUES), max_size=3).map(tuple)
ASSETS = st.builds(
    Asset,
    kind=st.just("job"),
    id=st.just("1"),
    name=st.just("a"),
    file_name=st.just("a"),
    owners=PAIRS,
    identifiers=PAIRS,
    texts=PAIRS,
    references=PAIRS,
)


@given(ASSETS)
def test_a_reference_never_changes_what_owners_and_texts_decide(asset: Asset):
    matcher = Matcher(TOMAS_HIMSELF, (MIRA, TOMAS))
    own = matcher.match(replace(asset, references=()))
    found = matcher.match(asset)
    touched = {value.casefold() for _, value in asset.references}
    if own != NO_MATCH:
        assert found == own
    elif TOMAS_ID in touched:
        assert found == Match(Tier.STRONG, "f", refers=True)
    else:
        named = not touched.isdisjoint(("tomas user", "t-user"))
        assert found == (Match(Tier.WEAK, "f", refers=True) if named else NO_MATCH)
    assert own.refers is False
    assert matcher.attributable(asset) == matcher.attributable(replace(asset, references=()))


BY_NAME = Match(Tier.WEAK, "lastModifiedBy", refers=True)


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ("Tomas User", BY_NAME),
        ("Tomas User (Contoso)", BY_NAME),
        ("t-user", BY_NAME),
        ("Tomas", NO_MATCH),
        ("Tomas Userson", NO_MATCH),
        ("", NO_MATCH),
    ],
)
def test_a_name_or_alias_is_a_weak_reference(value: str, match: Match):
    asset = Asset("job", "1", "a", "a", references=(("lastModifiedBy", value),))
    assert Matcher(TOMAS_HIMSELF, (MIRA, TOMAS)).match(asset) == match


@given(st.booleans(), st.booleans())
def test_the_plan_keeps_and_shows_that_an_entry_refers(match_refers: bool, refers: bool):
    match = Match(Tier.STRONG, "lastModifiedBy", match_refers)
    entry = PlanEntry("lab/job:1", "r", "a", match, "export", refers=refers)
    assert from_ndjson(to_ndjson([entry])) == [entry]
    assert ("refers" in entry.to_json(), "refers" in entry.to_json()["match"]) == (
        refers,
        match_refers,
    )


def test_plans_that_differ_in_it_alone_have_other_bytes_and_those_without_it_the_old_ones():
    entry = PlanEntry("lab/job:1", "r", "a", Match(Tier.STRONG, "f"), "export")
    assert to_ndjson([entry]) != to_ndjson([replace(entry, refers=True)])
    assert b"refers" not in to_ndjson([entry])


def exported(**scope: object) -> tuple[Rig, dict[str, dict], set[str]]:
    """Export what is Tomas's of three jobs; give results by id and the job files."""
    jobs = [
        Job("his", TOMAS_ID, b"his bytes"),
        Job("touched", MIRA_ID, b"her bytes", touched=TOMAS_ID),
        Job("hers", MIRA_ID, b"her bytes", touched=MIRA_ID),
    ]
    made = Rig({"lab": MadeUpConnector(jobs, [MIRA, TOMAS])})
    body = {"scope": scope} if scope else {}
    made.submit(subject=SUBJECT, approval="automatic", **body)
    made.pump()
    names = {n.partition("/data/")[2] for n in made.package().namelist()}
    results = {r["asset"].partition(":")[2]: r for r in made.results() if "/job:" in r["asset"]}
    return made, results, {n for n in names if n.startswith("lab/job/")}


def test_an_export_holds_what_the_service_notes_about_it_and_no_bytes():
    made, results, files = exported()
    assert set(results) == {"his", "touched"}
    found = results["touched"]
    assert found["outcome"] == "exported"
    assert found["refers"] is True
    assert found["match"] == {
        "tier": "strong",
        "field": "lastModifiedBy.userObjectId",
        "refers": True,
    }
    assert "refers" not in results["his"]
    assert {n for n in files if "touched" in n} == {"lab/job/touched/job.json"}
    assert "lab/job/his/output.bin" in files
    written = json.loads(made.package().read(f"{REQUEST_ID}/data/lab/job/touched/job.json"))
    assert MIRA_ID not in json.dumps(written)


@pytest.mark.parametrize("scope", [{"select": "assets", "assets": ["lab/job:touched"]}])
def test_an_asset_that_is_named_is_exported_whole_whoever_only_touched_it(scope):
    _, results, files = exported(**scope)
    assert results["touched"]["outcome"] == "exported"
    assert "refers" not in results["touched"]
    assert "lab/job/touched/output.bin" in files


@pytest.mark.parametrize(("weak", "outcome"), [(False, "skipped"), (True, "exported")])
def test_a_reference_by_name_alone_is_exported_where_weak_matches_are(weak: bool, outcome: str):
    made, _ = rig_of(Thing("job", "w", MIRA_ID, touched="Tomas User"))
    made.submit(subject=NAMED, scope={"include_weak": weak})
    made.pump()
    (found,) = [r for r in made.results() if "/job:" in r["asset"]]
    assert (found["outcome"], found.get("refers", False)) == (outcome, weak)


def test_the_page_says_that_it_is_somebody_elses():
    note = why({"outcome": "exported", "refers": True}, "job", True)
    assert "somebody else's" in note
    assert why({"outcome": "exported"}, "job", True) == ""


@pytest.mark.parametrize("who", [TOMAS_ID, "Tomas User"])
def test_a_delete_skips_it_and_never_offers_it_for_review(who: str):
    made, depot = rig_of(Thing("job", "his"), Thing("job", "hers", MIRA_ID, touched=who))
    found = made.deleted(subject=NAMED)
    assert depot.asked == [("job", "his")]
    assert found["job:hers"]["outcome"] == "skipped"
    assert "somebody else's" in found["job:hers"]["reason"]
    assert found["job:hers"]["refers"] is True


@pytest.mark.parametrize("who", [TOMAS_ID, "Tomas User"])
def test_no_approval_can_include_it(who: str):
    made, depot = rig_of(Thing("job", "hers", MIRA_ID, touched=who))
    with pytest.raises(Invalid):
        made.deleted("lab/job:hers", subject=NAMED)
    made.run()
    assert depot.asked == []


def test_a_family_with_a_version_that_he_only_touched_does_not_go_without_a_decision():
    made, depot = rig_of(
        Thing("job", "v1", unit="f"), Thing("job", "v2", MIRA_ID, unit="f", touched=TOMAS_ID)
    )
    found = made.deleted()
    assert depot.asked == []
    assert {a: r["action"] for a, r in found.items() if a.startswith("job")} == {
        "job:v1": "review",
        "job:v2": "skip",
    }


def test_a_family_is_kept_whole_even_where_its_own_version_is_included():
    made, depot = rig_of(
        Thing("job", "v1", unit="f"), Thing("job", "v2", MIRA_ID, unit="f", touched=TOMAS_ID)
    )
    found = made.deleted("lab/job:v1")
    assert depot.asked == []
    assert found["job:v1"]["outcome"] == "retained"
    assert found["job:v2"]["outcome"] == "skipped"


def test_what_merely_mentions_him_is_a_reference_where_he_changed_it_too():
    made, _ = rig_of(Thing("job", "w", MIRA_ID, text="Tomas.User@example.org", touched=TOMAS_ID))
    made.submit(subject=SUBJECT)
    made.pump()
    (found,) = [r for r in made.results() if "/job:" in r["asset"]]
    assert (found["outcome"], found["refers"]) == ("exported", True)


def test_what_merely_mentions_him_is_still_reviewed_by_a_delete():
    made, depot = rig_of(
        Thing("job", "w", MIRA_ID, text="Tomas.User@example.org", touched=TOMAS_ID)
    )
    found = made.deleted("lab/job:w")
    assert depot.asked == [("job", "w")]
    assert found["job:w"]["outcome"] == "deleted"


def test_a_delete_of_named_assets_deletes_what_is_named():
    made, depot = rig_of(Thing("job", "hers", MIRA_ID, touched=TOMAS_ID))
    made.deleted(scope={"select": "assets", "assets": ["lab/job:hers"]})
    assert depot.asked == [("job", "hers")]
