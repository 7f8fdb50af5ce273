"""The cases: what is measured, against which baseline, with which target."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bench import pipeline, source
from bench.pipeline import Studio
from bench.result import Case, Finding
from dsr.services.studio import datasets
from sandbox.azurite import Azurite
from sandbox.stack import app_settings

ROOT: Final = Path(__file__).parents[1]
MIB: Final = 1024 * 1024


def _run(*arguments: str, **environment: str) -> dict[str, float]:
    """Run a module in a process of its own; give the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**_environment(), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{arguments[0]} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)


def _baseline(azurite: Azurite, way: str, target: str) -> float:
    """Copy the source container another way into a new container; give the seconds."""
    from azure.storage.blob import BlobServiceClient

    service = BlobServiceClient.from_connection_string(azurite.connection_string)
    service.create_container(target)
    to = source.sas_url(azurite, target, write=True)
    found = _run("bench.baselines", way, source.sas_url(azurite, source.CONTAINER), to)
    service.delete_container(target)
    return found["seconds"]


def small(runs: int, quick: bool) -> Case:
    """Measure many small datasets to one package."""
    count = 300 if quick else 5000
    case = Case(
        "small",
        f"{count:,} datasets of 4 KiB to one package. Source and target are containers of one Azurite for"
        " all three. Baselines: a loop that downloads and uploads each blob with the storage SDK on"
        " 16 threads with as many pooled connections; `rclone copy` from container to container by"
        " SAS with 16 transfers. The app has 16 messages in flight.",
    )
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "access.log"
        with Azurite(access_log=log) as azurite:
            source.fill(azurite, count, 4096)
            url = source.sas_url(azurite, source.CONTAINER)
            for run in range(runs):
                with Studio(count, 4096, url) as studio:
                    ours = pipeline.export(azurite, studio, count, log)
                case.add("the app", ours.seconds)
                case.add("storage SDK loop", _baseline(azurite, "sdk", f"sdk{run}"))
                case.add("rclone", _baseline(azurite, "rclone", f"rclone{run}"))
    for what, target in (("storage SDK loop", 1 / 3), ("rclone", 1 / 2)):
        ratio = case.middle("the app") / case.middle(what)
        text = f"{count:,} small datasets: time beside {what}"
        case.findings.append(Finding(text, ratio, "at most", round(target, 3)))
    return case


def large(runs: int, quick: bool) -> Case:
    """Measure one large dataset."""
    size = (64 if quick else 1024) * MIB
    case = Case(
        "large",
        f"One dataset of {size // MIB:,} MiB. Baseline: a plain streamed download and upload with the"
        " storage SDK, in blocks of the same 8 MiB. The app computes SHA-256 and CRC-32 as well.",
    )
    for run in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "access.log"
            # a new Azurite each time: it holds everything in memory
            with Azurite(access_log=log) as azurite:
                source.fill(azurite, 1, size)
                url = source.sas_url(azurite, source.CONTAINER)
                with Studio(1, size, url) as studio:
                    case.add("the app", pipeline.export(azurite, studio, 1, log).seconds)
            with Azurite() as azurite:
                source.fill(azurite, 1, size)
                case.add("streamed copy", _baseline(azurite, "stream", f"stream{run}"))
    ratio = case.middle("streamed copy") / case.middle("the app")
    text = "one large dataset: throughput beside a streamed copy"
    case.findings.append(Finding(text, ratio, "at least", 0.9))
    return case


def growth(runs: int, quick: bool) -> Case:
    """Measure how time, memory and calls grow with the number of assets."""
    few, many = (100, 1000) if quick else (2000, 20_000)
    case = Case(
        "growth",
        f"{few:,} and {many:,} datasets of 1 KiB, each with an Azurite and a host of its own. Calls to"
        " storage are counted from Azurite's access log between the POST and the final state; looks at"
        " a queue that found nothing are left out. A status poll costs the app calls as well, and those"
        " are in the count.",
    )
    peaks: dict[int, list[float]] = {few: [], many: []}
    for _ in range(runs):
        for count in (few, many):
            with tempfile.TemporaryDirectory() as folder:
                log = Path(folder) / "access.log"
                with Azurite(access_log=log) as azurite, Studio(count, 1024) as studio:
                    run = pipeline.export(azurite, studio, count, log)
            case.add(f"{count:,} datasets", run.seconds)
            peaks[count].append(run.peak / MIB)
            calls = sum(run.storage.values())
            text = f"{count:,} datasets: calls to storage beyond 30 a request, per dataset"
            if len(peaks[count]) == runs:
                case.findings.append(Finding(text, (calls - 30) / count, "at most", 0.2))
                text = f"{count:,} datasets: calls to Studio's API per dataset"
                case.findings.append(Finding(text, run.studio["api"] / count, "at most", 1.1))
                each = ", ".join(f"{n} {what}" for what, n in run.storage.most_common(40))
                case.notes.append(
                    f"{count:,} datasets: {calls} calls to storage ({run.studio['polls']} status"
                    f" polls), {run.studio['all']} to Studio with downloads. {each}"
                )
    ratio = case.middle(f"{many:,} datasets") / case.middle(f"{few:,} datasets")
    text = f"{many:,} beside {few:,} datasets: time"
    case.findings.append(Finding(text, ratio, "at most", 10.5))
    more = sorted(peaks[many])[len(peaks[many]) // 2] - sorted(peaks[few])[len(peaks[few]) // 2]
    text = f"{many:,} beside {few:,} datasets: peak memory of the host"
    case.findings.append(Finding(text, more, "at most", 32, "MiB"))
    return case


def latency(runs: int, quick: bool) -> Case:
    """Measure a slow service, with sixteen batches in flight and with one."""
    batches = 4 if quick else 16
    count = batches * datasets.KIND.kind.batch
    case = Case(
        "latency",
        f"{batches} batches ({count:,} datasets of 64 bytes) of a service that takes 100 ms longer for each"
        " answer, with the host's concurrency as host.json sets it (16 messages in flight) and with one.",
    )
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "alone"
        _app_with_one_message(alone)
        for _ in range(1 if quick else runs):
            for what, app in (("16 in flight", None), ("one in flight", alone)):
                log = Path(folder) / "access.log"
                with Azurite(access_log=log) as azurite, Studio(count, 64, latency=0.1) as studio:
                    case.add(what, pipeline.export(azurite, studio, count, log, app).seconds)
    ratio = case.middle("one in flight") / case.middle("16 in flight")
    text = f"100 ms more an answer: speed of {batches} batches in flight beside one"
    case.findings.append(Finding(text, ratio, "at least", 3 if quick else 10))
    return case


def _app_with_one_message(folder: Path) -> None:
    """Copy the app, its host.json changed to take one message at a time."""
    folder.mkdir()
    for part in ("dsr", "handlers"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "function_app.py", folder)
    host: dict[str, Any] = json.loads((ROOT / "host.json").read_text("utf-8"))
    host["extensions"]["queues"] |= {"batchSize": 1, "newBatchThreshold": 0}
    (folder / "host.json").write_text(json.dumps(host), "utf-8")


def intake(runs: int, quick: bool) -> Case:
    """Measure how many requests are taken in."""
    case = Case(
        "intake",
        "POST /api/requests through the app's own function, on 8 threads, beside a function that makes"
        " one blob and sends one message with the same clients. The app also keeps an index entry.",
        "calls a second",
    )
    seconds = "1" if quick else "6"
    with Azurite() as azurite, Studio(1, 64) as studio:
        settings = app_settings(azurite.connection_string, pipeline.Given(studio.settings))
        for _ in range(runs):
            for way, what in (("app", "the app"), ("least", "one blob, one message")):
                found = _run("bench.intake_loop", way, "--seconds", seconds, **settings)
                case.add(what, found["rate"])
    ratio = case.middle("the app") / case.middle("one blob, one message")
    text = "intake: rate beside a function with one blob and one message"
    case.findings.append(Finding(text, ratio, "at least", 0.4))
    return case


def cold_start(runs: int, quick: bool) -> Case:
    """Measure what a cold start imports."""
    case = Case(
        "import", "`import function_app` in a new interpreter, which a cold start waits for."
    )
    code = "import time;t=time.perf_counter();import function_app;print(time.perf_counter()-t)"
    for _ in range(max(runs, 5)):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        case.add("import function_app", float(done.stdout))
    text = "import of function_app"
    case.findings.append(Finding(text, case.middle("import function_app"), "at most", 0.7, "s"))
    return case


CASES: Final[dict[str, Callable[[int, bool], Case]]] = {
    "small": small,
    "large": large,
    "growth": growth,
    "latency": latency,
    "intake": intake,
    "import": cold_start,
}
