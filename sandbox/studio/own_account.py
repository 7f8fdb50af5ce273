"""The customers' own storage accounts, stood for by one real account (a second Azurite).

Bytes of datasets and of runs lie there as blobs, so that what a delete leaves behind can be seen
and deleted. The proxy serves runs from memory all the same.
"""

from dataclasses import replace

from sandbox.storage_account import StorageAccount
from sandbox.studio.content import Content
from sandbox.studio.model import DatasetFamily, DatasetVersion, Workspace
from sandbox.studio.payload_dataset import dataset_blobs
from sandbox.studio.payload_experiment import run_blobs

_LINKED = 24 * 3600.0


class OwnAccount(StorageAccount):
    """The account of all workspaces."""

    @property
    def url(self) -> str:
        """Give the address in front of the account's name."""
        return self.endpoint.removesuffix(f"/{self.name}")

    def hold(self, workspace: Workspace) -> Workspace:
        """Put a workspace's own blobs into the account; give the workspace that leads to them."""
        moved = replace(workspace, blob_account=self.name)
        for experiment in moved.experiments:
            for run in experiment.runs:
                for path, content in run_blobs(self.name, experiment, run):
                    self._put(path, content)
        return replace(moved, families=tuple(self._family(f) for f in moved.families))

    def _family(self, family: DatasetFamily) -> DatasetFamily:
        return replace(family, versions=tuple(self._version(family, v) for v in family.versions))

    def _version(self, family: DatasetFamily, version: DatasetVersion) -> DatasetVersion:
        if version.download_location is not None:
            return version
        blobs = dataset_blobs(self.name, family, version)
        for path, content in blobs.items():
            self._put(path, content)
        path = next(iter(blobs))  # the bytes; the others describe them
        _, _, container, name = path.split("/", 3)
        sas = self.signature(container, name, _LINKED)
        place = (f"{self.endpoint}/", f"{container}/{name}", f"?{sas}")
        return replace(version, download_location=place)

    def _put(self, path: str, content: Content) -> None:
        _, _, container, name = path.split("/", 3)
        self.put(container, name, content.open_bytes())
