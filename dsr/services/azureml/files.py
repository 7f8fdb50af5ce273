"""The files of an asset from the workspace's own storage account, by the app's identity."""

from collections.abc import Iterator
from typing import Final

from dsr.errors import Absent, Refused
from dsr.services.azureml.places import Place, place_of
from dsr.services.azureml.size_limits import within_limit
from dsr.services.azureml.workspace import AzureMlWorkspace
from dsr.services.blob_files import BlobFile, BlobFiles
from dsr.usecases.connector import Content, Missing

FOLDER: Final = "files"
"""The folder of an asset's own files, beside its metadata."""


def files_of(
    workspace: AzureMlWorkspace, kind: str, address: str, noun: str
) -> Iterator[Content | Missing]:
    """Give the bytes behind an asset's address, a file each, as the account lists them.

    What lies elsewhere is Missing: a public URL is never fetched, another account never asked.
    Raises Unavailable where the account does not answer.
    """
    place = place_of(workspace, address) if address else None
    if place is None:
        yield elsewhere(noun, FOLDER)
        return
    account = workspace.account()
    if account is None:
        yield no_access(noun, FOLDER)
        return
    found = False
    try:
        for blob in _blobs(account.files, place):
            found = True
            yield _file(workspace, account.files, kind, place, blob)
    except Refused:
        yield no_access(noun, FOLDER)
        return
    if not found:
        yield _nothing(noun)


def _blobs(files: BlobFiles, place: Place) -> Iterator[BlobFile]:
    try:
        for blob in files.list(place.container, place.path, "list asset files"):
            if place.holds(blob.name):
                yield blob
    except Absent:
        return


def _file(
    workspace: AzureMlWorkspace,
    files: BlobFiles,
    kind: str,
    place: Place,
    blob: BlobFile,
) -> Content | Missing:
    within = blob.name[len(place.path) :].strip("/") or place.path.rpartition("/")[2]
    source = files.source(place.container, blob.name, "read asset file")
    return within_limit(workspace, kind, f"{FOLDER}/{within}", source, blob.size)


def elsewhere(noun: str, folder: str) -> Missing:
    """Tell that files, which would be in `folder`, lie in nothing that the app may ask."""
    return Missing(
        folder,
        "it lies outside the workspace's own blob storage",
        (
            f"The metadata of the {noun} names the place of its bytes. Look whose storage that is.",
            "If it is yours, copy what concerns the person from there.",
        ),
    )


def no_access(noun: str, folder: str) -> Missing:
    """Tell that the account of files, which would be in `folder`, does not let the app in."""
    return Missing(
        folder,
        "the app may not read the workspace's storage account",
        (
            "Give the app's identity the role Storage Blob Data Reader on the workspace's storage"
            " account, and see that its firewall lets the app in.",
            f"Then export the {noun} again, or download its bytes from the place in its metadata.",
        ),
    )


def _nothing(noun: str) -> Missing:
    return Missing(
        FOLDER,
        "the workspace's storage account has nothing at its place",
        (
            f"The metadata of the {noun} names the place. Look there for what was moved or"
            " deleted; soft-deleted blobs can be shown in the Azure portal.",
        ),
    )
