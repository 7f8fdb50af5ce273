"""The classic web services of a workspace. They know no owner."""

from dataclasses import dataclass

from sandbox.studio.content import Content
from sandbox.studio.identifiers import token


@dataclass(frozen=True, slots=True)
class EndpointResource:
    """What a web service scores with, for example a trained model."""

    name: str
    content: Content
    kind: str = "TrainedModel"


@dataclass(frozen=True, slots=True)
class ServiceEndpoint:
    """An endpoint of a web service; `guid` is its id on the host that executes it."""

    name: str
    guid: str
    description: str
    created: int
    resources: tuple[EndpointResource, ...] = ()
    sample_data: bool = True

    @property
    def keys(self) -> tuple[str, str]:
        """Give the primary and the secondary key."""
        return token("endpoint", self.guid, "primary"), token("endpoint", self.guid, "secondary")


@dataclass(frozen=True, slots=True)
class ClassicService:
    """A classic web service; its first endpoint is the default one."""

    id: str
    name: str
    description: str
    created: int
    endpoints: tuple[ServiceEndpoint, ...]
