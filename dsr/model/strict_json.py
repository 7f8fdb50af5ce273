"""The strict reading of JSON that other systems send."""

import json
from collections import Counter
from typing import Any

from dsr.errors import Invalid, Problem, TooLarge
from dsr.model.wording import pointer

MAX_BODY = 256 * 1024
"""Bytes of a request's body that are read at all."""


def parse_json(body: bytes, limit: int = MAX_BODY) -> Any:
    """Read one JSON value strictly.

    Raises TooLarge over `limit` bytes, and Invalid where it is not UTF-8 JSON or a key stands
    twice in one object (each such key is named by its pointer).
    """
    if len(body) > limit:
        raise TooLarge([Problem("", f"the body is larger than {limit} bytes")])

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        return found if len(found) == len(items) else _Repeating(items)

    def constant(name: str) -> Any:
        raise ValueError(name)

    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError):
        raise Invalid([Problem("", "the body is not valid JSON in UTF-8")]) from None
    repeated = _repeated(value)
    if repeated:
        raise Invalid(repeated)
    return value


class _Repeating(dict[str, Any]):
    """An object some of whose keys (`repeated`) stand more than once."""

    def __init__(self, items: list[tuple[str, Any]]) -> None:
        super().__init__(items)
        counts = Counter(key for key, _ in items)
        self.repeated = [key for key, count in counts.items() if count > 1]


def _repeated(value: Any) -> list[Problem]:
    problems: list[Problem] = []
    rest: list[tuple[tuple[int | str, ...], Any]] = [((), value)]
    while rest:
        where, part = rest.pop()
        if isinstance(part, _Repeating):
            problems += [
                Problem(pointer((*where, k)), "stands twice; keep one") for k in part.repeated
            ]
        if isinstance(part, dict):
            rest += [((*where, k), v) for k, v in part.items()]
        elif isinstance(part, list):
            rest += [((*where, n), v) for n, v in enumerate(part)]
    return problems
