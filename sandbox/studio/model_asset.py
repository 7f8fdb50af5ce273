"""What a workspace holds beside datasets and experiments: models, modules, notebooks and so on."""

from dataclasses import dataclass

from sandbox.studio.content import Content
from sandbox.studio.identifiers import hex_id


@dataclass(frozen=True, slots=True)
class Promoted:
    """A trained model or a transform, promoted from the output of an experiment's node.

    As a rule the service gives no link to its bytes (`content` is None): they are what the node
    named by `promoted_from` gave, for as long as that experiment is there.
    """

    workspace_id: str
    family_id: str
    batch: int
    name: str
    owner: str | None
    created: int | None
    description: str
    experiment_id: str
    promoted_from: str
    content: Content | None = None

    @property
    def id(self) -> str:
        """Give the asset id, `{workspace}.{family}.v1-default-{batch}`."""
        return f"{self.workspace_id}.{self.family_id}.v1-default-{self.batch}"


@dataclass(frozen=True, slots=True)
class Module:
    """A module that a graph can use; `release_state` is `Custom` where people uploaded it."""

    workspace_id: str
    family_id: str
    batch: int
    name: str
    description: str
    owner: str | None
    created: int | None
    category: str = "Custom"
    module_type: str = "R"
    language: tuple[str, str] = ("R", "3.1.0")
    release_state: str = "Custom"
    source_origin: str = "FromCustomModule"
    escalation_email: str | None = None

    @property
    def id(self) -> str:
        """Give the asset id."""
        return f"{self.workspace_id}.{self.family_id}.v1-default-{self.batch}"


@dataclass(frozen=True, slots=True)
class Notebook:
    """A Jupyter notebook; its text is not among what the service gives."""

    family_id: str
    name: str
    author: str | None
    created: int
    modified: int | None
    language: str = "Python 2"
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A project container; `contents` names what it holds, by kind."""

    container_id: str
    name: str
    description: str
    creator: str | None
    contents: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway to an SQL server of the customer's; it knows no person."""

    name: str
    description: str
    host: str
    registration_key: str
    created: int


def promoted(
    workspace_id: str,
    name: str,
    description: str,
    owner: str | None,
    created: int | None,
    source: tuple[str, str, str],
    content: Content | None = None,
) -> Promoted:
    """Give a promoted asset with ids that follow; `source` is experiment, node and port."""
    return Promoted(
        workspace_id,
        hex_id(workspace_id, "promoted", name),
        1,
        name,
        owner,
        created,
        description,
        source[0],
        ".".join(source),
        content,
    )
