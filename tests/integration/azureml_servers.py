"""Azure ML sandboxes for tests: started once a module, as new for every test."""

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.arm import SandboxArm
from sandbox.azureml import SandboxAzureMl, forecast, neighbour
from tests.integration.azureml_client import AzureMlClient

Servers = tuple[SandboxArm, SandboxAzureMl]


@contextmanager
def servers(storage: dict[str, str] | None = None) -> Iterator[Servers]:
    """Give both servers over the sample and its neighbour."""
    with (
        SandboxAzureMl([forecast(), neighbour()], storage=storage) as ml,
        SandboxArm([], services=(), plans=(), azureml=ml) as arm,
    ):
        yield arm, ml


@contextmanager
def client(shared: Servers) -> Iterator[AzureMlClient]:
    """Give calls of the sample; what a test did is taken back after it."""
    arm, ml = shared
    made = AzureMlClient(arm, ml, ml.workspaces["forecast"])
    ml.operations.seconds = 0.0
    try:
        yield made
    finally:
        made.close()
        ml.restore()
        ml.operations.seconds, ml.operations.polls = 0.2, None
        ml.lag_seconds = 0
        ml.behaviour.page_size = 10
        ml.behaviour.blobs_go, ml.behaviour.children_go = False, True
        for server in (arm, ml):
            server.faults.clear()
            server.journal.clear()
