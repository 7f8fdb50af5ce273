"""The moments at which a delete is killed: every call of a recorded run, or a choice of them.

A call's shape is its line in the record without what differs from run to run, so a moment is a
shape, how often it has been seen, and whether the worker dies before or after the call.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

ANY: Final = "<any>"
"""What stands in a shape for what differs."""
_VARYING: Final = (
    (r"(/messages/)[^?]+", rf"\1{ANY}"),
    (r"(popreceipt|visibilitytimeout|messagettl)=[^&]*", rf"\1={ANY}"),
    (r"(/pages/[^?]*?)-[0-9a-f]{16}-", rf"\1-{ANY}-"),
    (r"/decisions/[^?]*", f"/decisions/{ANY}"),
    (r"/index/\d+-", f"/index/{ANY}-"),
    (r"/operations/[0-9a-f-]+", f"/operations/{ANY}"),
    (r"/(mfe|workspace)OperationsStatus/[^?]+", rf"/\1OperationsStatus/{ANY}"),
)
_POLL: Final = re.compile(
    r"^(GET|PUT) /devstoreaccount1/dsr-[a-z-]+(/messages.*)?$|^GET .*/\{id\}/status\.json"
)
"""Queues looked at, made, and leases renewed; the state looked at. How often is up to chance."""
_APPROVED: Final = re.compile(r"^PUT .*/decisions/")
_OWN: Final = re.compile(r"^[A-Z]+ /devstoreaccount1/")
_OPERATION: Final = re.compile(r"^GET .*OperationsStatus/")
_STATE: Final = re.compile(r"^PUT .*/requests/\{id\}/(intents/|results/|status\.json)")


@dataclass(frozen=True)
class Point:
    """One moment; `place` is that of its call in the record."""

    shape: str
    nth: int
    when: str
    place: int
    first: int = 0
    """Counted from the start of a run, where `nth` is counted from another moment."""

    def __str__(self) -> str:
        return f"{self.when} call {self.nth} of {self.shape}"

    def alone(self) -> "Point":
        """Give the moment for a run of its own."""
        return replace(self, nth=self.first, first=0) if self.first else self

    def rule(self, request_id: str, log: Path) -> dict[str, Any]:
        """Give the fault that kills the host then."""
        pattern = re.escape(self.shape).replace(re.escape(ANY), "[^/?&]*")
        match = f"^{pattern.replace(re.escape('{id}'), request_id)}$"
        return {"match": match, "nth": self.nth, "when": self.when, "log": str(log)}


def shapes(calls: Iterable[str], request_id: str) -> list[str]:
    """Give the shapes of a record, without polls."""
    found = []
    for call in calls:
        shape = call.replace(request_id, "{id}")
        for pattern, replacement in _VARYING:
            shape = re.sub(pattern, replacement, shape)
        if not _POLL.search(shape):
            found.append(shape)
    return found


def _numbered(recorded: list[str]) -> list[tuple[str, int]]:
    seen: Counter[str] = Counter()
    found = []
    for shape in recorded:
        seen[shape] += 1
        found.append((shape, seen[shape]))
    return found


def every(recorded: list[str]) -> list[Point]:
    """Give the moments before and after every call of a run."""
    numbered = enumerate(_numbered(recorded))
    return [Point(s, n, when, i) for i, (s, n) in numbered for when in ("before", "after")]


def packed(recorded: list[str], points: list[Point], size: int) -> list[list[Point]]:
    """Give packs of moments for one run each, far from one another.

    A death ends the counting of calls, so a moment counts from the one before it in its pack.
    """
    stride = -(-len(points) // size)
    packs = []
    for start in range(stride):
        pack: list[Point] = []
        since = 0
        for point in points[start::stride]:
            nth = recorded[since : point.place + 1].count(point.shape)
            pack.append(replace(point, nth=nth, first=point.nth))
            since = point.place + (point.when == "after")
        packs.append(pack)
    return packs


def chosen(recorded: list[str]) -> list[Point]:
    """Give enough of them.

    Before and after all calls that delete at a service; after every second write of the state, of
    intents and of results. Of other calls, those that differ in ids and numbers only are alike:
    the first of them that writes. A read changes nothing, so dying at one is dying after the write
    before it, and so is dying before a write: `every` kills there as well.
    """
    numbered = _numbered(recorded)
    approved = next(i for i, (shape, _) in enumerate(numbered) if _APPROVED.search(shape))
    deletes: list[int] = []
    states: list[int] = []
    first: dict[tuple[str, bool], int] = {}
    for i, (shape, _) in enumerate(numbered):
        if _deletes(shape):
            deletes.append(i)
        elif _STATE.search(shape):
            states.append(i)
        elif not shape.startswith(("GET ", "HEAD ")):
            kind = re.sub(r"[0-9a-f]{16,}|\d+|\.csv|_visualization\.json", "#", shape)
            first.setdefault((kind, i > approved), i)
    picked = sorted({*deletes, *states[::2], *first.values()})
    return [Point(*numbered[i], when, i) for i in picked for when in _moments(numbered[i][0])]


def few(recorded: list[str]) -> list[Point]:
    """Give as few as tell something of a service, where another one's runs are killed at more.

    After each call that deletes or cancels at a service's own API, and before the first of those
    whose paths are of one form; after the first look at an operation of a form. After the first
    and the last write of the state, of intents, of results, and delete of a customer's blob.
    """
    numbered = _numbered(recorded)
    approved = next(i for i, (shape, _) in enumerate(numbered) if _APPROVED.search(shape))
    alike: dict[str, list[int]] = {}
    for i, (shape, _) in enumerate(numbered):
        if i > approved and (form := _form(shape)):
            alike.setdefault(form, []).append(i)
    points = []
    for places in alike.values():
        acts, first, last = _acts(numbered[places[0]][0]), places[0], places[-1]
        if acts:
            points.append(Point(*numbered[first], "before", first))
        looks = _OPERATION.search(numbered[first][0]) is not None
        kept = places if acts else {first} if looks else sorted({first, last})
        points += [Point(*numbered[i], "after", i) for i in kept]
    return sorted(points, key=lambda point: (point.place, point.when == "after"))


def _acts(shape: str) -> bool:
    """Tell whether a call deletes or cancels at a service's own API."""
    path = shape.partition("?")[0]
    return "/providers/" in path and (shape.startswith("DELETE ") or path.endswith("/cancel"))


def _form(shape: str) -> str:
    """Give what calls have in common that differ in names alone; "" for those left out."""
    if found := _STATE.search(shape):
        return found[1]
    path = shape.partition("?")[0]
    if _acts(shape) or _OPERATION.search(shape):
        return re.sub(r"(?<=/)(?!cancel$|mfe|workspaceOp)[^/]+", "#", path)
    return "a customer's blob" if _deletes(shape) else ""


def _deletes(shape: str) -> bool:
    return shape.startswith("DELETE ") and not _OWN.search(shape)


def _moments(shape: str) -> tuple[str, ...]:
    if _deletes(shape):
        return "before", "after"
    return ("before",) if shape.startswith(("GET ", "HEAD ")) else ("after",)
