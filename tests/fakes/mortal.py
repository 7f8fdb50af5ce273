"""A worker that dies at one call of its choice."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

BLOBS = ("create", "replace", "put", "stage", "commit", "drop", "read", "look")


class Died(Exception):
    """The worker is gone."""


class Mortal:
    """Kills whoever makes call number `fatal` (from 1): before it, or once it has had its effect.

    `watched` are the things, each with the names of their calls that count; `calls` names all
    that were made, until `over`.
    """

    def __init__(
        self, watched: Iterable[tuple[Any, Mapping[str, str]]], fatal: int, after: bool
    ) -> None:
        self.calls: list[str] = []
        self.over = False
        self._fatal = fatal
        self._after = after
        for thing, names in watched:
            for name, what in names.items():
                setattr(thing, name, self._wrapped(what, getattr(thing, name)))

    @property
    def count(self) -> int:
        return len(self.calls)

    def _wrapped(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            if self.over:
                return call(*args, **options)
            self.calls.append(what)
            mine = len(self.calls) == self._fatal
            if mine and not self._after:
                raise Died
            try:
                return call(*args, **options)
            finally:
                if mine:
                    raise Died

        return wrapped


def calls(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """Name the calls that count, with what they are told as."""
    return {name: f"{prefix} {name}" for name in names}
