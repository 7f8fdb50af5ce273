"""What the kinds of Azure Machine Learning need of their workspace, and what a kind is."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dsr.errors import Unusable
from dsr.model.asset import Asset
from dsr.services.arm import ArmWorkspace
from dsr.services.asset_kind import AssetKind
from dsr.services.azureml.client import WorkspaceArm
from dsr.services.azureml.data_plane import DataPlane
from dsr.services.azureml.run_blobs import RunBlobs
from dsr.services.blob_files import BlobFiles
from dsr.services.fields import get, text
from dsr.services.hosts import data_plane_host
from dsr.services.http import Http
from dsr.services.kept import Kept
from dsr.services.located import LocatedSource
from dsr.services.share_files import ShareFiles
from dsr.services.workspace_storage import WorkspaceStorage

_READ: Final = "read workspace"
_ACCOUNTS: Final = "/microsoft.storage/storageaccounts/"


class OwnResource:
    """The workspace's own resource as ARM gives it, kept for what never changes in it."""

    def __init__(self, arm: WorkspaceArm) -> None:
        self._arm = arm
        self._lock = threading.Lock()
        self._known: dict[str, Any] | None = None

    def read(self) -> dict[str, Any]:
        """Read the resource anew."""
        found = self._arm.get((), _READ)
        with self._lock:
            self._known = found
        return found

    def fixed(self, name: str) -> str:
        """Give a property that is fixed when a workspace is made, "" where it has none."""
        known = self._known or self.read()
        return text(get(known, "properties"), name)

    def discovery(self) -> str:
        """Give the URL of the region's directory; Unusable where it is no host of Azure's own."""
        url = self.fixed("discoveryUrl")
        if not data_plane_host(url, local=self._arm.is_local):
            raise Unusable("the workspace names a region's directory that is not Azure's own")
        return url

    @property
    def account(self) -> str:
        """Give the name of the workspace's own storage account, "" where it names none."""
        resource_id = self.fixed("storageAccount")
        _, found, name = resource_id.lower().rpartition(_ACCOUNTS)
        return name if found and name.isalnum() else ""

    @property
    def guid(self) -> str:
        """Give the id in the names of the workspace's own containers (`workspaceId`)."""
        return self.fixed("workspaceId").lower()


@dataclass(frozen=True, slots=True)
class Account:
    """The workspace's storage account: what deletes leftovers from it, and what reads files."""

    storage: WorkspaceStorage
    files: BlobFiles


@dataclass(frozen=True, slots=True)
class AzureMlWorkspace:
    """One workspace: its two APIs, and where bytes are.

    `open_account` gives the access to a storage account by its name, None where the app has no
    identity for it. `limits` are the most bytes of one file, by kind; a kind without one has none.
    `kept` is what was read a short while ago. `shares` are the file shares of the
    account that the target names, None where it names none or the app may not open it.
    `run_blobs` lists runs' files in the account; None where the service is asked for their links.
    """

    id: str
    arm: WorkspaceArm
    plane: DataPlane
    own: OwnResource
    http: Http
    open_account: Callable[[str], Account | None] = field(default=lambda name: None)
    named_account: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    shares: ShareFiles | None = None
    run_blobs: RunBlobs | None = None

    @property
    def resource(self) -> ArmWorkspace:
        """Give the workspace's resource id, in its parts."""
        return self.arm.resource

    @property
    def storage(self) -> str | None:
        """Give the name of the storage account: the target's, else the workspace's own."""
        return self.named_account or self.own.account or None

    def account(self) -> Account | None:
        """Give the access to the storage account, None where the app may not touch it."""
        name = self.storage
        return self.open_account(name) if name else None

    def source(
        self, locate: Callable[[], str | None], what: str, known: str | None = None
    ) -> LocatedSource:
        """Give the bytes behind a SAS; `locate` gives a fresh one, `known` was just read."""
        return LocatedSource(self.http, locate, what, known)


AzureMlKind = AssetKind[AzureMlWorkspace]
"""One kind of asset of Azure Machine Learning."""


class ArmPage:
    """One page of assets, and the cursor of the next one, which may be known only at its end."""

    def __init__(self, assets: Iterable[Asset], following: str | None) -> None:
        self._assets = assets
        self.next = following

    def __iter__(self) -> Iterator[Asset]:
        return iter(self._assets)
