"""Runs deletes in a sandbox of their own, killed or not, and tells how each ended."""

import contextlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self

import requests
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

from sandbox.azurite import connection_string, free_ports
from sandbox.loopback.server import LoopbackServer
from sandbox.stack import Stack
from tests.client import UNDER_WAY, results
from tests.faults.delete_evidence import checked
from tests.faults.delete_lab import MEMBER, StudioHolding


@dataclass(frozen=True)
class Story:
    """What the caller does in a run.

    `steps` may be done again after a death in their middle; `before` comes before any fault.
    """

    steps: Callable[["Lab", str], None]
    before: Callable[["Lab", str], None] | None = None


class Holding(Protocol):
    """What a lab's sandbox holds, and how it is put back between two runs."""

    name: str

    def stack(self, storage: str, **options: Any) -> Stack:
        """Give the sandbox, not started; `storage` is an account for a customer's own blobs."""

    def go_slowly(self, stack: Stack, seconds: float) -> None:
        """Let deletes that take their time take so long."""

    def restore(self, stack: Stack) -> None:
        """Put back what the servers themselves do not restore."""


_PATIENCE: Final = 240.0
_SWEEPS: Final = 1.0
_LOOKS: Final = 0.2


@dataclass(frozen=True)
class End:
    """How a run ended: each asset's outcome without times, and the calls that delete or cancel."""

    status: str
    outcomes: dict[str, Any]
    counts: dict[str, int]
    deletes: dict[str, list[int]]
    kills: int
    evidence: str
    """What is wrong with the certificate or the chain; "absent" where the app gives none."""

    def same(self) -> tuple[Any, ...]:
        """Give what has to be the same however often the worker died."""
        return self.status, self.outcomes, self.counts

    def repeated(self) -> list[str]:
        """Give what was asked to be deleted again after a call that counted."""
        return [
            f"{path}: {answers}"
            for path, answers in self.deletes.items()
            if any(200 <= answer <= 299 for answer in answers[:-1])
        ]


class Lab:
    """One sandbox in which run after run finds the same things to delete.

    `lag` is how long lists show what is gone, `slow` how long what takes its time takes to go.
    """

    def __init__(
        self,
        folder: Path,
        retry_seconds: int = 1,
        lag: float = 0.0,
        slow: float = 0.0,
        holding: Holding | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.log = folder / "host.log"
        blob, queue = free_ports(2)
        settings = {
            "DSR_RETRY_SECONDS": str(retry_seconds),
            "DSR_STALLED_AFTER_SECONDS": "1",
        }
        self._holding = holding or StudioHolding()
        self.name = self._holding.name
        self.stack = self._holding.stack(
            # the customer's own account is the app's here: their containers differ
            connection_string(blob, queue),
            ports={"blob": blob, "queue": queue},
            lease=1,
            max_poll=0.7,
            extra_settings=settings,
            log=self.log,
        )
        self._lag = lag
        self._holding.go_slowly(self.stack, slow)
        self._blobs = BlobServiceClient.from_connection_string(connection_string(blob, queue))

    def __enter__(self) -> Self:
        self.stack.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.stop()
        self._blobs.close()

    def run(self, story: Story, request_id: str, faults: Sequence[Any] = ()) -> End:
        """Run a story to its end; a host that died is started again, and the sweeper fires.

        Each start of the host takes the next of the faults.
        """
        assert self.stack.host is not None
        host = self.stack.host
        host.kill()
        self._restore()
        began = time.monotonic()
        environments = [{"SANDBOX_FAULTS": json.dumps(fault)} for fault in faults]
        if story.before is not None:
            # a sweep in between would repeat what the story wants to go wrong once
            host.start({"AzureWebJobs.sweep.Disabled": "true"})
            story.before(self, request_id)
        host.start(next(iter(environments), {}))
        kills, swept, told = 0, began, False
        while True:
            if time.monotonic() > began + _PATIENCE:
                raise AssertionError(f"no end: {self.log.read_text('utf-8')[-3000:]}")
            if not host.alive():
                kills += 1
                host.start(environments[kills] if kills < len(environments) else {})
            with contextlib.suppress(requests.RequestException):  # it died under our call
                if not told:
                    story.steps(self, request_id)
                    told = True
                document = self.stack.status(request_id)
                if document["status"] not in (*UNDER_WAY, "awaiting_approval"):
                    found = results(self.stack, request_id)
                    evidence = checked(self.stack, request_id, self.folder)
                    break
                if kills and time.monotonic() > swept + _SWEEPS:
                    self.stack.sweep()
                    swept = time.monotonic()
            time.sleep(_LOOKS)
        return End(
            document["status"],
            {asset: _lasting(result) for asset, result in found.items()},
            document["counts"],
            self.deletes(),
            kills,
            evidence,
        )

    def until(self, request_id: str, *states: str) -> dict[str, Any]:
        """Wait until a request is in one of some states; raises RequestException on a death."""
        while True:
            document = self.stack.status(request_id)
            if document["status"] in states:
                return document
            assert self.stack.host is not None
            if not self.stack.host.alive():
                raise requests.ConnectionError("it died")
            time.sleep(_LOOKS)

    def _restore(self) -> None:
        for server in self._servers:
            server.restore()
            server.faults.clear()
            server.journal.clear()
            server.lag_seconds = self._lag
        self._holding.restore(self.stack)
        with contextlib.suppress(ResourceNotFoundError):  # every run takes its turn afresh
            self._blobs.get_blob_client("dsr-ledger", f"turns/{self.name}.json").delete_blob()

    @property
    def _servers(self) -> list[LoopbackServer]:
        own = [self.stack.azureml] if self.stack.has_azureml else []
        return [self.stack.studio, self.stack.arm, *own]

    def deletes(self) -> dict[str, list[int]]:
        """Give how each call of the services that deletes or cancels was answered, by path."""
        found: dict[str, list[int]] = defaultdict(list)
        for call in (call for server in self._servers for call in server.journal.calls()):
            if call.method == "DELETE" or call.path.endswith("/cancel"):
                found[call.path].append(call.status)
        return dict(found)


def _lasting(result: dict[str, Any]) -> dict[str, Any]:
    """Give what of a result no death may change: not when, and not how often it was asked."""
    evidence = result.get("evidence", {})
    left = [
        {"container": e["container"], "name": e["name"], "cleared": e["cleared"]}
        for e in evidence.get("left_behind", ())
    ]
    kept = {k: v for k, v in result.items() if k != "evidence"}
    return kept | {"seen": evidence.get("seen", ""), "left_behind": left}


def submitted(lab: Lab, request_id: str, **body: Any) -> None:
    """Submit a delete of the lab's workspace."""
    asked = {
        "request_id": request_id,
        "type": "delete",
        "scope": {"workspaces": [lab.name], "select": "workspace"},
        "submitted_at": "2026-11-24T09:00:00Z",
    }
    answer = lab.stack.call("POST", "requests", data=json.dumps(asked | body))
    assert answer.status_code in (200, 202), answer.text


def approved(lab: Lab, request_id: str, *approvers: str) -> None:
    """Wait for the plan and approve it, each of the approvers once, or Pat alone."""
    for approver in approvers or ("pat",):
        document = lab.until(request_id, "awaiting_approval", "running", "verifying", "completed")
        if document["status"] != "awaiting_approval":
            return
        body = {"plan_hash": document["plan_hash"], "approver": approver}
        answer = lab.stack.call("POST", f"requests/{request_id}/approve", data=json.dumps(body))
        # 409: it died after the approval had taken effect
        assert answer.status_code in (200, 202, 409), answer.text


def _whole(lab: Lab, request_id: str) -> None:
    submitted(lab, request_id)
    approved(lab, request_id)


def _one_fails(lab: Lab, request_id: str) -> None:
    """Delete what is the member's, of which the experiment is refused once."""
    rule = {"match": "^DELETE .*/experiments/", "status": 403, "times": 1}
    lab.stack.studio.faults.add(rule)
    subject = {"emails": [MEMBER.email]}
    scope = {"workspaces": [lab.name], "select": "subject"}
    submitted(lab, request_id, subject=subject, scope=scope)
    approved(lab, request_id)
    document = lab.until(request_id, "completed_with_exceptions")
    assert document["counts"]["failed"] == 1, document


def _retried(lab: Lab, request_id: str) -> None:
    answer = lab.stack.call("POST", f"requests/{request_id}/retry")
    # 409: it died after the retry had begun
    assert answer.status_code in (200, 202, 409), answer.text


def _under_way(lab: Lab, request_id: str) -> None:
    """Delete the whole workspace as far as a New web service, which takes its time."""
    _whole(lab, request_id)
    deadline = time.monotonic() + _PATIENCE
    while sum(map(len, lab.deletes().values())) < 4:
        assert time.monotonic() < deadline
        time.sleep(_LOOKS)


def _cancelled(lab: Lab, request_id: str) -> None:
    answer = lab.stack.call("DELETE", f"requests/{request_id}")
    # 409: it died after the cancel had taken effect, and has ended since
    assert answer.status_code in (200, 202, 409), answer.text


WHOLE: Final = Story(_whole)
RETRIED: Final = Story(_retried, _one_fails)
CANCELLED: Final = Story(_cancelled, _under_way)
