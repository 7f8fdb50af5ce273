"""The approved plan of a delete, compared with what was approved before anything of it is used.

The state of a request holds the hash that was approved; plan, pages and the list of included
entries are compared with it, so that none of them can be changed alone.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from dsr.errors import Conflict
from dsr.model.outcome import Outcome, in_force
from dsr.model.plan import Plan, PlanEntry, from_ndjson, hash_of
from dsr.model.record import RequestRecord
from dsr.model.request import split_asset
from dsr.usecases.adding_up import results_of
from dsr.usecases.ports import Ports

CHANGED: Final = "changed since approval"
"""Why an asset stays that is not as it was approved; more may follow after a colon."""


class Approved:
    """What was approved of one request's deletes; raises Conflict where it is not what is there."""

    def __init__(self, ports: Ports, record: RequestRecord) -> None:
        self._ports = ports
        self._record = record
        self.plan = _approved_plan(ports, record)
        self.included = ports.deletes.approval(record.request_id, record.approval)
        self._places: dict[str, dict[str, tuple[int, PlanEntry]]] = {}
        self._pages: dict[int, list[PlanEntry]] = {}
        self._outcomes: dict[int, dict[str, Outcome]] = {}

    @property
    def approvals(self) -> int:
        """Count the people who approved it."""
        return len(self._record.approved_by)

    def page(self, number: int) -> list[PlanEntry]:
        """Give the entries of a batch's page, read once; raises Conflict where it is another."""
        if number not in self._pages:
            self._pages[number] = self._read(number)
        return self._pages[number]

    def _read(self, number: int) -> list[PlanEntry]:
        return checked_page(self._ports, self._record.request_id, self.plan, number)

    def entries(self, workspace: str) -> Iterator[PlanEntry]:
        """Give what the plan names of a workspace."""
        return (entry for _, entry in self._of(workspace).values())

    def entry(self, asset: str) -> PlanEntry | None:
        """Give the entry of an asset, None where the plan does not name it."""
        _, found = self._of(split_asset(asset)[0]).get(asset, (0, None))
        return found

    def is_acted_on(self, entry: PlanEntry) -> bool:
        """Tell whether an entry is approved, and a call deletes it."""
        included = entry.action == "review" and entry.asset in self.included
        return entry.action == "delete" or (included and not entry.steps)

    def together(self, page: int, kind: str, unit: str) -> list[PlanEntry]:
        """Give all entries of a unit, which are on one page, whatever is done about each."""
        return [
            entry
            for entry in self.page(page)
            if (split_asset(entry.asset)[1], entry.unit or split_asset(entry.asset)[2])
            == (kind, unit)
        ]

    def outcome(self, asset: str) -> Outcome | None:
        """Give what became of an asset in this request's deletes, None where that is not known.

        What is known is that of the first look at its batch.
        """
        place, entry = self._of(split_asset(asset)[0]).get(asset, (0, None))
        if entry is None:
            return None
        batch = self._record.phase.start + place
        if batch not in self._outcomes:
            attempts = in_force(self._ports.ledger.results(self._record.request_id)).get(batch, [])
            results = results_of(self._ports, self._record.request_id, {batch: attempts})
            self._outcomes[batch] = {
                each["asset"]: Outcome(each["outcome"])
                for result in results
                for each in result.results
            }
        return self._outcomes[batch].get(asset)

    def _of(self, workspace: str) -> dict[str, tuple[int, PlanEntry]]:
        if workspace not in self._places:
            self._places[workspace] = {
                entry.asset: (number, replace(entry, listed=None))
                for number in range(len(self.plan.pages))
                for entry in self._read(number)
                if split_asset(entry.asset)[0] == workspace
            }
        return self._places[workspace]


def checked_page(ports: Ports, request_id: str, sealed: Plan, number: int) -> list[PlanEntry]:
    """Read a page of a plan; raises Conflict where it is not the one that was sealed."""
    page = sealed.pages[number]
    data = ports.ledger.page(request_id, page.name)
    if hashlib.sha256(data).hexdigest() != page.sha256:
        raise Conflict("a page of the plan is not the one that was approved")
    return from_ndjson(data)


def _approved_plan(ports: Ports, record: RequestRecord) -> Plan:
    sealed = ports.ledger.plan(record.request_id)
    if sealed is None or not record.plan_hash:
        raise Conflict("the plan of a running request is gone")
    nonce = ports.ledger.request(record.request_id)[1]
    computed = hash_of(record.request_id, nonce, sealed.pages)
    too_few = 1 < record.confirmations > len(record.approved_by)
    if too_few or {record.plan_hash, record.approved_plan, sealed.plan_hash} != {computed}:
        raise Conflict("the plan is not the one that was approved")
    return sealed
