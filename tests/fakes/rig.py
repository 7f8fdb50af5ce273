"""The whole processor in memory: use cases over fakes, and a pump instead of a host."""

import functools
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dsr.errors import Refused
from dsr.model.fingerprints import Fingerprints
from dsr.model.messages import QUEUES, DeleteMessage, ExportMessage, FinishMessage, PlanMessage
from dsr.model.target import WorkspaceTarget
from dsr.services.signing import KeySigner
from dsr.storage.delete_ledger import BlobDeleteLedger
from dsr.storage.evidence import AuditTrail
from dsr.storage.holds import BlobHolds
from dsr.storage.ledger import BlobLedger
from dsr.storage.packages import BlobPackages
from dsr.storage.probes import AccountProbes
from dsr.usecases import erasing, exporting, finishing, intake, planning, sweeping, viewing
from dsr.usecases.connector import Connector
from dsr.usecases.ports import Ports
from tests.fakes.memory_blobs import MemoryBlobs
from tests.fakes.memory_queues import MemoryQueues

REQUEST_ID = "6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01"


SIGNER = KeySigner(Ed25519PrivateKey.from_private_bytes(b"a key of tests, and of no app..."))


class PlainLinks:
    def url(self, name: str, seconds: int) -> str:
        return f"http://127.0.0.1/{name}?seconds={seconds}"


def target(name: str) -> WorkspaceTarget:
    return WorkspaceTarget(
        name,
        "studio-classic",
        "standard",
        "0f3c9a7e5b1d4c2a8e6f70112233aabb",
        "westeurope",
        "https://europewest.studioapi.azureml.net",
        "https://europewest.management.azureml.net",
        "TOKEN",
    )


@dataclass
class Rig:
    """Everything in memory; `connectors` by workspace name."""

    connectors: dict[str, Connector]
    ledger: MemoryBlobs = field(default_factory=MemoryBlobs)
    exports: MemoryBlobs = field(default_factory=MemoryBlobs)
    evidence: MemoryBlobs = field(default_factory=MemoryBlobs)
    queues: MemoryQueues = field(default_factory=MemoryQueues)
    clock: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __post_init__(self) -> None:
        for container in (self.ledger, self.exports, self.evidence):
            container.now = self.now
        self.ports = Ports(
            targets={name: target(name) for name in self.connectors},
            ledger=BlobLedger(self.ledger),
            deletes=BlobDeleteLedger(self.ledger),
            packages=BlobPackages(self.exports, PlainLinks()),
            queues=self.queues,
            trail=AuditTrail(self.evidence, self.now),
            holds=BlobHolds(self.ledger),
            probes=AccountProbes(
                {
                    "dsr-ledger": lambda: self._look(self.ledger),
                    "dsr-exports": lambda: self._look(self.exports),
                    "dsr-evidence": lambda: self._look(self.evidence),
                }
                | {name: functools.partial(self._look_queue, name) for name in QUEUES},
                longest=1.0,
            ),
            connector=self._connector,
            fingerprints=Fingerprints(b"k" * 32),
            now=self.now,
            signer=SIGNER,
        )

    def _look(self, container: MemoryBlobs) -> None:
        container.look("none")

    def _look_queue(self, name: str) -> None:
        self.queues.look(name)

    def _connector(self, name: str) -> Connector:
        if name not in self.ports.targets:
            raise Refused("the workspace is no longer configured")
        return self.connectors[name]

    def now(self) -> datetime:
        return self.clock

    def later(self, **delta: float) -> None:
        self.clock += timedelta(**delta)

    def with_ports(self, **changes: Any) -> None:
        self.ports = replace(self.ports, **changes)

    def handlers(self) -> dict[str, Callable[[bytes], None]]:
        p = self.ports
        return {
            "dsr-plan": lambda b: planning.plan(p, PlanMessage.from_bytes(b)),
            "dsr-export": lambda b: exporting.export(p, ExportMessage.from_bytes(b)),
            "dsr-delete": lambda b: erasing.erase(p, DeleteMessage.from_bytes(b)),
            "dsr-finish": lambda b: finishing.finish(p, FinishMessage.from_bytes(b)),
        }

    def submit(self, **body: Any) -> str:
        request = {"request_id": REQUEST_ID, "type": "export"} | body
        record, _ = intake.submit(self.ports, json.dumps(request).encode())
        return record.request_id

    def pump(self, **options: Any) -> int:
        return self.queues.pump(self.handlers(), **options)

    def sweep(self) -> int:
        return sweeping.sweep(self.ports)

    def status(self, request_id: str = REQUEST_ID) -> dict[str, Any]:
        return viewing.status(self.ports, request_id)

    def results(self, request_id: str = REQUEST_ID) -> list[dict[str, Any]]:
        found, page = [], 1
        while page:
            shown = viewing.results(self.ports, request_id, page)
            found += shown["items"]
            page = shown["next_page"]
        return found

    def package(self, request_id: str = REQUEST_ID) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.exports.blobs[f"{request_id}.zip"].data))
