"""Faults that tests order: which calls go wrong, how, and how often."""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.loopback.exchange import JSON, Response

ErrorShape = Callable[[int, str, str], Response]
"""Makes an error of a surface from its status, code and message."""

_CODES = {
    401: ("UserError", "not authorized"),
    403: ("UserError", "forbidden"),
    404: ("ResourceNotFound", "not found"),
    409: ("Conflict", "conflict"),
    429: ("RequestThrottled", "too many requests"),
    500: ("ServiceError", "internal error"),
    503: ("ServerBusy", "the server is busy"),
}
_NUMBERS = ("delay", "retry_after")
_COUNTS = ("times", "cut_after", "short_body")


@dataclass(slots=True)
class FaultRule:
    """What happens to the calls whose `METHOD path` the pattern `match` finds.

    `times` is how often the rule still applies, None for always. `delay` waits first, in seconds.
    `status` answers with that status, `retry_after` and `body` (a literal text) in place of the
    real answer; `body` alone answers 200 with it. `cut_after` resets the connection after that
    many bytes of the body; `short_body` sends that many, promises more in Content-Length, and
    closes in an orderly way. `ignore_range` answers a Range request with all of the blob.

    The path is without query. For `api/sharedaccess` a space and the blob's path follow it.
    """

    match: str
    times: int | None = None
    status: int | None = None
    retry_after: float | None = None
    delay: float = 0.0
    cut_after: int | None = None
    short_body: int | None = None
    body: str | None = None
    ignore_range: bool = False
    _pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._pattern = re.compile(self.match)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "FaultRule":
        """Read a rule; raises ValueError naming what is wrong."""
        known = [name for name in cls.__dataclass_fields__ if not name.startswith("_")]
        unknown = sorted(set(value) - set(known))
        if unknown or not isinstance(value.get("match"), str):
            raise ValueError(f"a rule needs a text 'match' and has no field {unknown}")
        given = {name: item for name, item in value.items() if item is not None}
        for name in (*_NUMBERS, *_COUNTS, "status"):
            kind = (int, float) if name in _NUMBERS else int
            number = given.get(name, 0)
            if isinstance(number, bool) or not isinstance(number, kind) or number < 0:
                raise ValueError(f"{name} is a number, not below zero")
        if not isinstance(given.get("body", ""), str):
            raise ValueError("body is a text")
        try:
            return cls(**given)
        except re.error as error:
            raise ValueError(f"match is no pattern: {error}") from None

    def to_json(self) -> dict[str, Any]:
        """Give the form that `from_json` reads, with the times that are left."""
        names = (name for name in self.__dataclass_fields__ if not name.startswith("_"))
        return {name: getattr(self, name) for name in names}

    def finds(self, call: str) -> bool:
        """Tell whether the rule is for a call and has times left."""
        return self.times != 0 and self._pattern.search(call) is not None

    def answer(self, shape: ErrorShape) -> Response | None:
        """Give the answer in place of the real one, in its surface's shape; None if none."""
        if self.status is None and self.body is None:
            return None
        status = self.status or 200
        code, message = _CODES.get(status, ("Fault", "injected fault"))
        response = shape(status, code, message)
        if self.body is not None:
            response = Response(status, self.body.encode(), [("Content-Type", JSON)])
        if self.retry_after is not None:
            response.headers.append(("Retry-After", f"{self.retry_after:g}"))
        return response


class Faults:
    """The rules in force, in order; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[FaultRule] = []

    def add(self, *rules: FaultRule | Mapping[str, Any]) -> None:
        """Put rules behind those in force: all, or none where one is wrong (ValueError)."""
        made = [r if isinstance(r, FaultRule) else FaultRule.from_json(r) for r in rules]
        with self._lock:
            self._rules.extend(made)

    def clear(self) -> None:
        """End all faults."""
        with self._lock:
            self._rules.clear()

    def rules(self) -> Iterable[FaultRule]:
        """Give the rules in force."""
        with self._lock:
            return tuple(self._rules)

    def take(self, call: str) -> FaultRule | None:
        """Give the first rule for a call, using up one of its times."""
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                if rule.finds(call):
                    if rule.times is not None:
                        rule.times -= 1
                    return rule
        return None
