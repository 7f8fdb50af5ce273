"""Workspaces of a given size, for load."""

from sandbox.azureml.model import Artifact, Job, MlWorkspace, Person
from sandbox.azureml.sample.people import MIRA, TOMAS
from sandbox.azureml.sample.resources import system_datastores
from sandbox.studio.content import StoredContent


def bulk_workspace(
    jobs: int,
    artifacts: int,
    owner: Person = TOMAS,
    size: int = 256,
    name: str = "bulk-ml",
    storage_account: str = "stbulkml01",
) -> MlWorkspace:
    """Give a workspace with so many jobs of one owner, each with so many artifacts of `size` bytes.

    Job number i is `bulk_{i:06}`; no two artifacts are alike where `size` is 32 or more.
    """
    made = tuple(_job(i, artifacts, owner, size) for i in range(jobs))
    return MlWorkspace(
        name,
        storage_account,
        MIRA,
        (MIRA, owner),
        jobs=made,
        resources=system_datastores(storage_account),
    )


def bulk_content(job: int, artifact: int, size: int) -> StoredContent:
    """Give the bytes of an artifact of a bulk workspace."""
    pattern = f"artifact {artifact} of job {job} of bulk\n".encode()
    return StoredContent((pattern * (size // len(pattern) + 1))[:size])


def _job(number: int, artifacts: int, owner: Person, size: int) -> Job:
    files = tuple(
        Artifact(f"outputs/file-{n:03}.txt", bulk_content(number, n, size))
        for n in range(artifacts)
    )
    name = f"bulk_{number:06}"
    at = "2026-05-04T09:10:05.000+00:00"
    return Job(name, owner, at, display_name=name, artifacts=files, leaves=False)
