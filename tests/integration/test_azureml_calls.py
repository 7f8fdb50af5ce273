"""What an export of many jobs calls: the benchmark's case `azureml`, small, as a test."""

import pytest

from bench import pipeline
from bench.azureml_process import AzureMlProcess
from bench.pipeline import Run
from sandbox.azurite import Azurite

JOBS, ARTIFACTS, PAGE = 60, 10, 10
KINDS = 20
"""Calls that a request may make for lists of its kinds, its record and the region's directory."""


@pytest.fixture(scope="module")
def run() -> Run:
    """One export of them all, by a host of its own; its package holds every artifact."""
    with Azurite() as azurite, AzureMlProcess(JOBS, ARTIFACTS, PAGE) as service:
        return pipeline.export(azurite, service)


def test_an_artifact_is_read_by_one_call(run: Run) -> None:
    assert run.service["storage"] == JOBS * ARTIFACTS


def test_a_job_costs_two_calls_beside_its_share_of_the_lists(run: Run) -> None:
    lists = JOBS // PAGE + JOBS // PAGE  # pages of jobs, and at most one call a page for their runs
    assert run.service["data plane"] + run.service["arm"] <= 2 * JOBS + lists + KINDS
    assert run.service["data plane"] >= 2 * JOBS  # else nobody asked for metrics, or for artifacts
