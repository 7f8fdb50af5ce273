"""Workspaces of a given size, for load: many small datasets, or one large."""

from sandbox.studio.content import Content, StoredContent, SyntheticContent
from sandbox.studio.identifiers import hex_id, milliseconds, token
from sandbox.studio.model import DatasetFamily, DatasetVersion, User, Workspace, family

OWNER = User(
    "mira.owner@example.org", "Mira Owner", hex_id("user", "mira.owner@example.org"), "Owner"
)
SUBJECT = User("tomas.user@example.org", "Tomas User", hex_id("user", "tomas.user@example.org"))


def bulk_workspace(n: int, size: int, name: str = "bulk-lab") -> Workspace:
    """Give a workspace with `n` datasets of `size` bytes, all owned by the subject's e-mail.

    Dataset number i is `bulk-{i:06}.bin`; no two are alike where `size` is 16 or more.
    """
    workspace_id = hex_id("workspace", name)
    families = tuple(
        _dataset(workspace_id, f"bulk-{i:06}.bin", bulk_content(i, size)) for i in range(n)
    )
    return _workspace(name, workspace_id, families)


def big_workspace(size: int, name: str = "big-lab") -> Workspace:
    """Give a workspace with one dataset `big.bin` of `size` bytes that are never held in memory."""
    workspace_id = hex_id("workspace", name)
    content = SyntheticContent(size, f"{name}/big.bin")
    return _workspace(name, workspace_id, (_dataset(workspace_id, "big.bin", content),))


def bulk_content(number: int, size: int) -> StoredContent:
    """Give the bytes of dataset number `number` of a bulk workspace."""
    pattern = f"dataset {number} of a bulk workspace\n".encode()
    return StoredContent((pattern * (size // len(pattern) + 1))[:size])


def _dataset(workspace_id: str, name: str, content: Content) -> DatasetFamily:
    created = milliseconds("2018-05-21T11:00:00")
    version = DatasetVersion(
        1, name, "PlainText", content, SUBJECT.email, created, uploaded_from=name
    )
    return family(workspace_id, name, version)


def _workspace(name: str, workspace_id: str, families: tuple[DatasetFamily, ...]) -> Workspace:
    return Workspace(
        name=name,
        account_kind="free",
        workspace_type="Free",
        region="southcentralus",
        region_name="South Central US",
        workspace_id=workspace_id,
        created=milliseconds("2018-05-01T09:00:00"),
        primary_token=token("primary", workspace_id),
        secondary_token=token("secondary", workspace_id),
        blob_account=f"studio{workspace_id[:16]}",
        owner_email=OWNER.email,
        users=(OWNER, SUBJECT),
        families=families,
    )
