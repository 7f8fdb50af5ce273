"""A sandbox Studio over its samples, for tests of the sandbox itself over real HTTP."""

from collections.abc import Iterator

import pytest

from sandbox.studio import SandboxStudio, Workspace, sample_workspaces
from tests.integration.studio_client import StudioClient, fresh


@pytest.fixture(scope="module")
def shared() -> Iterator[SandboxStudio]:
    """One server a module."""
    with SandboxStudio(sample_workspaces()) as server:
        yield server


@pytest.fixture
def studio(shared: SandboxStudio) -> Iterator[SandboxStudio]:
    """That server, as if no test had touched it."""
    with fresh(shared) as server:
        yield server


@pytest.fixture
def lab(studio: SandboxStudio) -> Workspace:
    """The standard sample workspace."""
    return studio.workspaces["churn-lab"]


@pytest.fixture
def call(studio: SandboxStudio, lab: Workspace) -> Iterator[StudioClient]:
    """Calls of that workspace."""
    client = StudioClient(studio, lab)
    yield client
    client.close()
