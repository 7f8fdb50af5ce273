"""The cases: what is measured, against which baseline, with which target."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench import pipeline, source
from bench.azureml import azureml
from bench.calls import calls
from bench.result import Case, Finding
from bench.studio_process import StudioProcess
from dsr.services.studio import datasets
from sandbox.azurite import Azurite
from sandbox.stack import app_settings

ROOT: Final = Path(__file__).parents[1]
MIB: Final = 1024 * 1024


def _run(*arguments: str, **environment: str) -> dict[str, float]:
    """Run a module in a process of its own; give the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{arguments[0]} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _reading(azurite: Azurite) -> float:
    """Read the source container without copying it; give the seconds."""
    return _run("bench.baselines", "read", source.sas_url(azurite, source.CONTAINER), "")["seconds"]


def _baseline(azurite: Azurite, way: str, target: str) -> float:
    """Copy the source container another way into a new container; give the seconds."""
    from azure.storage.blob import BlobServiceClient

    service = BlobServiceClient.from_connection_string(azurite.connection_string)
    service.create_container(target)
    to = source.sas_url(azurite, target, write=True)
    found = _run("bench.baselines", way, source.sas_url(azurite, source.CONTAINER), to)
    wanted, copied = (
        {b.name: b.size for b in service.get_container_client(name).list_blobs()}
        for name in (source.CONTAINER, target)
    )
    if copied != wanted:
        raise RuntimeError(f"{way} copied {len(copied)} of {len(wanted)} blobs")
    service.delete_container(target)
    return found["seconds"]


def small(runs: int, quick: bool) -> Case:
    """Measure many small datasets to one package."""
    count = 300 if quick else 5000
    case = Case(
        "small",
        f"""{count:,} datasets of 4 KiB to one package. Source and target are containers of one
        Azurite for all three, a new one each time round. Baselines: a loop that lists, downloads
        and uploads each blob with the storage SDK on 16 threads with as many pooled connections;
        `rclone copy` from container to container by SAS with 16 transfers and 16 checkers. The
        app has 16 messages in flight. Azurite has no Put Blob From URL, so every byte of all
        three passes through the process that copies. Imports of the baselines are not in their
        time.""",
    )
    for run in range(runs):
        with Azurite() as azurite:
            source.fill(azurite, count, 4096)
            url = source.sas_url(azurite, source.CONTAINER)
            with StudioProcess(count, 4096, url) as studio:
                case.add("the app", pipeline.export(azurite, studio).seconds)
            case.add("storage SDK loop", _baseline(azurite, "sdk", f"sdk{run}"))
            case.add("rclone", _baseline(azurite, "rclone", f"rclone{run}"))
            case.add("reading the source only", _reading(azurite))
    for what, target in (("storage SDK loop", 1 / 3), ("rclone", 1 / 2)):
        ratio = case.middle("the app") / case.middle(what)
        text = f"{count:,} small datasets: time beside {what}"
        case.findings.append(Finding(text, ratio, "at most", round(target, 3)))
    least = case.middle("reading the source only")
    loop, rclone = case.middle("storage SDK loop"), case.middle("rclone")
    case.notes.append(
        f"Reading the {count:,} blobs without writing anything takes {least:.1f} s on 16 threads of"
        f" urllib3, {least / loop:.2f} of the loop and {least / rclone:.2f} of rclone. Azurite"
        " answers one call at a time, so no copy out of it can take less here."
    )
    return case


def large(runs: int, quick: bool) -> Case:
    """Measure one large dataset."""
    size = (64 if quick else 1024) * MIB
    case = Case(
        "large",
        f"""One dataset of {size // MIB:,} MiB. Baseline: a plain streamed download and upload with
        the storage SDK, one stream in blocks of the same 8 MiB. Source and target are containers
        of one Azurite, a new one for each measurement. The app computes SHA-256 and CRC-32 as
        well, and its time holds all its steps, from the POST to the final state.""",
    )
    for run in range(runs):
        # a new Azurite each time: it holds everything in memory
        with Azurite() as azurite:
            source.fill(azurite, 1, size)
            url = source.sas_url(azurite, source.CONTAINER)
            with StudioProcess(1, size, url) as studio:
                case.add("the app", pipeline.export(azurite, studio).seconds)
        with Azurite() as azurite:
            source.fill(azurite, 1, size)
            case.add("streamed copy", _baseline(azurite, "stream", f"stream{run}"))
    ratio = case.middle("streamed copy") / case.middle("the app")
    text = "one large dataset: throughput beside a streamed copy"
    case.findings.append(Finding(text, ratio, "at least", 0.9))
    return case


def growth(runs: int, quick: bool) -> Case:
    """Measure how time and memory grow with the number of assets."""
    few, many = (100, 1000) if quick else (2000, 20_000)
    case = Case(
        "growth",
        f"""{few:,} and {many:,} datasets of 1 KiB that Studio serves, each with an Azurite, a
        Studio and a host of its own. Memory is the host's peak (VmHWM) since before the POST.""",
    )
    peaks: dict[int, list[float]] = {few: [], many: []}
    for _ in range(runs):
        for count in (few, many):
            with Azurite() as azurite, StudioProcess(count, 1024) as studio:
                run = pipeline.export(azurite, studio)
            case.add(f"{count:,} datasets", run.seconds)
            peaks[count].append(run.peak / MIB)
    for count, found in peaks.items():
        each = ", ".join(f"{value:.0f}" for value in found)
        case.notes.append(f"{count:,} datasets: peaks of {each} MiB.")
    ratio = case.middle(f"{many:,} datasets") / case.middle(f"{few:,} datasets")
    text = f"{many:,} beside {few:,} datasets: time"
    case.findings.append(Finding(text, ratio, "at most", 10.5))
    more = median(peaks[many]) - median(peaks[few])
    text = f"{many:,} beside {few:,} datasets: peak memory of the host"
    case.findings.append(Finding(text, more, "at most", 32, "MiB"))
    return case


def latency(runs: int, quick: bool) -> Case:
    """Measure a slow service, with sixteen batches in flight and with one."""
    batches, milliseconds = (4, 20) if quick else (16, 100)
    count = batches * datasets.KIND.kind.batch
    case = Case(
        "latency",
        f"""{batches} batches ({count:,} datasets of 64 bytes) of a service that takes
        {milliseconds} ms longer for each answer, with the host's concurrency as host.json sets it
        (16 messages in flight) and with one.""",
    )
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "alone"
        _app_with_one_message(alone)
        for _ in range(runs):
            for what, app in (("16 in flight", None), ("one in flight", alone)):
                with (
                    Azurite() as azurite,
                    StudioProcess(count, 64, latency=milliseconds / 1000) as studio,
                ):
                    case.add(what, pipeline.export(azurite, studio, app).seconds)
    ratio = case.middle("one in flight") / case.middle("16 in flight")
    text = f"{milliseconds} ms more an answer: speed of {batches} batches in flight beside one"
    case.findings.append(Finding(text, ratio, "at least", 2 if quick else 10))
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
        """POST /api/requests through the app's own function, on 8 threads, beside a function that
        makes one blob and sends one message with the same clients. The app also keeps an index
        entry.""",
        "calls a second",
    )
    seconds = "1" if quick else "6"
    with Azurite() as azurite, StudioProcess(1, 64) as studio:
        settings = app_settings(azurite.connection_string, studio)
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
    with tempfile.TemporaryDirectory() as folder:
        # compiled code is there, as after a deployment, whatever this machine's settings say
        environment = os.environ | {"PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        for number in range(max(runs, 5) + 1):
            done = subprocess.run(
                [sys.executable, "-c", code],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            if number:  # the first one compiles
                case.add("import function_app", float(done.stdout))
    text = "import of function_app"
    case.findings.append(Finding(text, case.middle("import function_app"), "at most", 0.7, "s"))
    return case


CASES: Final[dict[str, Callable[[int, bool], Case]]] = {
    "small": small,
    "large": large,
    "calls": calls,
    "azureml": azureml,
    "growth": growth,
    "latency": latency,
    "intake": intake,
    "import": cold_start,
}
