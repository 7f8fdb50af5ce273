"""A sandbox Studio in a process of its own."""

from collections.abc import Mapping
from typing import Any

from bench import package
from bench.service_process import ServiceProcess


class StudioProcess(ServiceProcess):
    """Runs `python -m bench.studio`: `count` assets of `kind`, datasets of `size` bytes.

    Their bytes are blobs of the container at `source_url`; without one, Studio serves them.
    """

    MEASURED = "bulk-lab"
    WARM = "warm-lab"

    def __init__(
        self,
        count: int,
        size: int,
        source_url: str | None = None,
        latency: float = 0.0,
        kind: str = "dataset",
    ) -> None:
        self._count, self._size, self._kind = count, size, kind
        arguments = ["--kind", kind, "--count", str(count)]
        arguments += ["--size", str(size), "--latency", str(latency)]
        if source_url:
            arguments += ["--source", source_url]
        super().__init__("bench.studio", arguments)

    def request(self, workspace: str) -> dict[str, Any]:
        """Give the request for all of a workspace."""
        return {
            "type": "export",
            "subject": {"emails": ["tomas.user@example.org"]},
            "scope": {"select": "workspace", "workspaces": [workspace]},
            "approval": "automatic",
        }

    def check(self, files: Mapping[str, int]) -> None:
        """Raise ValueError where a package does not hold every asset."""
        package.check(files, self._kind, self._count, self._size)
