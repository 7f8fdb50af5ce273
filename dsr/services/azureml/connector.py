"""The connector of Azure Machine Learning (`Microsoft.MachineLearningServices`)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dsr.errors import Absent, Unavailable, Unusable
from dsr.model.asset import Notice, WorkspaceRecord
from dsr.model.target import WorkspaceTarget
from dsr.services.arm import Arm, ArmWorkspace
from dsr.services.azureml.client import WorkspaceArm, not_own
from dsr.services.azureml.data_plane import DataPlane, RegionalHosts
from dsr.services.azureml.guarded import GuardedStorage
from dsr.services.azureml.kinds import kinds_of, own_of, user_of
from dsr.services.azureml.notices import notices
from dsr.services.azureml.record import record
from dsr.services.azureml.run_blobs import RunBlobs
from dsr.services.azureml.user_folder_deletes import FOLDERS, is_own
from dsr.services.azureml.whole import ERASER
from dsr.services.azureml.workspace import Account, AzureMlKind, AzureMlWorkspace, OwnResource
from dsr.services.entra import EntraToken
from dsr.services.fields import get, text
from dsr.services.hosts import AllowedHosts
from dsr.services.http import Http, error_code
from dsr.services.share_files import ShareFiles
from dsr.usecases.connector import Asked, AssetPage, File, Leftover


class AzureMlConnector:
    """One workspace of Azure Machine Learning, known by the target's resource id.

    `token` is for the data plane. `open_account` gives the access to a storage account by its
    name. `limits` are the most bytes of one file, by kind. `shares` are the file shares of the
    target's storage account, None where they can't be read.
    """

    person_fields = frozenset(
        {
            *("createdBy", "lastModifiedBy", "modifiedBy", "userName", "upn", "userObjectId"),
            *("userPuId", "userId", "objectId", "emails", "dsr:subject", "adminUserName"),
            *("username", "mlflow.user"),
        }
    )

    def __init__(
        self,
        target: WorkspaceTarget,
        arm: Arm,
        api_version: str,
        token: EntraToken,
        open_account: Callable[[str], Account | None] = lambda name: None,
        limits: Mapping[str, int] | None = None,
        http: Callable[[Any], Http] = Http,
        shares: ShareFiles | None = None,
    ) -> None:
        resource = ArmWorkspace.parse(target.arm_id)
        if resource is None:
            raise not_own("read workspace")
        below = WorkspaceArm(arm, resource, api_version)
        own = OwnResource(below)
        self._target = target
        self._workspace = AzureMlWorkspace(
            target.workspace_id,
            below,
            DataPlane(http(RegionalHosts(local=arm.is_local)), resource, token, own.discovery),
            own,
            http(AllowedHosts(target, local=arm.is_local)),
            open_account,
            target.storage_account,
            limits or {},
            shares=shares,
            run_blobs=RunBlobs() if target.artifacts == "storage" else None,
        )
        self._kinds = {kind.kind.name: kind for kind in kinds_of(target)}
        self.kinds = tuple(kind.kind for kind in self._kinds.values())
        self.own = own_of(target)
        self.user = user_of(target)

    def record(self) -> WorkspaceRecord:
        """Read the workspace's own record; there is no list of its users."""
        return record(self._workspace, self._target)

    def assets(self, kind: str, cursor: str | None) -> AssetPage:
        """List one page of a kind, versions and archived items included."""
        return self._kinds[kind].page(self._workspace, cursor)

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Iterator[File]:
        """Give the files of one asset, each as soon as it is known."""
        return self._kinds[kind].read(self._workspace, asset_id, listed, include_data)

    def notices(self, deleting: bool) -> list[Notice]:
        """Give what applies to every request for this workspace that exports, or deletes."""
        reads_folders = self._workspace.shares is not None
        return notices(self._target, deleting, reads_folders=reads_folders)

    def uses(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        """Give what uses the assets of a kind, as far as their own fields tell."""
        found = self._kinds.get(kind)
        return {} if found is None else found.uses(self._workspace)

    def is_there(self, kind: str, asset_id: str) -> bool:
        """Tell whether the service still gives an asset; 404 and 410 alone are a no."""
        if kind == self.own.name:
            return ERASER.is_there(self._workspace, asset_id)
        return self._kind(kind).is_there(self._workspace, asset_id)

    def left_behind(self, kind: str, asset_id: str) -> tuple[Leftover, ...]:
        """Give what a delete may leave in the workspace's own storage account."""
        found = self._kinds.get(kind)
        return () if found is None else found.left_behind(self._workspace, asset_id)

    def storage(self) -> GuardedStorage | None:
        """Give what deletes leftovers; None where the app has no identity for the account."""
        account = self._workspace.account()
        return None if account is None else GuardedStorage(self._workspace, account.storage)

    def delete(self, kind: str, unit: str) -> Asked:
        """Ask once to delete a unit; an id that is not the workspace's own is refused uncalled."""
        if kind == self.own.name:
            return ERASER.delete(self._workspace, unit)
        return self._kind(kind).delete(self._workspace, unit)

    def is_done(self, operation: str) -> bool:
        """Tell whether a delete under way has ended well, by the member `status` of its operation.

        A folder's delete goes on here. The operation's result is never asked for: after a success
        it may answer 404.
        """
        if is_own(operation):
            return FOLDERS.is_done(self._workspace, operation)
        what = "delete asset"
        try:
            answer = self._workspace.arm.operation(operation, what)
        except (Absent, Unusable):
            raise Unavailable(f"nobody can tell how {what} ended") from None
        status = text(answer, "status").lower()
        if status in ("failed", "canceled", "cancelled"):
            code = error_code(get(answer, "error"))
            raise Unusable(f"{what} ended in failure" + (f" ({code})" if code else ""))
        return status == "succeeded"

    def _kind(self, name: str) -> AzureMlKind:
        if name not in self._kinds:
            raise Unusable("no API deletes assets of this kind here; a person has to")
        return self._kinds[name]
