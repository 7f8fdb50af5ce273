"""Looking at requests: the status document, lists, plans, results, packages."""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from dsr.errors import Gone, Invalid, NotFound, Problem
from dsr.model.outcome import Outcome, tally
from dsr.model.plan import from_ndjson
from dsr.model.record import RequestRecord, stamp
from dsr.model.states import FINAL, WITH_PACKAGE, State
from dsr.usecases.confirming import told
from dsr.usecases.dispatching import of_phase
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)

PAGE: Final = 200
"""Entries of a page of a plan or of results."""
LIST_PAGE: Final = 50
"""Requests of a page of the list."""
LINK_SECONDS: Final = 15 * 60
_COUNTED_AGE: Final = 0.5
"""Seconds that the counts of a request under way may be old, if it has few batches."""
_COUNTED_BATCH: Final = 0.025
"""Seconds that they may be old for each batch: listing the results of many takes longer."""


def status(ports: Ports, request_id: str) -> dict[str, Any]:
    """Give the status document, with the counts as they are now; raises NotFound."""
    return document(ports, ports.ledger.load(request_id))


def document(ports: Ports, record: RequestRecord) -> dict[str, Any]:
    """Give the status document of a state."""
    counts = record.counts() | _progress(ports, record)
    return {
        "request_id": record.request_id,
        "type": record.type,
        "regulation": record.regulation,
        "status": record.status.value,
        "received_at": stamp(record.received_at),
        "due_at": stamp(record.due_at),
        "updated_at": stamp(record.updated_at),
        "plan_hash": record.plan_hash,
        "counts": counts,
        "notices": list(record.notices),
        "problems": list(record.problems),
        "links": _links(record),
    } | told(record)


def _progress(ports: Ports, record: RequestRecord) -> dict[str, int]:
    """Count what is there while the request is under way."""
    if record.status == State.PLANNING:
        found = list(ports.ledger.listings(record.request_id).values())
        return {
            "total": sum(f.entries for f in found),
            "unattributed": sum(f.unattributed for f in found),
        }
    if record.status == State.RUNNING:
        # whoever polls in short turns need not cost a listing each time
        age = max(_COUNTED_AGE, _COUNTED_BATCH * record.batches)
        return tally(of_phase(record, ports.ledger.results(record.request_id, age)))
    return {}


def _links(record: RequestRecord) -> dict[str, str]:
    base = f"/api/requests/{record.request_id}"
    links = {"self": base}
    if record.plan_hash:
        links |= {"plan": f"{base}/plan", "results": f"{base}/results"}
    if record.status == State.AWAITING_APPROVAL:
        links |= {"approve": f"{base}/approve", "reject": f"{base}/reject"}
    failed = record.outcomes.get(Outcome.FAILED.value, 0)
    if record.status == State.COMPLETED_WITH_EXCEPTIONS and record.type == "delete" and failed:
        links["retry"] = f"{base}/retry"
    if record.package is not None:
        links["package"] = f"{base}/package"
    if record.certificates:
        links["certificate"] = f"{base}/certificate"
    if record.final or record.decisions:
        links["audit"] = f"{base}/audit"
    return links


def requests(
    ports: Ports, page: int, status: str | None, type_: str | None, overdue: bool | None
) -> dict[str, Any]:
    """Give a page of the list, newest first, filtered.

    The index knows enough to filter; what is shown is each request's own state.
    """
    first = (page - 1) * LIST_PAGE
    found = 0
    shown: list[dict[str, Any]] = []
    more = False
    now = stamp(ports.now())
    for entry in ports.ledger.index():
        late = entry.due_at < now and entry.status not in FINAL
        if status not in (None, entry.status) or type_ not in (None, entry.type):
            continue
        if overdue is not None and overdue != late:
            continue
        found += 1
        if found <= first:
            continue
        if len(shown) == LIST_PAGE:
            more = True
            break
        try:
            shown.append(document(ports, ports.ledger.load(entry.request_id)))
        except NotFound:
            continue  # accepted so far as its place in the index only; the sweeper tidies up
    return {"items": shown, "page": page, "next_page": page + 1 if more else None}


def plan(ports: Ports, request_id: str, page: int) -> dict[str, Any]:
    """Give a page of the plan; raises NotFound before it is sealed and Gone once erased."""
    record = ports.ledger.load(request_id)
    if record.plan_hash is None:
        raise NotFound("the request has no plan yet")
    sealed = ports.ledger.plan(request_id)
    if sealed is None:
        raise Gone("the plan was erased with the subject's other data")

    def read(number: int) -> list[dict[str, Any]]:
        data = ports.ledger.page(request_id, sealed.pages[number].name)
        return [entry.to_json() for entry in from_ndjson(data)]

    items, pages = _page(page, [p.entries for p in sealed.pages], read)
    head: dict[str, Any] = {
        "request_id": request_id,
        "plan_hash": record.plan_hash,
        "total": sealed.entries,
    }
    head |= {"unattributed": sealed.unattributed} | told(record)
    return head | _paged(items, page, pages)


def results(ports: Ports, request_id: str, page: int) -> dict[str, Any]:
    """Give a page of the results there are so far, of as many entries as are `planned`.

    Raises NotFound and Gone as `plan` does.
    """
    record = ports.ledger.load(request_id)
    if record.plan_hash is None:
        raise NotFound("the request has no results yet")
    if record.erased:
        raise Gone("the results were erased with the subject's other data")
    grouped = of_phase(record, ports.ledger.results(request_id))
    summaries = [s for batch in sorted(grouped) for s in grouped[batch]]

    def read(number: int) -> Sequence[dict[str, Any]]:
        summary = summaries[number]
        result = ports.ledger.result(request_id, summary.batch, summary.attempt)
        return result.results if result is not None else ()

    items, pages = _page(page, [s.entries for s in summaries], read)
    done = sum(s.entries for s in summaries)
    head = {"request_id": request_id, "total": done, "planned": record.planned}
    return head | _paged(items, page, pages)


def _page(
    page: int, sizes: list[int], read: Callable[[int], Sequence[dict[str, Any]]]
) -> tuple[list[dict[str, Any]], int]:
    """Give one page of entries that stand in groups of these sizes, and the number of pages."""
    pages = max(1, -(-sum(sizes) // PAGE))
    if page > pages:
        raise NotFound(f"there are {pages} pages")
    first, after = (page - 1) * PAGE, page * PAGE

    def entries() -> Iterator[dict[str, Any]]:
        start = 0
        for number, size in enumerate(sizes):
            if start < after and start + size > first:
                yield from read(number)[max(0, first - start) : after - start]
            start += size

    return list(entries()), pages


def _paged(items: list[dict[str, Any]], page: int, pages: int) -> dict[str, Any]:
    following = page + 1 if page < pages else None
    return {"items": items, "page": page, "pages": pages, "next_page": following}


def package(ports: Ports, request_id: str) -> dict[str, Any]:
    """Issue read-only URLs of a package, and write down that it was done.

    Raises NotFound while there is none and Gone once it expired.
    """
    record = ports.ledger.load(request_id)
    info = record.package
    if info is None or not (record.status in WITH_PACKAGE or record.erasing):
        raise NotFound("the request has no package")
    left = (info.expires_at - ports.now()).total_seconds()
    if info.deleted or left <= 0:
        raise Gone("the package has expired and was deleted")
    seconds = int(max(1, min(LINK_SECONDS, left)))
    parts = [{"url": url, "size": size} for url, size in ports.packages.urls(info, seconds)]
    ports.trail.record(request_id, "package_issued", {"parts": len(parts), "seconds": seconds})
    logger.info("request %s: package issued", request_id)
    return {
        "parts": parts,
        "expires_at": stamp(info.expires_at),
        "tagmanifest_sha256": info.tagmanifest_sha256,
        "network": ports.packages.network(),
    }


def page_number(text: str | None) -> int:
    """Read a page number, 1 where none is given; raises Invalid."""
    if text is None or text == "":
        return 1
    if not re.fullmatch(r"[0-9]{1,8}", text) or int(text) == 0:
        raise Invalid([Problem("/page", "is not a page number; pages count from 1")])
    return int(text)
