"""A made-up service behind the connector Protocol, unlike Studio (classic) wherever it can be.

Paged by an opaque cursor, ids that are names, owners by object id, assets with children, bytes by
identity (no URL), names that collide across pages.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dsr.errors import Absent, Unavailable
from dsr.model.asset import Asset, Kind, Notice, Person, WorkspaceRecord
from dsr.usecases.connector import Content, Document, File


class MemoryStream:
    def __init__(self, data: bytes, etag: str, break_at: int | None = None) -> None:
        self.length: int | None = len(data)
        self.etag: str | None = etag
        self._data = data
        self._at = 0
        self._break_at = break_at

    def read(self, size: int) -> bytes:
        if self._break_at is not None and self._at >= self._break_at:
            raise Unavailable("the connection broke while reading")
        end = self._at + size
        if self._break_at is not None:
            end = min(end, self._break_at)
        chunk = self._data[self._at : end]
        self._at += len(chunk)
        return chunk

    def close(self) -> None:
        self._data = b""


@dataclass
class MemorySource:
    data: bytes
    breaks: list[int] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)

    def open(self, offset: int = 0, etag: str | None = None) -> MemoryStream:
        self.opened.append(offset)
        tag = hashlib.sha256(self.data).hexdigest()[:8]
        if etag not in (None, tag):
            raise Unavailable("another version by now")
        break_at = self.breaks.pop(0) if self.breaks else None
        rest = self.data[offset:]
        return MemoryStream(rest, tag, None if break_at is None else break_at - offset)


@dataclass
class Job:
    """A job, whose id is its name, with children that no list shows."""

    name: str
    owner_id: str
    output: bytes
    children: tuple["Job", ...] = ()


class _Page:
    def __init__(self, assets: list[Asset], following: str | None) -> None:
        self._assets = assets
        self._following = following
        self.next: str | None = None

    def __iter__(self) -> Iterator[Asset]:
        yield from self._assets
        self.next = self._following


@dataclass
class MadeUpConnector:
    """Jobs in pages of `page_size`."""

    jobs: list[Job]
    people: list[Person] = field(default_factory=list)
    page_size: int = 3
    kinds: tuple[Kind, ...] = (Kind("job", batch=2, folder=True),)
    person_fields: frozenset[str] = frozenset({"createdBy"})
    refuse: set[str] = field(default_factory=set)

    def record(self) -> WorkspaceRecord:
        users = tuple((p, {"displayName": p.name, "id": p.id}) for p in self.people)
        return WorkspaceRecord("made-up", "made up", {"name": "made up"}, users)

    def assets(self, kind: str, cursor: str | None) -> _Page:
        start = int(cursor.removeprefix("https://made.up/next?at=")) if cursor else 0
        jobs = self.jobs[start : start + self.page_size]
        after = start + self.page_size
        following = f"https://made.up/next?at={after}" if after < len(self.jobs) else None
        return _Page([self._asset(kind, job) for job in jobs], following)

    def _asset(self, kind: str, job: Job) -> Asset:
        return Asset(
            kind,
            job.name,
            job.name,
            job.name.partition(".")[0],
            identifiers=(("createdBy.userObjectId", job.owner_id),),
        )

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Iterator[File]:
        job = next((j for j in self.jobs if j.name == asset_id), None)
        if job is None or asset_id in self.refuse:
            raise Absent(f"read {kind} was answered with 404")
        yield Document("job.json", {"name": job.name, "createdBy": job.owner_id})
        for number, child in enumerate((job, *job.children)):
            folder = f"child-{number}/" if number else ""
            if include_data:
                yield Content(f"{folder}output.bin", MemorySource(child.output))

    def notices(self) -> list[Notice]:
        return [Notice("made-up", "made-up", "standard", "nothing", ())]
