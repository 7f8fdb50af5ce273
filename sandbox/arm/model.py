"""What a subscription holds beside workspaces: New web services and commitment plans."""

from dataclasses import dataclass

PROVIDER = "Microsoft.MachineLearning"


@dataclass(frozen=True, slots=True)
class Resource:
    """Anything that ARM knows, by where it is."""

    subscription_id: str
    resource_group: str
    name: str

    def id_of(self, kind: str) -> str:
        """Give the Azure resource id."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/{PROVIDER}/{kind}/{self.name}"
        )


@dataclass(frozen=True, slots=True)
class NewService(Resource):
    """A New web service; `workspace_id` ties it to a workspace. It knows no creator."""

    workspace_id: str
    title: str
    description: str
    created: int
    storage_account: str
    example_row: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    location: str = "West Europe"

    @property
    def id(self) -> str:
        """Give the Azure resource id."""
        return self.id_of("webServices")


@dataclass(frozen=True, slots=True)
class Association:
    """What ties a web service, named by its resource id, to a plan."""

    name: str
    service_id: str
    created: int


@dataclass(frozen=True, slots=True)
class CommitmentPlan(Resource):
    """A commitment plan; `usage` is transactions by day, in milliseconds since 1970."""

    created: int
    associations: tuple[Association, ...] = ()
    usage: tuple[tuple[int, int], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    location: str = "West Europe"

    @property
    def id(self) -> str:
        """Give the Azure resource id."""
        return self.id_of("commitmentPlans")
