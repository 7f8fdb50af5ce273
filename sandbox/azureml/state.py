"""What is in force in a sandbox of Azure Machine Learning: workspaces, deletes, conditions."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.azureml.accounts import Account
from sandbox.azureml.model import ARTIFACTS, Job, MlWorkspace
from sandbox.azureml.operations import Operations
from sandbox.azureml.view import WorkspaceView
from sandbox.loopback.removals import Removals


@dataclass
class Behaviour:
    """How the service behaves where no source says it, or where it is set up so.

    `page_size` is how much a list gives at once. With `children_go` a deleted job takes its
    children along. With `blobs_go` it takes the blobs of its artifacts along too, as Microsoft's
    page says; by default they stay, as people saw. `locked` holds resource ids under a lock
    CanNotDelete, `private` the names of workspaces that let no public address in.
    """

    page_size: int = 10
    children_go: bool = True
    blobs_go: bool = False
    locked: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)


class State:
    """The workspaces by their ids, and what was done to them since the start."""

    def __init__(self, removals: Removals, accounts: dict[str, Account]) -> None:
        self.removals = removals
        self.accounts = accounts
        self.behaviour = Behaviour()
        self.operations = Operations()
        self.views: dict[str, WorkspaceView] = {}
        self.soft_deleted: set[str] = set()
        self.purged: set[str] = set()
        self._status: dict[str, str] = {}

    def put(self, workspaces: Iterable[MlWorkspace]) -> None:
        """Serve workspaces, in place of those with the same ids."""
        made = {
            w.arm_id.lower(): WorkspaceView(w, self.removals, self._status, self.blob_url(w))
            for w in workspaces
        }
        self.views = self.views | made

    def restore(self) -> None:
        """Take everything back that was done; what was set up goes too."""
        self.operations.clear()
        self.behaviour.locked.clear()
        self.behaviour.private.clear()
        self.soft_deleted.clear()
        self.purged.clear()
        self._status.clear()
        self.removals.clear()

    def blob_url(self, workspace: MlWorkspace) -> str:
        """Give the address of a workspace's account."""
        account = self.accounts.get(workspace.storage_account)
        public = f"https://{workspace.storage_account}.blob.core.windows.net"
        return public if account is None else account.endpoint

    def view(self, subscription: str, group: str, name: str) -> WorkspaceView | None:
        """Give a workspace that is there."""
        key = (
            f"/subscriptions/{subscription}/resourcegroups/{group}"
            f"/providers/microsoft.machinelearningservices/workspaces/{name}"
        ).lower()
        view = self.views.get(key)
        return None if view is None or self.removals.gone(key) else view

    def lock_on(self, path: str) -> str | None:
        """Give the lock's scope that forbids to delete what is at a path."""
        low = path.lower()
        scopes = (scope for scope in self.behaviour.locked)
        return next((s for s in scopes if f"{low}/".startswith(f"{s.lower()}/")), None)

    def remove_job(self, view: WorkspaceView, job: Job) -> None:
        """Delete a job; its blobs stay unless set up otherwise."""
        going = list(job.family()) if self.behaviour.children_go else [job]
        self.removals.add(*(view.job_key(one) for one in going))
        account = self.accounts.get(view.workspace.storage_account)
        if self.behaviour.blobs_go and account is not None:
            for one in going:
                account.remove(ARTIFACTS, f"ExperimentRun/{one.container}/")

    def remove_workspace(self, view: WorkspaceView, *, purge: bool) -> None:
        """Delete a workspace for good, or so that it could be recovered for 14 days."""
        key = view.key()
        self.removals.add(key)
        (self.purged if purge else self.soft_deleted).add(key)
        if purge:
            self.soft_deleted.discard(key)
