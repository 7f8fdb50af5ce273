"""What a sandbox workspace of Azure Machine Learning holds: people, jobs, assets, resources.

Plain values; how the service writes them is `payload_*.py`. Texts may hold `{S}` for the
workspace's resource id, `{U}` for how `azureml://` addresses begin, `{ID}` for its workspace id
and `{BLOB}` for the address of its storage account: the server fills them in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.azureml.identifiers import guid
from sandbox.studio.content import Content, text

PROVIDER = "Microsoft.MachineLearningServices"
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
TENANT = "99999999-0000-4000-8000-000000000000"
ARTIFACTS = "azureml"
"""The container of the datastore `workspaceartifactstore`; workspaces of an account share it."""

WORKING = "code-391ff5ac-6576-460f-ba4d-7e03433c68b6"
"""The file share of the datastore `workspaceworkingdirectory`; an account has it once."""

TERMINAL = frozenset({"Completed", "Failed", "Canceled"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who makes things. `shown` is the name in ARM's `systemData`, `name` if empty.

    Without an object id it is no person of the directory: `Microsoft`. A service principal
    (`is_application`) is shown by its object id.
    """

    object_id: str
    name: str
    address: str
    shown: str = ""
    is_application: bool = False

    @property
    def display(self) -> str:
        """Give the name that ARM shows."""
        return self.object_id if self.is_application else self.shown or self.name

    @property
    def type(self) -> str:
        """Give ARM's `createdByType`."""
        return "Application" if self.is_application else "User"


MICROSOFT = Person("", "Microsoft", "")
"""Who made the curated environments and components, by what ARM says."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a run: its path below `ExperimentRun/dcid.{run}/`."""

    path: str
    content: Content


@dataclass(frozen=True, slots=True)
class Blob:
    """Any other blob of the workspace's storage account; `container` may hold `{ID}`."""

    container: str
    name: str
    content: Content


@dataclass(frozen=True, slots=True)
class ShareFile:
    """A file of the share with people's folders: its path there, `Users/{alias}/…`."""

    path: str
    content: Content


@dataclass(frozen=True, slots=True)
class Job:
    """A job and its run. Children are in the run history alone, not in ARM's list.

    `created` is ISO 8601 with its zone. `extra` is laid over what ARM's `properties` say, `run`
    over what the run history says. With `leaves` the run left a ZIP and a compute record in
    storage beside its artifacts. `modified_by` is the run's `lastModifiedBy`, the author if None.
    """

    name: str
    author: Person | None
    created: str
    experiment: str = "demand"
    display_name: str = ""
    status: str = "Completed"
    kind: str = "Command"
    archived: bool = False
    description: str | None = None
    modified_by: Person | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()
    metrics: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    children: tuple["Job", ...] = ()
    leaves: bool = True

    @property
    def container(self) -> str:
        """Give the run's data container, `dcid.{run}`."""
        return f"dcid.{self.name}"

    def family(self) -> Iterator["Job"]:
        """Give the job and all that is below it."""
        yield self
        for child in self.children:
            yield from child.family()


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model, data asset, environment, component, code or feature set.

    `kind` is ARM's collection, for example `models`. `properties` is what the kind has beside
    what all have. `known_by` is the creator that the data plane knows where ARM's is another or
    none; the author if None.
    """

    kind: str
    name: str
    version: str
    author: Person | None
    created: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    modified_by: Person | None = None
    archived: bool = False
    anonymous: bool = False
    description: str | None = None
    tags: Mapping[str, str] | None = field(default_factory=dict)
    own_properties: Mapping[str, str] = field(default_factory=dict)
    known_by: Person | None = None

    @property
    def creator(self) -> Person | None:
        """Give the creator that the data plane knows."""
        return self.known_by or self.author


@dataclass(frozen=True, slots=True)
class Resource:
    """Anything of a workspace that has no versions; `children` are deployments of an endpoint.

    `system_data` stands in place of what author and times make; `{}` leaves it out, as computes
    do. `top` is laid over the resource beside its properties. `secrets` is what `listSecrets`
    or `listKeys` gives.
    """

    kind: str
    name: str
    properties: Mapping[str, Any]
    author: Person | None = None
    created: str = "2026-05-04T09:00:00.000+00:00"
    modified_by: Person | None = None
    system_data: Mapping[str, Any] | None = None
    top: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    children: tuple["Resource", ...] = ()


@dataclass(frozen=True, slots=True)
class MlWorkspace:
    """A workspace (`Microsoft.MachineLearningServices/workspaces`) and what is in it.

    Two workspaces may name one `storage_account`. `blobs` lie there beside what jobs left,
    `files` in its share `WORKING`.
    """

    name: str
    storage_account: str
    creator: Person
    people: tuple[Person, ...] = ()
    subscription_id: str = SUBSCRIPTION
    resource_group: str = "rg-mlprod"
    region: str = "westeurope"
    kind: str = "Default"
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    created: str = "2025-02-03T08:15:00.1234567Z"
    jobs: tuple[Job, ...] = ()
    versions: tuple[Version, ...] = ()
    resources: tuple[Resource, ...] = ()
    blobs: tuple[Blob, ...] = ()
    files: tuple[ShareFile, ...] = ()
    target_name: str = ""

    @property
    def arm_id(self) -> str:
        """Give the Azure resource id."""
        return f"{self.group_id}/providers/{PROVIDER}/workspaces/{self.name}"

    @property
    def uri(self) -> str:
        """Give what `azureml://` addresses of its datastores begin with."""
        group = f"resourcegroups/{self.resource_group}"
        return f"azureml://subscriptions/{self.subscription_id}/{group}/workspaces/{self.name}"

    @property
    def group_id(self) -> str:
        """Give the resource group's id."""
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"

    @property
    def workspace_id(self) -> str:
        """Give the GUID that names its containers."""
        return guid("workspace", self.arm_id.lower())

    @property
    def blobstore(self) -> str:
        """Give the container of the datastore `workspaceblobstore`."""
        return f"azureml-blobstore-{self.workspace_id}"

    def runs(self) -> Iterator[Job]:
        """Give every job with its children, in the order of the list."""
        for job in self.jobs:
            yield from job.family()

    def stored(self) -> Iterator[Blob]:
        """Give every blob that the workspace has in its account."""
        for run in self.runs():
            for artifact in run.artifacts:
                name = f"ExperimentRun/{run.container}/{artifact.path}"
                yield Blob(ARTIFACTS, name, artifact.content)
            if run.leaves:
                yield from left_by(run.name)
        for blob in self.blobs:
            yield Blob(blob.container.replace("{ID}", self.workspace_id), blob.name, blob.content)


def left_by(run: str) -> Iterator[Blob]:
    """Give what a run leaves in the account beside its artifacts."""
    yield Blob(ARTIFACTS, f"ArtifactZip/ExperimentRun/dcid.{run}.zip", text(f"ZIP of {run}"))
    yield Blob(ARTIFACTS, f"ComputeRecord/dcid.{run}", text(f"compute record of {run}"))
