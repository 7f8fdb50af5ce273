"""A made-up service whose deletes are guarded, and the rig that deletes over it.

`Depot` knows three kinds: reports (deleted first), jobs (after them; several may go as one), and
models, which no API deletes. Each delete call is noted, and checked by `guard` before it counts.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dsr.errors import Absent, Blocked, ServiceError, Unavailable, Unusable
from dsr.model.asset import Asset, Kind, Notice, Person, WorkspaceRecord
from dsr.model.messages import DeleteMessage
from dsr.usecases import deciding, erasing, holding
from dsr.usecases.connector import Asked, Document, File, Leftover
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import MIRA, SUBJECT, TOMAS, TOMAS_ID

APPROVER = "dpo@example.org"
OWN_ID = "0f3c9a7e5b1d4c2a8e6f70112233aabb"
"""The id of the workspace in every target of the rig."""


@dataclass
class Thing:
    """An asset; `unit` is what it goes with, `within` the group that takes it along.

    `touched` is who changed it last.
    """

    kind: str
    id: str
    owner: str = TOMAS_ID
    unit: str = ""
    alias: str = ""
    text: str = ""
    state: str = "1"
    builtin: bool = False
    within: str = ""
    disputed: tuple[str, ...] = ()
    touched: str = ""


_KINDS = (
    Kind("job", batch=2, erasable=True, stage=1),
    Kind("model", by_hand=("Delete the model by hand.",)),
    Kind("report", batch=2, erasable=True, stage=0),
)
GROUPS = (*_KINDS, Kind("group", batch=2, erasable=True, stage=1, takes_users=True))
"""With groups, whose deletes take what is within them."""
_OWN = Kind("workspace", erasable=True, stage=9, by_hand=("Delete the workspace.",))
_USER = Kind("user", by_hand=("Remove the user.",))


class _Page:
    def __init__(self, assets: list[Asset]) -> None:
        self._assets = assets
        self.next: str | None = None

    def __iter__(self) -> Iterator[Asset]:
        return iter(self._assets)


@dataclass
class Depot:
    """A workspace of things. `asked` notes every delete, `counted` those that took effect, `late`
    those that were asked for although one before had taken effect.

    `troubles` are errors on order, by `delete id` or `look id`; `after` names units whose delete
    counts though its answer is an error; what is in `slow` takes so many looks.
    """

    things: list[Thing]
    people: list[Person] = field(default_factory=lambda: [MIRA, TOMAS])
    guard: Callable[[str, str], None] = lambda kind, unit: None
    kinds: tuple[Kind, ...] = _KINDS
    own: Kind = _OWN
    user: Kind = _USER
    person_fields: frozenset[str] = frozenset({"createdBy"})
    troubles: dict[str, list[ServiceError]] = field(default_factory=dict)
    after: set[str] = field(default_factory=set)
    slow: dict[str, int] = field(default_factory=dict)
    fails: set[str] = field(default_factory=set)
    blocked: dict[str, set[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    counted: list[tuple[str, str]] = field(default_factory=list)
    late: list[tuple[str, str]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    haunted: bool = False
    """Lists show what is in the workspace though that is gone."""
    by_app: bool = False
    """What is slow goes on at each look alone."""
    born: str = ""
    left: tuple[Leftover, ...] = ()

    def record(self) -> WorkspaceRecord:
        if OWN_ID in self.gone and not self.haunted:
            raise Absent("read workspace was answered with 404")
        users = tuple((p, {"displayName": p.name, "id": p.id}) for p in self.people)
        return WorkspaceRecord(OWN_ID, "the depot", {"name": "depot"}, users, state=self.born)

    def assets(self, kind: str, cursor: str | None) -> _Page:
        found = [t for t in self.things if t.kind == kind and t.id not in self.gone]
        went = OWN_ID in self.gone and not self.haunted
        return _Page([] if went else [_asset(t) for t in found])

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Iterator[File]:
        if asset_id in self.gone:
            raise Absent(f"read {kind} was answered with 404")
        yield Document("", {"name": asset_id})

    def notices(self, deleting: bool) -> list[Notice]:
        return []

    def uses(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for thing in self.things:
            if kind == "group" and thing.within and thing.id not in self.gone:
                found[thing.within] = (*found.get(thing.within, ()), f"{thing.kind}:{thing.id}")
        return found

    def is_there(self, kind: str, asset_id: str) -> bool:
        self._trouble(f"look {asset_id}")
        names = {OWN_ID} if kind == "workspace" else {t.id for t in self.things if t.kind == kind}
        return asset_id in names - self.gone and not (kind != "workspace" and OWN_ID in self.gone)

    def left_behind(self, kind: str, asset_id: str) -> tuple[Leftover, ...]:
        return self.left

    def storage(self) -> None:
        return None

    def delete(self, kind: str, unit: str) -> Asked:
        self.guard(kind, unit)
        self.asked.append((kind, unit))
        if (kind, unit) in self.counted:
            self.late.append((kind, unit))
        self._trouble(f"delete {unit}")
        if self.blocked.get(unit, set()) - self.gone:
            raise Blocked("it can't be deleted while others use it")
        names = self._names(kind, unit)
        if not names - self.gone:
            raise Absent(f"delete {kind} was answered with 404")
        if unit in self.slow:
            return Asked(202, f"{kind}:{unit}", self.by_app)
        self._count(kind, unit)
        if unit in self.after:
            raise Unavailable("delete was answered with 500")
        return Asked(200)

    def is_done(self, operation: str) -> bool:
        kind, _, unit = operation.partition(":")
        self.slow[unit] -= 1
        if self.slow[unit] > 0:
            return False
        if unit in self.fails:
            raise Unusable("delete ended in failure (Conflict)")
        if (kind, unit) not in self.counted:
            self._count(kind, unit)
        return True

    def _names(self, kind: str, unit: str) -> set[str]:
        if kind == "workspace":
            return {unit}
        within = {t.id for t in self.things if kind == "group" and t.within == unit}
        return within | {t.id for t in self.things if t.kind == kind and unit == (t.unit or t.id)}

    def _count(self, kind: str, unit: str) -> None:
        self.counted.append((kind, unit))
        self.gone |= self._names(kind, unit)

    def _trouble(self, name: str) -> None:
        if self.troubles.get(name):
            raise self.troubles[name].pop(0)


def _asset(thing: Thing) -> Asset:
    return Asset(
        thing.kind,
        thing.id,
        thing.id,
        thing.id,
        identifiers=(("createdBy", thing.owner),) if thing.owner else (),
        owners=(("Owner", thing.alias),) if thing.alias else (),
        texts=(("Text", thing.text),) if thing.text else (),
        builtin=thing.builtin,
        unit=thing.unit,
        state=thing.state,
        disputed=thing.disputed,
        references=(("lastModifiedBy", thing.touched),) if thing.touched else (),
    )


class DeleteRig(Rig):
    """The rig with the queue of deletes. Delayed messages take their time on its clock."""

    def handlers(self) -> dict[str, Callable[[bytes], None]]:
        p = self.ports
        return super().handlers() | {
            "dsr-delete": lambda b: erasing.erase(p, DeleteMessage.from_bytes(b))
        }

    def step(self) -> bool:
        """Deliver one message, the soonest; False where there is none."""
        if not self.queues.sent:
            return False
        message = min(self.queues.sent, key=lambda m: m[2])
        self.queues.sent.remove(message)
        if message[2]:
            self.wait(message[2])
        self.handlers()[message[0]](message[1])
        return True

    def wait(self, seconds: float) -> None:
        """Let time go by, for the messages that wait as well."""
        self.later(seconds=seconds)
        self.queues.sent[:] = [(q, b, max(0, w - seconds)) for q, b, w in self.queues.sent]

    def run(self, limit: int = 5000) -> None:
        """Deliver until nothing is left."""
        for _ in range(limit):
            if not self.step():
                return
        raise AssertionError("messages breed without end")

    def until(self, status: str) -> None:
        """Deliver until the request has a state."""
        while self.status()["status"] != status:
            assert self.step(), f"the request never is {status}"

    def erasure(self, **body: Any) -> str:
        """Submit a delete about Tomas."""
        return self.submit(**({"type": "delete", "subject": SUBJECT} | body))

    def approve(self, request_id: str = REQUEST_ID, *include: str, **body: Any) -> None:
        told = {
            "plan_hash": self.ports.ledger.load(request_id).plan_hash,
            "approver": APPROVER,
            "include": list(include),
        }
        deciding.approve(self.ports, request_id, json.dumps(told | body).encode())

    def deleted(self, *include: str, **body: Any) -> dict[str, dict[str, Any]]:
        """Plan, approve and run a delete; give its results."""
        self.erasure(**body)
        self.run()
        self.approve(REQUEST_ID, *include)
        self.run()
        return self.told()

    def told(self, request_id: str = REQUEST_ID) -> dict[str, dict[str, Any]]:
        """Give the results by asset, without the workspace's name; no asset has two."""
        found = self.results(request_id)
        by_asset = {r["asset"].partition("/")[2]: r for r in found}
        assert len(by_asset) == len(found)
        return by_asset

    def outcomes(self, request_id: str = REQUEST_ID) -> dict[str, str]:
        return {asset: r["outcome"] for asset, r in self.told(request_id).items()}

    def hold(self, name: str, assets: list[str] | str) -> None:
        body = {"workspace": "lab", "assets": assets, "reason": "a case"}
        holding.put(self.ports, name, json.dumps(body).encode())


def rig_of(*things: Thing, **options: Any) -> tuple[DeleteRig, Depot]:
    """Give a rig over one workspace, `lab`, and the workspace."""
    depot = Depot(list(things), **options)
    return DeleteRig({"lab": depot}), depot
