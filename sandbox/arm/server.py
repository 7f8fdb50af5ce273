"""The sandbox ARM: a server on loopback that speaks Azure Resource Manager's protocol."""

from collections.abc import Callable, Iterable

from sandbox.arm.application import DEVELOPMENT_TOKEN, ArmApplication, arm_error
from sandbox.arm.model import CommitmentPlan, NewService
from sandbox.arm.operations import Operations
from sandbox.arm.sample import sample_plans, sample_services
from sandbox.azureml.errors import ml_error
from sandbox.azureml.routing import is_ours
from sandbox.azureml.server import SandboxAzureMl
from sandbox.loopback.exchange import Request, Response
from sandbox.loopback.faults import ErrorShape
from sandbox.loopback.server import LoopbackServer
from sandbox.studio.model import Workspace

__all__ = ["DEVELOPMENT_TOKEN", "SandboxArm"]


class SandboxArm(LoopbackServer):
    """ARM over the workspaces that are in a subscription, and over web services and plans.

    Workspaces without an Azure resource id are left out: ARM knows nothing of them. Without
    `services` and `plans` it holds the samples. Lists come in pages of `page_size`. For what is of
    `Microsoft.MachineLearningServices`, `azureml` answers; without it there is nothing of that.
    """

    def __init__(
        self,
        workspaces: Iterable[Workspace],
        port: int = 0,
        latency: float = 0.0,
        page_size: int = 2,
        services: Iterable[NewService] | None = None,
        plans: Iterable[CommitmentPlan] | None = None,
        azureml: SandboxAzureMl | None = None,
    ) -> None:
        super().__init__(port, latency)
        self._azureml = azureml or SandboxAzureMl([])
        self._application = ArmApplication(page_size, self._removals)
        self._application.put(w for w in workspaces if w.arm_id is not None)
        self._application.put(sample_services() if services is None else services)
        self._application.put(sample_plans() if plans is None else plans)
        self._application.other_subscriptions = self._azureml.arm.subscriptions
        self._azureml.arm.other_subscriptions = self._application.subscriptions

    @property
    def studio_endpoint(self) -> str | None:
        """What workspaces give as their Studio API; None for the real service's address."""
        return self._application.studio_endpoint

    @studio_endpoint.setter
    def studio_endpoint(self, value: str | None) -> None:
        self._application.studio_endpoint = value

    def tell_workspace_deletes(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the id of each workspace that is deleted, once it is."""
        self._application.on_workspace_deleted = listener

    @property
    def operations(self) -> Operations:
        """The deletes of web services that are under way: how long they take, which ones fail."""
        return self._application.operations

    def put(self, *things: Workspace | NewService | CommitmentPlan) -> None:
        """Serve further resources, or changed ones in place of those with the same ids."""
        self._application.put(things)

    def restore(self) -> None:
        """Take back all that was deleted, and forget the operations under way."""
        self.operations.clear()
        super().restore()

    def _prepare(self) -> None:
        """Nothing: links are made where they are answered."""

    def _answer(self, request: Request) -> Response:
        if is_ours(request.path):
            return self._azureml.arm.answer(request, self.url)
        return self._application.answer(request, self.url)

    def _shape(self, request: Request) -> ErrorShape:
        return ml_error if is_ours(request.path) else arm_error

    def _has_token(self, request: Request) -> bool:
        return "authorization" in request.headers
