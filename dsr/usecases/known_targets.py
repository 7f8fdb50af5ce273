"""The workspaces that the app knows: configured ones, and those that subscriptions list."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from dsr.errors import Conflict, ServiceError
from dsr.model.found_workspace import FoundWorkspace
from dsr.model.target import WorkspaceTarget
from dsr.model.target_name import name_for

FRESH: Final = 600.0
"""Seconds for which a list of a process counts; where a part of it failed, `FAILED_FRESH`."""
FAILED_FRESH: Final = 60.0
_TRIES: Final = 5


class Discovery(Protocol):
    """What lists subscriptions."""

    subscriptions: tuple[str, ...]

    def workspaces(self, subscription: str) -> Iterable[FoundWorkspace]:
        """Give the workspaces of a subscription; raises ServiceError."""

    def target(self, name: str, found: FoundWorkspace) -> WorkspaceTarget:
        """Give the target of a workspace; raises ServiceError where that can't be told."""


class TargetNames(Protocol):
    """What keeps the names of found workspaces, for good."""

    def all(self) -> dict[str, FoundWorkspace]:
        """Give all names with their workspaces."""

    def add(self, names: dict[str, FoundWorkspace]) -> bool:
        """Add names; False where others were added meanwhile."""


class Clock(Protocol):
    """What tells the time."""

    def __call__(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class _View:
    """What was listed at a moment; `bound` are all names that were ever given."""

    at: datetime
    bound: dict[str, WorkspaceTarget]
    listed: tuple[str, ...]
    unlisted: dict[str, str] = field(default_factory=dict)


class KnownTargets(Mapping[str, WorkspaceTarget]):
    """The configured targets and, listed at the first need and again after a while, found ones.

    Going through it gives what is there now. A lookup also finds what was listed once: a request
    goes on with the workspaces that it was planned with, and one that it deleted is looked for.
    A configured target wins over a found one, by its resource id.
    """

    def __init__(
        self,
        configured: Mapping[str, WorkspaceTarget],
        discovery: Discovery,
        names: TargetNames,
        now: Clock,
    ) -> None:
        self._configured = dict(configured)
        self._discovery = discovery
        self._names = names
        self._now = now
        self._lock = threading.Lock()
        self._view: _View | None = None

    def __getitem__(self, name: str) -> WorkspaceTarget:
        return self._configured[name] if name in self._configured else self._seen().bound[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._configured
        yield from self._seen().listed

    def __len__(self) -> int:
        return len(self._configured) + len(self._seen().listed)

    def unlisted(self) -> dict[str, str]:
        """Give what could not be listed, or not be made a target, each by a name, and why."""
        return dict(self._seen().unlisted)

    def _seen(self) -> _View:
        """Give what is listed; one thread lists, and others take what they have meanwhile."""
        view = self._view
        if view is not None and self._is_fresh(view):
            return view
        if not self._lock.acquire(blocking=view is None):
            assert view is not None  # else it would have waited  # noqa: S101
            return view
        try:
            if self._view is None or not self._is_fresh(self._view):
                self._view = self._list()
            return self._view
        finally:
            self._lock.release()

    def _is_fresh(self, view: _View) -> bool:
        age = (self._now() - view.at).total_seconds()
        return age < (FAILED_FRESH if view.unlisted else FRESH)

    def _list(self) -> _View:
        found: list[FoundWorkspace] = []
        unlisted: dict[str, str] = {}
        failed = set()
        for subscription in self._discovery.subscriptions:
            try:
                found += self._discovery.workspaces(subscription)
            except ServiceError as error:
                failed.add(subscription.lower())
                unlisted[f"subscription-{subscription}"] = (
                    f"the workspaces of this subscription could not be listed: {error}"
                )
        found = list({each.arm_id.lower(): each for each in found if self._is_new(each)}.values())
        bound = self._named(found)
        known = {each.arm_id.lower(): each for each in found}
        targets: dict[str, WorkspaceTarget] = {}
        listed = []
        asked = {subscription.lower() for subscription in self._discovery.subscriptions}
        for name, each in bound.items():
            if each.subscription not in asked:
                continue
            now = known.get(each.arm_id.lower())
            # of a subscription that can't be listed now, what was there before counts as there
            here = now is not None or (each.subscription in failed and self._is_new(each))
            try:
                targets[name] = self._discovery.target(name, now or each)
            except ServiceError as error:
                if here:
                    unlisted[name] = str(error)
                continue
            if here:
                listed.append(name)
        return _View(self._now(), targets, tuple(sorted(listed)), unlisted)

    def _is_new(self, found: FoundWorkspace) -> bool:
        """Tell whether no configured target is this workspace."""
        return not any(
            found.is_same(t.arm_id, t.workspace_id, t.service) for t in self._configured.values()
        )

    def _named(self, found: list[FoundWorkspace]) -> dict[str, FoundWorkspace]:
        """Give all names, new ones for workspaces that have none; raises Conflict in the end."""
        configured = {name.lower() for name in self._configured}
        for _ in range(_TRIES):
            known = {n: f for n, f in self._names.all().items() if n.lower() not in configured}
            has = {each.arm_id.lower() for each in known.values()}
            taken = configured | {name.lower() for name in known}
            taken |= {f"subscription-{s}".lower() for s in self._discovery.subscriptions}
            new: dict[str, FoundWorkspace] = {}
            for each in sorted(found, key=lambda f: f.arm_id.lower()):
                if each.arm_id.lower() not in has:
                    name = name_for(each.name, each.arm_id, taken)
                    new[name] = each
                    taken.add(name.lower())
            if not new or self._names.add(new):
                return known | new
        raise Conflict("the names of found workspaces are being changed by others; try again")
