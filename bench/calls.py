"""The case `calls`: how many calls to storage and to Studio an export makes."""

import tempfile
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Final

from bench import pipeline
from bench.pipeline import Run
from bench.result import Case, Finding
from bench.studio_process import StudioProcess
from sandbox.azurite import Azurite

PER_REQUEST: Final = 30
"""Calls to storage that a request may make whatever its size."""
_SHOWN: Final = 12


def calls(runs: int, quick: bool) -> Case:
    """Count what exports of several sizes call."""
    sizes = (100, 300) if quick else (500, 5000, 20_000)
    tries = 20 if quick else 500
    case = Case(
        "calls",
        """Calls between the POST and the end of the request, which shows in Azurite's access log:
        nobody asks for the status meanwhile. Studio serves the bytes (1 KiB each), so no read of
        a source is among the calls to storage. Looks at a queue that found nothing are left out.
        The largest size is counted once, the others as often as everything else is measured.""",
        "calls",
    )
    storage: dict[int, float] = {}
    for count in sizes:
        found = [_counted(count, "dataset") for _ in range(1 if count > 5000 else runs)]
        for run in found:
            case.add(f"{count:,} datasets: storage", sum(run.storage.values()))
            case.add(f"{count:,} datasets: Studio API", run.service["api"])
            case.add(f"{count:,} datasets: downloads", run.service["downloads"])
        storage[count] = case.middle(f"{count:,} datasets: storage")
        case.findings += _findings(case, count)
        case.notes.append(_most(f"{count:,} datasets", found[-1].storage))
    few, many = sizes[0], sizes[-1]
    each = (storage[many] - storage[few]) / (many - few)
    case.notes.append(
        f"Between {few:,} and {many:,} datasets each further one costs {each:.3f} calls to storage."
    )
    found = [_counted(tries, "experiment") for _ in range(runs)]
    api = [run.service["api"] for run in found]
    for run in found:
        case.add(f"{tries:,} experiments: Studio API", run.service["api"])
        case.add(f"{tries:,} experiments: downloads", run.service["downloads"])
        case.add(f"{tries:,} experiments: storage", sum(run.storage.values()))
    text = f"{tries:,} experiments without earlier runs: calls to Studio's API for each"
    case.findings.append(Finding(text, median(api) / tries, "at most", 3))
    return case


def _findings(case: Case, count: int) -> list[Finding]:
    name = f"{count:,} datasets"
    storage, api = case.middle(f"{name}: storage"), case.middle(f"{name}: Studio API")
    both = api + case.middle(f"{name}: downloads")
    case.notes.append(f"{name}: {both / count:.3f} calls to Studio for each, downloads included.")
    text = f"{name}: calls to storage for each, beyond {PER_REQUEST} a request"
    beyond = max(0.0, storage - PER_REQUEST) / count
    return [
        Finding(text, beyond, "at most", 0.2),
        Finding(f"{name}: calls to Studio's API for each", api / count, "at most", 1.1),
    ]


def _counted(count: int, kind: str) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "access.log"
        with Azurite(access_log=log) as azurite, StudioProcess(count, 1024, kind=kind) as studio:
            return pipeline.export(azurite, studio, log=log)


def _most(name: str, storage: Counter[str]) -> str:
    parts = [f"{number} `{what}`" for what, number in storage.most_common(_SHOWN)]
    return f"{name}: most of them are {', '.join(parts)}."
