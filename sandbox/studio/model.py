"""What a sandbox workspace holds: people, datasets, experiments and their runs.

Plain values; how the service writes them is `payload_*.py`, their bytes are `content.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.studio.content import Content
from sandbox.studio.identifiers import GLOBAL_WORKSPACE_ID, hex_id, run_stamp
from sandbox.studio.model_asset import Gateway, Module, Notebook, Project, Promoted
from sandbox.studio.model_service import ClassicService


@dataclass(frozen=True, slots=True)
class User:
    """A member of a workspace."""

    email: str
    name: str
    user_id: str
    role: str = "User"
    status: str = "Active"


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One uploaded or promoted version of a dataset; `batch` numbers it within its family.

    Where its bytes are no blob of this server, `download_location` says where they are: base
    URI, location and credential. Of `content` then only the size counts.
    """

    batch: int
    name: str
    data_type: str
    content: Content
    owner: str | None
    created: int
    description: str | None = ""
    source_origin: str = "FromResourceUpload"
    uploaded_from: str | None = None
    experiment_id: str | None = None
    promoted_from: str | None = None
    category: str | None = None
    download_location: tuple[str, str, str] | None = None

    def open_bytes(self) -> bytes:
        """Give the bytes that a download must give."""
        return self.content.open_bytes()


@dataclass(frozen=True, slots=True)
class DatasetFamily:
    """All versions of a dataset, oldest first. A delete takes the whole family."""

    workspace_id: str
    family_id: str
    versions: tuple[DatasetVersion, ...]

    def id_of(self, version: DatasetVersion) -> str:
        """Give the asset id, `{workspace}.{family}.v1-default-{batch}`."""
        return f"{self.workspace_id}.{self.family_id}.v1-default-{version.batch}"


@dataclass(frozen=True, slots=True)
class InputPort:
    """A module's input: a dataset, a trained model, or the output of another node."""

    name: str
    dataset_id: str | None = None
    model_id: str | None = None
    source: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class NodeOutput:
    """What a node's port gave in a run; `content` is None where the run gave nothing.

    `visualization` is the JSON that the service made of it to show it, if it made any.
    """

    port: str
    content: Content | None
    suffix: str = ".csv"
    output_type: str = "Dataset"
    visualization: Content | None = None


@dataclass(frozen=True, slots=True)
class ModuleNode:
    """A module in an experiment's graph, with what its last run left behind."""

    id: str
    module_id: str
    comment: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    inputs: tuple[InputPort, ...] = ()
    outputs: tuple[NodeOutput, ...] = ()
    status: str = "Finished"
    stdout: Content | None = None
    stderr: Content | None = None


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note on the canvas of an experiment."""

    id: str
    content: str
    node_id: str | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One state of an experiment: a run, or a draft that has not run (`ended` is None).

    `web_service` is the group id of the web service that it describes, if it describes one.
    """

    created: int
    ended: int | None
    status: str
    creator: str
    description: str
    summary: str = ""
    status_detail: str = "None"
    tags: tuple[str, ...] = ()
    nodes: tuple[ModuleNode, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    web_service: str | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment and its history, newest state first.

    Only the newest state is listed. The earlier ones answer under their own ids, which lead
    from one to the next by `ParentExperimentId`.
    """

    workspace_id: str
    key: str
    runs: tuple[Run, ...]
    category: str = "user"

    @property
    def id(self) -> str:
        """Give the id of the newest state, `{workspace}.f-id.{key}`."""
        return f"{self.workspace_id}.f-id.{self.key}"

    def run_id(self, run: Run) -> str | None:
        """Give a run's id, `{workspace}.s-id.{key}.{stamp}`; None for a draft."""
        if run.ended is None:
            return None
        return f"{self.workspace_id}.s-id.{self.key}.{run_stamp(run.created)}"

    def states(self) -> Iterator[tuple[str, Run]]:
        """Give every id that answers, with the state that it answers with."""
        yield self.id, self.runs[0]
        for run in self.runs:
            run_id = self.run_id(run)
            if run_id is not None:
                yield run_id, run


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace; `samples` are Microsoft's assets that its lists show as well.

    Without `has_token_setting` no app setting holds its token: the app gets it from ARM.
    """

    name: str
    account_kind: str
    workspace_type: str
    region: str
    region_name: str
    workspace_id: str
    created: int
    primary_token: str
    secondary_token: str
    blob_account: str
    description: str = ""
    owner_email: str | None = None
    owner_principal_id: str | None = None
    storage_account: str | None = None
    storage_key: str | None = None
    subscription_id: str | None = None
    subscription_name: str | None = None
    resource_group: str | None = None
    tenant_id: str | None = None
    users: tuple[User, ...] = ()
    families: tuple[DatasetFamily, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    sample_families: tuple[DatasetFamily, ...] = ()
    sample_experiments: tuple[Experiment, ...] = ()
    models: tuple[Promoted, ...] = ()
    transforms: tuple[Promoted, ...] = ()
    modules: tuple[Module, ...] = ()
    notebooks: tuple[Notebook, ...] = ()
    projects: tuple[Project, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    services: tuple[ClassicService, ...] = ()
    has_token_setting: bool = True

    @property
    def arm_id(self) -> str | None:
        """Give the Azure resource id; None for guest and free, which are in no subscription."""
        if self.subscription_id is None:
            return None
        return f"{self._group}/Microsoft.MachineLearning/workspaces/{self.name}"

    @property
    def storage_arm_id(self) -> str | None:
        """Give the resource id of the storage account that the customer owns, if any."""
        if self.storage_account is None:
            return None
        return f"{self._group}/Microsoft.Storage/storageAccounts/{self.storage_account}"

    @property
    def token_setting(self) -> str:
        """Give the app setting that holds the token, for example `CHURN_LAB_TOKEN`."""
        return f"{self.name.upper().replace('-', '_')}_TOKEN"

    @property
    def _group(self) -> str:
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}/providers"
        )

    def datasets(self, *, samples: bool = True) -> Iterator[tuple[str, DatasetVersion]]:
        """Give every dataset version with its id, in the order of the list."""
        for family in self.sample_families if samples else ():
            for version in family.versions:
                yield family.id_of(version), version
        for family in self.families:
            for version in family.versions:
                yield family.id_of(version), version

    def dataset(self, dataset_id: str) -> DatasetVersion:
        """Give one dataset version; raises KeyError."""
        return dict(self.datasets())[dataset_id]

    def named(self, name: str) -> tuple[tuple[str, DatasetVersion], ...]:
        """Give the workspace's own dataset versions of exactly this name."""
        return tuple(item for item in self.datasets(samples=False) if item[1].name == name)

    def all_experiments(self) -> Iterator[Experiment]:
        """Give every experiment, Microsoft's samples first, in the order of the list."""
        yield from self.sample_experiments
        yield from self.experiments


def family(workspace_id: str, label: str, *versions: DatasetVersion) -> DatasetFamily:
    """Give a family whose id follows from the workspace and the label."""
    return DatasetFamily(workspace_id, hex_id(workspace_id, "family", label), versions)


def sample_family(label: str, *versions: DatasetVersion) -> DatasetFamily:
    """Give one of Microsoft's families."""
    return family(GLOBAL_WORKSPACE_ID, label, *versions)
