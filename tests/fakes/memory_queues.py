"""Queues in memory that can deliver twice and out of order."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class MemoryQueues:
    sent: list[tuple[str, bytes, float]] = field(default_factory=list)
    history: list[tuple[str, bytes, float]] = field(default_factory=list)

    def send(self, queue: str, body: bytes, delay: float = 0) -> None:
        self.sent.append((queue, body, delay))
        self.history.append((queue, body, delay))

    def look(self, queue: str) -> None:
        """Tell nothing: any queue is there."""

    def pump(
        self,
        handlers: dict[str, Callable[[bytes], None]],
        shuffle: random.Random | None = None,
        copies: int = 1,
        limit: int = 20_000,
    ) -> int:
        """Deliver until nothing is left; give how many deliveries it took."""
        delivered = 0
        while self.sent:
            # a delayed message comes when nothing else is there to do
            ready = [m for m in self.sent if m[2] == 0] or self.sent
            message = shuffle.choice(ready) if shuffle else ready[0]
            self.sent.remove(message)
            for _ in range(copies):
                handlers[message[0]](message[1])
                delivered += 1
                assert delivered < limit, "messages breed without end"
        return delivered
