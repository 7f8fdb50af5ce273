"""A sandbox of Azure Machine Learning in a process of its own, with the storage of its jobs."""

from collections.abc import Mapping
from typing import Any

from bench.service_process import ServiceProcess
from sandbox.azureml.sample.people import TOMAS


class AzureMlProcess(ServiceProcess):
    """Runs `python -m bench.azureml_service`: jobs with so many artifacts of `SIZE` bytes each.

    `way` is how the app gets artifacts, as the target says it: `links` or `storage`.
    """

    MEASURED = "bulk-ml"
    WARM = "warm-ml"
    SIZE = 256

    def __init__(self, jobs: int, artifacts: int, page_size: int, way: str) -> None:
        self._jobs, self._artifacts = jobs, artifacts
        arguments = ["--jobs", str(jobs), "--artifacts", str(artifacts), "--way", way]
        arguments += ["--size", str(self.SIZE), "--page-size", str(page_size)]
        super().__init__("bench.azureml_service", arguments)

    def request(self, workspace: str) -> dict[str, Any]:
        """Give the request of the person who owns all jobs."""
        return {
            "type": "export",
            "subject": {"object_ids": [TOMAS.object_id]},
            "scope": {"workspaces": [workspace]},
        }

    def check(self, files: Mapping[str, int]) -> None:
        """Raise ValueError where a package lacks a job or an artifact."""
        jobs = sum(name.endswith("/job.json") for name in files)
        artifacts = sum("/artifacts/" in name and size == self.SIZE for name, size in files.items())
        if (jobs, artifacts) != (self._jobs, self._jobs * self._artifacts):
            raise ValueError(
                f"the package holds {jobs} of {self._jobs} jobs, and {artifacts} artifacts"
            )
