"""A workspace as it is now: what was deleted is gone, what was cancelled has ended."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.azureml.model import TERMINAL, Job, MlWorkspace, Resource, Version
from sandbox.loopback.removals import Removals

VERSIONED = ("models", "data", "environments", "components", "codes", "featuresets")
"""ARM's collections of assets with versions."""

PLAIN = (
    *("schedules", "onlineEndpoints", "batchEndpoints", "computes", "datastores"),
    *("connections", "serverlessEndpoints", "featurestoreEntities"),
)
"""ARM's collections of anything else but jobs."""


class Run:
    """A job where it stands among its ancestors."""

    __slots__ = ("job", "parent", "root")

    def __init__(self, job: Job, root: str, parent: str | None) -> None:
        self.job, self.root, self.parent = job, root, parent


class WorkspaceView:
    """Looks things up by the names in a path; `status` holds the status of cancelled jobs."""

    def __init__(
        self, workspace: MlWorkspace, removals: Removals, status: dict[str, str], blob_url: str
    ) -> None:
        self.workspace = workspace
        self.removals = removals
        self._status = status
        self._root = workspace.arm_id.lower()
        self._texts = (
            ("{S}", workspace.arm_id),
            ("{U}", workspace.uri),
            ("{ID}", workspace.workspace_id),
            ("{BLOB}", blob_url),
        )
        self.runs = {run.job.name.lower(): run for job in workspace.jobs for run in _runs(job)}
        self.versions: dict[tuple[str, str], list[Version]] = {}
        for version in workspace.versions:
            self.versions.setdefault((version.kind, version.name.lower()), []).append(version)
        self.resources = {(r.kind.lower(), r.name.lower()): r for r in workspace.resources}

    def key(self, *path: str) -> str:
        """Give the name under which a thing is deleted."""
        return "/".join((self._root, *path)).lower()

    def job_key(self, job: Job) -> str:
        """Give the name under which a job is deleted."""
        return self.key("jobs", job.name)

    def run(self, name: str) -> Run | None:
        """Give a job that is there, child or not."""
        run = self.runs.get(name.lower())
        return None if run is None or self.removals.gone(self.job_key(run.job)) else run

    def status(self, job: Job) -> str:
        """Give a job's status."""
        return self._status.get(self.job_key(job), job.status)

    def set_status(self, job: Job, status: str) -> None:
        """Set a job's status, unless it has ended."""
        if self.status(job) not in TERMINAL:
            self._status[self.job_key(job)] = status

    def names(self, kind: str) -> list[str]:
        """Give the names of a kind's containers, in the order of the list."""
        found = {
            v.name: None for (k, _), group in self.versions.items() if k == kind for v in group
        }
        return list(found)

    def first(self, kind: str, name: str) -> Version | None:
        """Give the version that a container began with, None where there is no such container."""
        held = self.versions.get((kind, name.lower()))
        return None if not held or self.removals.gone(self.key(kind, name)) else held[0]

    def there(self, kind: str, name: str, *, listed: bool = False) -> list[Version]:
        """Give the versions of a container that are there, or that lists show."""
        tell = self.removals.listed if listed else lambda key: not self.removals.gone(key)
        held = self.versions.get((kind, name.lower()), [])
        return [v for v in held if tell(self.version_key(v))]

    def version(self, kind: str, name: str, number: str) -> Version | None:
        """Give a version that is there."""
        held = self.there(kind, name)
        return next((v for v in held if v.version.lower() == number.lower()), None)

    def version_key(self, version: Version) -> str:
        """Give the name under which a version is deleted."""
        return self.key(version.kind, version.name, "versions", version.version)

    def resource(self, kind: str, name: str, child: str | None = None) -> Resource | None:
        """Give a resource, or a deployment of it, that is there."""
        found = self.resources.get((kind.lower(), name.lower()))
        if found is None or self.removals.gone(self.key(kind, name)):
            return None
        if child is None:
            return found
        match = next((c for c in found.children if c.name.lower() == child.lower()), None)
        gone = self.removals.gone(self.key(kind, name, "deployments", child))
        return None if match is None or gone else match

    def uses(self, version: Version) -> str | None:
        """Give a deployment that serves a model, None where no one does."""
        link = f"{{S}}/{version.kind}/{version.name}/versions/{version.version}"
        for (kind, name), resource in self.resources.items():
            for child in resource.children:
                there = self.resource(kind, name, child.name)
                if there is not None and there.properties.get("model") == link:
                    return f"{resource.name}/{child.name}"
        return None

    def listed(self, *path: str) -> bool:
        """Tell whether lists show a thing."""
        return self.removals.listed(self.key(*path))

    def render(self, value: Any) -> bytes:
        """Give JSON with the workspace's own addresses filled in."""
        text = json.dumps(value, ensure_ascii=False)
        for mark, meaning in self._texts:
            text = text.replace(mark, meaning)
        return text.encode()

    def fill(self, value: Any) -> Any:
        """Give a value with the workspace's own addresses filled in."""
        return json.loads(self.render(value))


def archived_shown(list_view: str | None) -> Callable[[bool], bool]:
    """Give what tells whether a list shows a thing, by whether it is archived.

    Raises ValueError for a listViewType that is none.
    """
    match list_view:
        case None | "ActiveOnly":
            return lambda archived: not archived
        case "ArchivedOnly":
            return lambda archived: archived
        case "All":
            return lambda _: True
    raise ValueError("listViewType has to be ActiveOnly, ArchivedOnly or All")


def _runs(job: Job, root: str | None = None, parent: str | None = None) -> Iterator[Run]:
    root = root or job.name
    yield Run(job, root, parent)
    for child in job.children:
        yield from _runs(child, root, job.name)
