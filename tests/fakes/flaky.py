"""A made-up service with troubles on order, and queues that deliver twice."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dsr.errors import ServiceError
from dsr.model.asset import Asset, WorkspaceRecord
from dsr.usecases.connector import Asked, File
from tests.fakes.made_up_connector import Job, MadeUpConnector, _Page
from tests.fakes.memory_queues import MemoryQueues


@dataclass
class FlakyConnector(MadeUpConnector):
    """Raises the errors that are on order, one a call: for `record`, `list`, or an asset's id,
    `delete` or `look` and an asset's id.

    `texts` and `owners` are what an asset says besides, by its id; `builtins` are Microsoft's.
    """

    troubles: dict[str, list[ServiceError]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    builtins: set[str] = field(default_factory=set)

    def _trouble(self, name: str) -> None:
        if self.troubles.get(name):
            raise self.troubles[name].pop(0)

    def record(self) -> WorkspaceRecord:
        self._trouble("record")
        return super().record()

    def assets(self, kind: str, cursor: str | None) -> _Page:
        self._trouble("list")
        return super().assets(kind, cursor)

    def _asset(self, kind: str, job: Job) -> Asset:
        asset = super()._asset(kind, job)
        return Asset(
            kind,
            asset.id,
            asset.name,
            asset.file_name,
            identifiers=asset.identifiers,
            owners=(("Owner", self.owners[asset.id]),) if asset.id in self.owners else (),
            texts=(("Text", self.texts[asset.id]),) if asset.id in self.texts else (),
            builtin=asset.id in self.builtins,
            unit=asset.unit,
            state=asset.state,
            references=asset.references,
        )

    def delete(self, kind: str, unit: str) -> Asked:
        self._trouble(f"delete {unit}")
        return super().delete(kind, unit)

    def is_there(self, kind: str, asset_id: str) -> bool:
        self._trouble(f"look {asset_id}")
        return super().is_there(kind, asset_id)

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Iterator[File]:
        for number, file in enumerate(super().read(kind, asset_id, listed, include_data)):
            if number == 1:
                self._trouble(asset_id)  # in the midst of the asset
            yield file


@dataclass
class DoublingQueues(MemoryQueues):
    """Every message is there twice, each copy to be delivered whenever it comes."""

    def send(self, queue: str, body: bytes, delay: float = 0) -> None:
        super().send(queue, body, delay)
        self.sent.append((queue, body, delay))


def deliver(
    queues: MemoryQueues,
    handlers: dict[str, Callable[[bytes], None]],
    count: int = 1,
    shuffle: random.Random | None = None,
    only: str | None = None,
) -> int:
    """Deliver `count` messages at most, of one queue if `only` says so; give how many it were."""
    for done in range(count):
        ready = [m for m in queues.sent if only in (None, m[0])]
        ready = [m for m in ready if m[2] == 0] or ready
        if not ready:
            return done
        message = shuffle.choice(ready) if shuffle else ready[0]
        queues.sent.remove(message)
        handlers[message[0]](message[1])
    return count
