"""What no API of Studio (classic) reaches, by account kind, with the steps that a person takes.

Source: the article on exporting and deleting in-product user data from Machine Learning Studio,
its sibling on the AI Gallery, and the article on logging of web services. The container of outputs
is that of captured payloads; no source names the one of uploads.
"""

from dsr.model.asset import Notice
from dsr.model.target import WorkspaceTarget

_TELEMETRY = "Telemetry: records of how an account used the service"
_GALLERY = "AI Gallery: items that were published under an account"
_STORAGE = (
    "Storage account of the workspace: blobs that no asset of the workspace links to, and logs of"
    " web services"
)


_NOT_DELETED = (
    "This app deletes no telemetry, and no source that it is built on says how a person's is"
    " deleted: ask for it there, or ask Microsoft."
)


def notices(target: WorkspaceTarget, deleting: bool = False) -> list[Notice]:
    """Give the notices of one workspace, for a request that exports or one that deletes."""
    found = [_telemetry(target, deleting), _gallery(target, deleting)]
    if target.account_kind == "standard":
        found.append(_storage(target, deleting))
        if not target.arm_id:
            found.append(_resources(target))
    return found


def _storage(target: WorkspaceTarget, deleting: bool) -> Notice:
    """Tell of the account that only a standard workspace has: the customer's own."""
    where = (
        f"the storage account {target.storage_account}"
        if target.storage_account
        else "the storage account that workspace.json names as UserStorage"
    )
    steps = (
        f"In the Azure portal, open {where} as somebody who may read its blobs.",
        "Look in the container experimentoutput for outputs of runs that are gone, and through"
        " the other containers for uploads and copies that no asset links to.",
        "Look in the container ml-diagnostics for logs of web services: the names of this"
        f" workspace's begin with {target.workspace_id}.",
        "Delete what concerns the data subject; what is soft-deleted or an earlier version stays"
        " for as long as the account keeps it."
        if deleting
        else "Save what concerns the data subject: it is part of the answer as well.",
    )
    return Notice("storage-account", target.name, target.account_kind, _STORAGE, steps)


def _resources(target: WorkspaceTarget) -> Notice:
    steps = (
        "Add the workspace's resource id to its target in DSR_WORKSPACES as arm_id, let the app's"
        " identity read the subscription, and submit the request again.",
        "Or look in the Azure portal for resources of Microsoft.MachineLearning that belong to"
        " the workspace.",
    )
    text = (
        "Azure resources of the workspace: New web services and commitment plans were not looked"
        " for, since the app does not know the workspace's resource id"
    )
    return Notice("azure-resources", target.name, target.account_kind, text, steps)


def _telemetry(target: WorkspaceTarget, deleting: bool) -> Notice:
    steps = _telemetry_of_deletes(target) if deleting else _telemetry_of_exports(target)
    return Notice("telemetry", target.name, target.account_kind, _TELEMETRY, steps)


def _telemetry_of_deletes(target: WorkspaceTarget) -> tuple[str, ...]:
    match target.account_kind:
        case "guest":
            return (
                "A guest workspace is anonymous: no account is tied to its telemetry.",
                "Its data is purged when the guest workspace expires.",
            )
        case "free":
            where = (
                "If the account is not an Azure AD (Microsoft Entra) account: sign in to the Azure"
                " Privacy portal with it. If it is one: ask the tenant's administrator."
            )
        case _:
            where = (
                "Sign in to the Azure portal as an administrator of the tenant, and open the"
                " Privacy portal (search for User privacy)."
            )
    return where, _NOT_DELETED


def _telemetry_of_exports(target: WorkspaceTarget) -> tuple[str, ...]:
    match target.account_kind:
        case "guest":
            return (
                "A guest workspace is anonymous: no account is tied to its telemetry, and no"
                " export of it is offered.",
                "Its data is purged when the guest workspace expires.",
            )
        case "free":
            return (
                "If the account is not an Azure AD (Microsoft Entra) account: sign in to the"
                " Azure Privacy portal with it and request an export of telemetry.",
                "If it is one: ask the tenant's administrator to request the export in the"
                " Azure portal.",
            )
        case _:
            return (
                "Sign in to the Azure portal as an administrator of the tenant.",
                "Open the Privacy portal (search for User privacy) and request an export for"
                " the account of the data subject.",
            )


def _gallery(target: WorkspaceTarget, deleting: bool) -> Notice:
    if target.account_kind == "guest":
        steps: tuple[str, ...] = (
            "A guest can't publish to the AI Gallery: nothing to do for this workspace.",
        )
    else:
        steps = (
            "The AI Gallery is a service of its own: its items outlive the workspace.",
            "Sign in to the AI Gallery with the account that published, open the profile page,"
            + (" and delete each item." if deleting else " and save or delete each item there."),
        )
    return Notice("ai-gallery", target.name, target.account_kind, _GALLERY, steps)
