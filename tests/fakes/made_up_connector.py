"""A made-up service behind the connector Protocol, unlike Studio (classic) wherever it can be.

Paged by an opaque cursor, ids that are names, owners by object id, assets with children, bytes by
identity (no URL), names that collide across pages.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dsr.errors import Absent, Blocked, Unavailable, Unusable
from dsr.model.asset import Asset, Kind, Notice, Person, WorkspaceRecord
from dsr.usecases.connector import Asked, Content, Document, File, Leftover


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
    """A job, whose id is its name, with children that no list shows; `touched` changed it last."""

    name: str
    owner_id: str
    output: bytes
    children: tuple["Job", ...] = ()
    touched: str = ""


class _Page:
    def __init__(self, assets: list[Asset], following: str | None) -> None:
        self._assets = assets
        self._following = following
        self.next: str | None = None

    def __iter__(self) -> Iterator[Asset]:
        yield from self._assets
        self.next = self._following


_OWN = Kind("workspace", erasable=True, stage=9, by_hand=("Delete the workspace.",))
_USER = Kind("user", by_hand=("Remove the user.",))


@dataclass
class MadeUpConnector:
    """Jobs in pages of `page_size`.

    A delete is asked for at once and, where `slow` names the job, done at the `polls`-th look;
    `asked` notes every delete. A job in `blocked` goes after the jobs that it names; lists go on
    showing what is in `lagging`, and where it is `haunted`, the users of a workspace that is gone.
    """

    jobs: list[Job]
    people: list[Person] = field(default_factory=list)
    page_size: int = 3
    kinds: tuple[Kind, ...] = (
        Kind("job", batch=2, folder=True, erasable=True, stage=1, by_hand=("Delete the job.",)),
    )
    own: Kind = _OWN
    user: Kind = _USER
    person_fields: frozenset[str] = frozenset({"createdBy"})
    refuse: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    slow: set[str] = field(default_factory=set)
    polls: int = 1
    fails: set[str] = field(default_factory=set)
    blocked: dict[str, set[str]] = field(default_factory=dict)
    lagging: set[str] = field(default_factory=set)
    leftovers: dict[str, tuple[Leftover, ...]] = field(default_factory=dict)
    users: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kept_in: Any = None
    gone: set[str] = field(default_factory=set)
    haunted: bool = False
    _under_way: dict[str, int] = field(default_factory=dict)

    def record(self) -> WorkspaceRecord:
        if "made-up" in self.gone and not self.haunted:
            raise Absent("read workspace was answered with 404")
        users = tuple((p, {"displayName": p.name, "id": p.id}) for p in self.people)
        return WorkspaceRecord("made-up", "made up", {"name": "made up"}, users)

    def assets(self, kind: str, cursor: str | None) -> _Page:
        start = int(cursor.removeprefix("https://made.up/next?at=")) if cursor else 0
        shown = [j for j in self.jobs if j.name not in self.gone - self.lagging]
        jobs = shown[start : start + self.page_size]
        after = start + self.page_size
        following = f"https://made.up/next?at={after}" if after < len(shown) else None
        return _Page([self._asset(kind, job) for job in jobs], following)

    def _asset(self, kind: str, job: Job) -> Asset:
        return Asset(
            kind,
            job.name,
            job.name,
            job.name.partition(".")[0],
            identifiers=(("createdBy.userObjectId", job.owner_id),),
            state=hashlib.sha256(job.output).hexdigest(),
            references=(("lastModifiedBy.userObjectId", job.touched),) if job.touched else (),
        )

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Iterator[File]:
        job = next((j for j in self.jobs if j.name == asset_id), None)
        if job is None or asset_id in self.refuse | self.gone:
            raise Absent(f"read {kind} was answered with 404")
        yield Document("job.json", {"name": job.name, "createdBy": job.owner_id})
        for number, child in enumerate((job, *job.children)):
            folder = f"child-{number}/" if number else ""
            if include_data:
                yield Content(f"{folder}output.bin", MemorySource(child.output))

    def notices(self, deleting: bool) -> list[Notice]:
        return [Notice("made-up", "made-up", "standard", "nothing", ())]

    def uses(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        return self.users

    def is_there(self, kind: str, asset_id: str) -> bool:
        names = {"made-up"} if kind == "workspace" else {job.name for job in self.jobs}
        return asset_id in names - self.gone

    def left_behind(self, kind: str, asset_id: str) -> tuple[Leftover, ...]:
        return self.leftovers.get(asset_id, ())

    def storage(self) -> Any:
        """Give what deletes leftovers, if a test put it here."""
        return self.kept_in

    def delete(self, kind: str, unit: str) -> Asked:
        self.asked.append((kind, unit))
        if not self.is_there(kind, unit):
            raise Absent(f"delete {kind} was answered with 404")
        if self.blocked.get(unit, set()) - self.gone:
            raise Blocked("the job can't be deleted while others use it")
        if unit in self.slow:
            self._under_way[unit] = self.polls
            return Asked(202, unit)
        self.gone.add(unit)
        return Asked(200)

    def is_done(self, operation: str) -> bool:
        self._under_way[operation] -= 1
        if self._under_way[operation] > 0:
            return False
        if operation in self.fails:
            raise Unusable("delete job ended in failure (Conflict)")
        self.gone.add(operation)
        return True
