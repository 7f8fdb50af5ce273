"""The audit chain: each line holds the hash of the one before, whoever writes at once."""

import hashlib
import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from dsr.model.request import canonical
from dsr.storage.evidence import AuditTrail
from tests.fakes.memory_blobs import MemoryBlobs

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["approved", "cancelled", "package_issued"]),
        st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3),
    ),
    max_size=6,
)


def check_chain(data: bytes) -> list[dict]:
    """Check every link as anyone can, and give the lines."""
    lines = [json.loads(line) for line in data.splitlines()]
    prev = "0" * 64
    for number, line in enumerate(lines):
        assert (line["seq"], line["prev"]) == (number, prev)
        body = {k: v for k, v in line.items() if k != "hash"}
        assert hashlib.sha256(canonical(body)).hexdigest() == line["hash"]
        assert set(line) == {"seq", "at", "event", "detail", "prev", "hash"}
        prev = line["hash"]
    return lines


@given(EVENTS)
def test_events_make_a_chain_in_their_order(events):
    blobs = MemoryBlobs()
    trail = AuditTrail(blobs, lambda: NOW)
    for event, detail in events:
        trail.record("r", event, detail)
    stored = blobs.blobs.get("r/audit.ndjson")
    lines = check_chain(stored.data if stored else b"")
    assert [(line["event"], line["detail"]) for line in lines] == events


def test_two_writers_at_once_make_one_chain():
    blobs = MemoryBlobs()
    trail = AuditTrail(blobs, lambda: NOW)
    append, nested = blobs.append, []

    def racing(name: str, data: bytes, at: int) -> None:
        if not nested:
            nested.append(name)
            trail.record("r", "quicker", {})
        append(name, data, at)

    blobs.append = racing  # type: ignore[method-assign]
    trail.record("r", "slower", {})
    lines = check_chain(blobs.blobs["r/audit.ndjson"].data)
    assert [line["event"] for line in lines] == ["quicker", "slower"]


def test_a_line_that_was_altered_or_taken_out_breaks_the_chain():
    blobs = MemoryBlobs()
    trail = AuditTrail(blobs, lambda: NOW)
    for event in ("one", "two", "three"):
        trail.record("r", event, {})
    data = blobs.blobs["r/audit.ndjson"].data
    lines = data.splitlines(keepends=True)
    for broken in (data.replace(b"two", b"TWO"), lines[0] + lines[2]):
        try:
            check_chain(broken)
        except AssertionError:
            continue
        raise AssertionError("a broken chain went unnoticed")
