"""What was exported before it is deleted, read back from the package."""

from collections.abc import Iterable
from typing import Any, Final

from dsr.model.outcome import Outcome, in_force
from dsr.model.plan import PlanEntry
from dsr.model.record import RequestRecord
from dsr.model.request import split_asset
from dsr.usecases.approved import Approved
from dsr.usecases.listing_deletes import WITH_WORKSPACE
from dsr.usecases.ports import Ports

_NOT_WHOLE: Final = "it was not exported whole, so it is not deleted"
_NO_PACKAGE: Final = "there is no package that holds it, so it is not deleted"
_UNLIKE: Final = "the package does not hold it as it was exported, so it is not deleted"
_NOT_ALL: Final = "not all that is in it was exported whole, so it is not deleted"


class Exported:
    """The assets of one page of the plan, as the package of the same request holds them."""

    def __init__(self, ports: Ports, record: RequestRecord, approved: Approved, page: int) -> None:
        self._ports = ports
        self._approved = approved
        self._record = record
        self._page = page
        self._results: dict[str, dict[str, Any]] | None = None

    def steps(self, entry: PlanEntry) -> tuple[str, ...]:
        """Give what a person has to do before an asset can be deleted that no API exports whole."""
        found = self._result(entry)
        if found is None or found["outcome"] != Outcome.MANUAL:
            return ()
        return (*found.get("steps", ()), "Then submit a delete of it without export_first.")

    def _result(self, entry: PlanEntry) -> dict[str, Any] | None:
        if self._results is None:
            self._results = self._known([self._page])
        return self._results.get(entry.asset)

    def problem(self, entry: PlanEntry) -> str:
        """Tell why an asset must not be deleted: it is not whole in the package; "" if it is."""
        found = self._result(entry)
        if found is None or found["outcome"] != Outcome.EXPORTED:
            return _NOT_WHOLE
        return self._unlike({f["path"]: f["sha256"] for f in found["evidence"]["files"]})

    def problem_of_all(self, entry: PlanEntry) -> str:
        """Tell why a whole workspace must not be deleted, of which `entry` is the own one.

        What has a delete of its own was read back before that; here it is what goes with the
        workspace alone.
        """
        results = self._known(range(len(self._approved.plan.pages)))
        files: dict[str, str] = {}
        for each in self._approved.entries(split_asset(entry.asset)[0]):
            if each.action != "delete":
                continue
            found = results.get(each.asset)
            if found is None or found["outcome"] != Outcome.EXPORTED:
                return _NOT_ALL
            if each.unit == WITH_WORKSPACE or each.asset == entry.asset:
                files |= {f["path"]: f["sha256"] for f in found["evidence"]["files"]}
        return self._unlike(files)

    def _unlike(self, files: dict[str, str]) -> str:
        info = self._record.package
        if info is None or not files:
            return _NO_PACKAGE
        if self._ports.packages.unlike(self._record.request_id, info, files):
            return _UNLIKE
        return ""

    def _known(self, pages: Iterable[int]) -> dict[str, dict[str, Any]]:
        request_id = self._record.request_id
        grouped = in_force(self._ports.ledger.results(request_id))
        known: dict[str, dict[str, Any]] = {}
        for page in pages:
            for summary in grouped.get(page, []):
                result = self._ports.ledger.result(request_id, page, summary.attempt)
                known |= {each["asset"]: each for each in result.results} if result else {}
        return known
