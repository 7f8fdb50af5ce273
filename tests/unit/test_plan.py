"""The plan: what its hash depends on, how batches fall into parts, and that it reads back."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.model.listing import Listing, PageRef
from dsr.model.matching import Match, Tier
from dsr.model.outcome import (
    AssetResult,
    BatchResult,
    BatchSummary,
    Outcome,
    in_force,
    is_done,
    tally,
)
from dsr.model.package import Piece, ZipEntry
from dsr.model.plan import BLOCK, Plan, PlanEntry, from_ndjson, seal, to_ndjson

ID = "6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01"
TEXT = st.text(max_size=20)
ENTRIES = st.builds(
    PlanEntry,
    asset=TEXT,
    ref=TEXT,
    name=TEXT,
    match=st.builds(Match, st.sampled_from(Tier), st.none() | TEXT),
    action=st.sampled_from(["export", "skip", "fail"]),
    path=TEXT,
    size=st.none() | st.integers(0, 2**50),
    reason=TEXT,
    error=TEXT,
    count=st.integers(0, 9),
)
PAGES = st.builds(
    PageRef,
    name=st.text("0123456789-", min_size=1, max_size=12),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    entries=st.integers(0, 64),
    bytes=st.integers(0, 2**40),
    blocks=st.integers(1, 200),
)
LISTINGS = st.lists(
    st.builds(Listing, st.lists(PAGES, max_size=4).map(tuple), st.none()), max_size=5
)


def sealed(listings=(), nonce: str = "n" * 32, request_id: str = ID, **options) -> Plan:
    return seal(request_id, nonce, listings, (), **options)


@given(st.lists(ENTRIES, max_size=6))
def test_a_page_of_the_plan_reads_back_line_by_line(entries):
    data = to_ndjson(entries)
    assert data.count(b"\n") == len(entries)
    assert from_ndjson(data) == entries
    assert to_ndjson(from_ndjson(data)) == data


def test_a_size_of_nothing_is_shown_and_an_unknown_one_is_not():
    entry = PlanEntry("lab/job:1", "r", "n", Match(Tier.STRONG, "f"), "export", size=0)
    assert entry.to_json()["size"] == 0
    assert "size" not in replace(entry, size=None).to_json()


@given(LISTINGS)
def test_the_hash_depends_on_the_nonce_and_the_request(listings):
    plan = sealed(listings)
    assert sealed(listings).plan_hash == plan.plan_hash
    assert sealed(listings, nonce="m" * 32).plan_hash != plan.plan_hash
    assert sealed(listings, request_id=ID[::-1]).plan_hash != plan.plan_hash
    assert len(bytes.fromhex(plan.plan_hash)) == 32


@given(LISTINGS, st.data())
def test_the_hash_changes_with_any_page(listings, data):
    pages = [page for listing in listings for page in listing.pages]
    before = sealed([Listing(tuple(pages))]).plan_hash
    assert before == sealed(listings).plan_hash  # however the pages were listed
    if not pages:
        return
    at = data.draw(st.integers(0, len(pages) - 1))
    flipped = replace(pages[at], sha256=pages[at].sha256[::-1])
    if flipped != pages[at]:
        changed = [*pages[:at], flipped, *pages[at + 1 :]]
        assert sealed([Listing(tuple(changed))]).plan_hash != before
    assert sealed([Listing((*pages[:at], *pages[at + 1 :]))]).plan_hash != before


def test_the_hash_depends_on_the_order_of_the_pages():
    one, other = PageRef("1", "a" * 64, 1, 0), PageRef("2", "b" * 64, 1, 0)
    assert sealed([Listing((one, other))]).plan_hash != sealed([Listing((other, one))]).plan_hash


@given(LISTINGS, st.integers(300, 2000))
def test_parts_are_in_order_none_is_empty_and_none_needs_too_many_blocks(listings, max_blocks):
    plan = sealed(listings, max_blocks=max_blocks)
    assert list(plan.parts) == sorted(plan.parts)
    assert set(plan.parts) == set(range(1, max(plan.parts, default=0) + 1))
    for part in set(plan.parts):
        pages = [p for p, at in zip(plan.pages, plan.parts, strict=True) if at == part]
        needed = [p.blocks + p.bytes // plan.block_size for p in pages]
        assert sum(needed) <= max_blocks or len(pages) == 1


@given(LISTINGS)
def test_blocks_grow_with_what_is_known_to_come_and_stay_powers_of_two_times_8_mib(listings):
    plan = sealed(listings)
    assert plan.block_size in [BLOCK << n for n in range(4)]
    total = sum(p.bytes for p in plan.pages)
    assert (plan.block_size == BLOCK) == (total / BLOCK <= 20_000)


@given(LISTINGS)
def test_a_plan_and_its_listings_read_back(listings):
    plan = seal(ID, "n", listings, [{"code": "telemetry"}])
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan
    assert plan.entries == sum(p.entries for listing in listings for p in listing.pages)
    for listing in listings:
        assert Listing.from_json(json.loads(json.dumps(listing.to_json()))) == listing


def test_counts_of_all_listings_are_summed():
    plan = sealed([Listing((), None, 1, 2, 3), Listing((), None, 10, 20, 30)])
    assert (plan.unattributed, plan.unmatched, plan.builtin) == (11, 22, 33)


ENTRY = PlanEntry("lab/job:ü", "ref", "ü", Match(Tier.STRONG, "f"), "export", "lab/job/ü")


def result(batch: int, attempt: int, whole: bool, outcomes: list[Outcome], deferred=(), tries=0):
    shown = tuple(AssetResult(ENTRY, o).to_json() for o in outcomes)
    entry = ZipEntry("a", 0, 1, 2, 3, 8, 0, 20, "f" * 64)
    pieces = (Piece(("b",), 9, (entry,)),)
    return BatchResult(batch, attempt, whole, shown, pieces, deferred, tries)


def test_a_batch_result_reads_back_and_its_metadata_says_its_counts():
    one = result(3, 2, False, [Outcome.EXPORTED, Outcome.EXPORTED, Outcome.FAILED], (4, 5), 3)
    assert BatchResult.from_bytes(one.to_bytes()) == one
    summary = one.summary()
    assert BatchSummary.from_metadata(3, 2, summary.to_metadata()) == summary
    assert (summary.entries, summary.deferred, summary.tries) == (3, 2, 3)
    assert summary.outcomes == {"exported": 2, "failed": 1}
    assert all(v.isascii() for pair in summary.to_metadata().items() for v in pair)


def test_a_result_that_an_earlier_version_stored_is_read_all_the_same():
    one = result(3, 2, False, [Outcome.EXPORTED], (4,))
    stored = json.loads(one.to_bytes())
    del stored["tries"]
    assert BatchResult.from_bytes(json.dumps(stored).encode()) == one
    metadata = one.summary().to_metadata()
    del metadata["tries"]
    assert BatchSummary.from_metadata(3, 2, metadata) == one.summary()


def test_only_what_came_since_the_last_whole_attempt_counts():
    summaries = [
        result(0, 0, True, [Outcome.FAILED], (1,)).summary(),
        result(0, 1, False, [Outcome.FAILED]).summary(),
        result(0, 2, True, [Outcome.EXPORTED], (1,)).summary(),
        result(0, 3, False, [Outcome.EXPORTED]).summary(),
        result(1, 0, True, [Outcome.SKIPPED]).summary(),
    ]
    grouped = in_force(reversed(summaries))
    assert {b: [s.attempt for s in found] for b, found in grouped.items()} == {0: [2, 3], 1: [0]}
    assert tally(grouped) == {"exported": 2, "skipped": 1}


@pytest.mark.parametrize(("deferred", "done"), [((), True), ((1,), False)])
def test_a_batch_is_done_where_its_last_attempt_defers_nothing(deferred, done):
    assert is_done([result(0, 0, True, [], deferred).summary()]) == done
    assert not is_done([])
