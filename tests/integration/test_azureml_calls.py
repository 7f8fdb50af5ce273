"""What an export of many jobs calls: the benchmark's case `azureml`, small, as a test."""

from collections.abc import Iterator

import pytest

from bench import pipeline
from bench.azureml_process import AzureMlProcess
from bench.pipeline import Run
from sandbox.azurite import Azurite

JOBS, ARTIFACTS, PAGE = 60, 10, 10
KINDS = 20
"""Calls that a request may make for lists of its kinds, its record and the region's directory."""
LISTS = 2 * JOBS // PAGE
"""Pages of jobs, and at most one call a page for their runs."""


def export(way: str) -> Iterator[Run]:
    with Azurite() as azurite, AzureMlProcess(JOBS, ARTIFACTS, PAGE, way) as service:
        yield pipeline.export(azurite, service)


@pytest.fixture(scope="module")
def by_links() -> Iterator[Run]:
    """One export of them all, by a host of its own; its package holds every artifact."""
    yield from export("links")


@pytest.fixture(scope="module")
def by_storage() -> Iterator[Run]:
    """The same, of a target that says `"artifacts": "storage"`."""
    yield from export("storage")


def test_an_artifact_is_read_by_one_call(by_links: Run) -> None:
    assert by_links.service["storage"] == JOBS * ARTIFACTS


def test_a_job_costs_two_calls_beside_its_share_of_the_lists(by_links: Run) -> None:
    service = by_links.service["data plane"] + by_links.service["arm"]
    assert service <= 2 * JOBS + LISTS + KINDS
    assert by_links.service["data plane"] >= 2 * JOBS  # else metrics or links were not asked for


def test_by_storage_a_job_costs_one_call_and_all_blobs_are_listed_at_once(by_storage: Run) -> None:
    alone_and_whole = 20 + 1
    assert by_storage.service["storage"] == JOBS * ARTIFACTS + alone_and_whole
    service = by_storage.service["data plane"] + by_storage.service["arm"]
    assert JOBS <= service <= JOBS + LISTS + KINDS
