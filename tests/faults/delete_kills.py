"""Kills the worker of a delete at one moment after another, in several sandboxes at once."""

import os
import queue
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.faults.delete_evidence import ABSENT
from tests.faults.delete_points import Point, every, shapes
from tests.faults.delete_runs import End, Lab, Story

SANDBOXES: Final = 6
"""More than there are processors: much of a run is waiting for a lease to end."""


def choices(default: Callable[[list[str]], list[Point]], takes: str) -> pytest.MarkDecorator:
    """Give `choose` as a default choice of moments, and as every one where that is asked for."""
    unasked = os.environ.get("DSR_KILL_EVERYWHERE") != "1"
    reason = f"{takes}: DSR_KILL_EVERYWHERE=1 kills at every call"
    everywhere = pytest.mark.skipif(unasked, reason=reason)
    return pytest.mark.parametrize(
        "choose",
        [
            pytest.param(default, id=default.__name__),
            pytest.param(every, id="every", marks=everywhere),
        ],
    )


@dataclass
class Kills:
    """What became of the runs that were killed."""

    runs: int = 0
    killed: int = 0
    missed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def recorded(lab: Lab, story: Story, times: int = 2) -> tuple[End, list[str]]:
    """Give the end of an undisturbed run, and the shapes of the calls that every such run makes."""
    found: list[tuple[End, list[str]]] = []
    for _ in range(times):
        request_id = str(uuid.uuid4())
        log = lab.folder / f"calls-{request_id}"
        end = lab.run(story, request_id, [{"record": str(log)}])
        found.append((end, shapes(log.read_text("utf-8").splitlines(), request_id)))
        assert end.same() == found[0][0].same()
    common = Counter(found[0][1])
    for _, calls in found:
        common &= Counter(calls)
    kept: list[str] = []
    for call in found[-1][1]:
        if common[call]:
            common[call] -= 1
            kept.append(call)
    return found[0][0], kept


def kill_at(
    folder: Path,
    story: Story,
    packs: Iterable[list[Point]],
    expected: End,
    sandboxes: int = SANDBOXES,
    **options: Any,
) -> Kills:
    """Run the story once for each pack of moments, killed at each, and compare how it ends.

    Where a pack's moments were not all reached, the others have runs of their own.
    """
    todo: queue.SimpleQueue[list[Point]] = queue.SimpleQueue()
    for pack in packs:
        todo.put(pack)
    kills, lock = Kills(), threading.Lock()

    def work(number: int) -> None:
        with Lab(folder / f"sandbox-{number}", **options) as lab:
            while True:
                try:
                    pack = todo.get_nowait()
                except queue.Empty:
                    return
                reached, problems = _run(lab, story, pack, expected)
                with lock:
                    kills.runs += 1
                    kills.killed += reached
                    kills.problems += [f"{list(map(str, pack))}: {each}" for each in problems]
                    if len(pack) == 1 and not reached:
                        kills.missed.append(str(pack[0]))
                if len(pack) > 1:
                    for point in pack[reached:]:
                        todo.put([point.alone()])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(sandboxes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert todo.empty(), "a sandbox ended before its work did"
    return kills


def _run(lab: Lab, story: Story, pack: list[Point], expected: End) -> tuple[int, list[str]]:
    """Give how many moments were reached, and what was wrong with the end."""
    request_id = str(uuid.uuid4())
    log = lab.folder / f"moments-{request_id}"
    try:
        end = lab.run(story, request_id, [[point.rule(request_id, log)] for point in pack])
    except Exception as error:
        return len(pack), [f"{type(error).__name__}: {error}"]
    return end.kills, _compared(end, expected, len(pack))


def _compared(end: End, expected: End, most: int) -> list[str]:
    problems = end.repeated()
    if end.kills > most:
        problems.append(f"it died {end.kills} times")
    if (end.status, end.counts) != (expected.status, expected.counts):
        problems.append(f"{end.status} {end.counts}, not {expected.status} {expected.counts}")
    for asset in sorted(set(end.outcomes) | set(expected.outcomes)):
        got, wanted = end.outcomes.get(asset), expected.outcomes.get(asset)
        if got != wanted:
            problems.append(f"{asset} is {got}, not {wanted}")
    if end.evidence not in ("", ABSENT) or end.evidence != expected.evidence:
        problems.append(f"evidence: {end.evidence}")
    return problems
