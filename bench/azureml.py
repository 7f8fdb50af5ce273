"""The case `azureml`: calls and memory of an export of many jobs of Azure Machine Learning."""

from typing import Final

from bench import pipeline
from bench.azureml_process import AzureMlProcess
from bench.pipeline import Run
from bench.result import Case, Finding
from sandbox.azurite import Azurite

PER_JOB: Final = 2
"""Calls to the service that a job may cost, paging included, beside one for each artifact."""
_MIB: Final = 1024 * 1024
_ARTIFACTS: Final = 10
_PAGE: Final = 100
"""What a list of the sandbox gives at once. What the service gives no source says."""


def azureml(runs: int, quick: bool) -> Case:
    """Count what exports of two sizes call, and measure their memory; once each."""
    few, many = (20, 60) if quick else (200, 2000)
    case = Case(
        "azureml",
        f"""{few:,} and {many:,} jobs of one person with {_ARTIFACTS} artifacts of
        {AzureMlProcess.SIZE} bytes each, and no metrics. Service and Azure Resource Manager run in
        one process, the storage account of the workspace in an Azurite of its own; lists give
        {_PAGE} items a page. All calls are counted: Azure Resource Manager, the data plane, and
        reads of that storage account. Memory is the host's peak (VmHWM) since before the POST.
        Measured once each: calls do not vary.""",
        "calls",
    )
    found = {count: _export(count) for count in (few, many)}
    for count, run in found.items():
        name = f"{count:,} jobs"
        for what, number in run.service.items():
            case.add(f"{name}: {what}", number)
        service = sum(run.service.values()) - run.service["storage"]
        case.notes.append(
            f"{name}: {run.seconds:.1f} s, a peak of {run.peak / _MIB:.0f} MiB;"
            f" {service / count:.3f} calls to the service for each job, and"
            f" {run.service['storage'] / (count * _ARTIFACTS):.3f} to storage for each artifact."
        )
        beyond = (sum(run.service.values()) - count * _ARTIFACTS) / count
        text = f"{name}: calls for each, beyond one an artifact, paging included"
        case.findings.append(Finding(text, beyond, "at most", PER_JOB))
    case.notes.append(
        "Two calls of each job are for its metrics and for the links to its artifacts: no source"
        " tells of a call that gives either for several jobs. So what lists of jobs and runs cost"
        f" comes on top of {PER_JOB}: it is what the target is missed by."
    )
    more = (found[many].peak - found[few].peak) / _MIB
    text = f"{many:,} beside {few:,} jobs: peak memory of the host"
    case.findings.append(Finding(text, more, "at most", 32, "MiB"))
    return case


def _export(jobs: int) -> Run:
    with Azurite() as azurite, AzureMlProcess(jobs, _ARTIFACTS, _PAGE) as service:
        return pipeline.export(azurite, service)
