"""The case `azureml`: calls and memory of an export of many jobs of Azure Machine Learning."""

from typing import Final

from bench import pipeline
from bench.azureml_process import AzureMlProcess
from bench.pipeline import Run
from bench.result import Case, Finding
from dsr.azureml_target import ARTIFACTS
from sandbox.azurite import Azurite

PER_JOB: Final = 2
"""Calls to the service that a job may cost, paging included, beside one for each artifact."""
_MIB: Final = 1024 * 1024
_ARTIFACTS: Final = 10
_PAGE: Final = 100
"""What a list of the sandbox gives at once. What the service gives no source says."""


def azureml(runs: int, quick: bool) -> Case:
    """Count what exports of two sizes call, each way, and measure their memory; once each."""
    few, many = (20, 60) if quick else (200, 2000)
    case = Case(
        "azureml",
        f"""{few:,} and {many:,} jobs of one person with {_ARTIFACTS} artifacts of
        {AzureMlProcess.SIZE} bytes each, and no metrics. Service and Azure Resource Manager run in
        one process, the storage account of the workspace in an Azurite of its own; lists give
        {_PAGE} items a page. All calls are counted: Azure Resource Manager, the data plane, and
        reads and lists of that storage account. Memory is the host's peak (VmHWM) since before
        the POST. Artifacts are had both ways that a target may say: `links`, which is what counts
        where it says nothing, and `storage`. Measured once each: calls do not vary.""",
        "calls",
    )
    for way in ARTIFACTS:
        found = {count: _export(count, way) for count in (few, many)}
        for count, run in found.items():
            _tell(case, f"{count:,} jobs by {way}", count, run)
        more = (found[many].peak - found[few].peak) / _MIB
        text = f"{many:,} beside {few:,} jobs by {way}: peak memory of the host"
        case.findings.append(Finding(text, more, "at most", 32, "MiB"))
    case.notes.append(
        "By links each job costs two calls, for its metrics and for the links to its artifacts: no"
        " source tells of a call that gives either for several jobs. What lists of jobs and runs"
        f" cost comes on top, so this way misses {PER_JOB} a job by that much. The target is held"
        " against the other way, which lists the blobs of all jobs at once."
    )
    return case


def _tell(case: Case, name: str, count: int, run: Run) -> None:
    for what, number in run.service.items():
        case.add(f"{name}: {what}", number)
    beyond = (sum(run.service.values()) - count * _ARTIFACTS) / count
    case.notes.append(
        f"{name}: {run.seconds:.1f} s, a peak of {run.peak / _MIB:.0f} MiB;"
        f" {beyond:.3f} calls for each job, paging included, beyond one an artifact."
    )
    if name.endswith("storage"):
        text = f"{name}: calls for each, beyond one an artifact, paging included"
        case.findings.append(Finding(text, beyond, "at most", PER_JOB))


def _export(jobs: int, way: str) -> Run:
    with Azurite() as azurite, AzureMlProcess(jobs, _ARTIFACTS, _PAGE, way) as service:
        return pipeline.export(azurite, service)
