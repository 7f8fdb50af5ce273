"""What no API of Azure Machine Learning reaches, with the steps that a person takes.

Source: Microsoft's articles on exporting and deleting workspace data, on data encryption (copies
at Microsoft), and on soft delete.
"""

from dsr.model.asset import Notice
from dsr.model.target import WorkspaceTarget

_TELEMETRY = "Telemetry: records of how an account used the service"
_LOGS = (
    "Application Insights and Log Analytics of the workspace: logs of endpoints and of the app that"
    " calls them"
)
_REGISTRIES = (
    "Registries: models, data, components, environments and code that were shared from a workspace"
)
_ARTIFACTS = "Files of jobs that were registered at another place than the job's own folder"
_STORAGE = "Storage account of the workspace: files that no job, model or data asset leads to"
_NOTEBOOKS = ", and the file share with each person's notebooks"


def notices(
    target: WorkspaceTarget, deleting: bool = False, *, reads_folders: bool = False
) -> list[Notice]:
    """Give the notices of one workspace, for a request that exports or one that deletes.

    `reads_folders` tells that people's folders of the file share are among its kinds.
    """
    from_folders = target.artifacts == "storage" and not deleting
    return [
        _telemetry(target, deleting),
        _logs(target, deleting),
        _registries(target, deleting),
        _storage(target, deleting, reads_folders=reads_folders),
        *([_artifacts(target)] if from_folders else []),
    ]


def _telemetry(target: WorkspaceTarget, deleting: bool) -> Notice:
    steps = (
        "Open the Azure portal's Privacy blade and ask for an export of the person's data there.",
        "This app deletes no telemetry, and no source that it is built on says how a person's is"
        " deleted: ask for it there, or ask Microsoft.",
    )
    chosen = steps if deleting else steps[:1]
    return Notice("telemetry", target.name, target.account_kind, _TELEMETRY, chosen)


def _logs(target: WorkspaceTarget, deleting: bool) -> Notice:
    steps = (
        f"In the Azure portal, open the workspace {target.workspace_id}; its overview links its"
        " Application Insights.",
        "Search the logs for the person's names and ids.",
        "Ask for a purge of what concerns the person (Log Analytics purge API, for such requests"
        " alone), or let the retention of the logs end it."
        if deleting
        else "Save what concerns the person: it is part of the answer as well.",
    )
    return Notice("logs", target.name, target.account_kind, _LOGS, steps)


def _registries(target: WorkspaceTarget, deleting: bool) -> Notice:
    steps = (
        f"Ask those who work in the workspace {target.workspace_id} which registries they share"
        " assets with; the studio (https://ml.azure.com) lists those that you may read.",
        "Look in each for versions that the person created or that name the person. A copy in a"
        " registry stays when the version that it was shared from is deleted.",
        "Have somebody who manages the registry delete those versions; archiving keeps them."
        if deleting
        else "Save what concerns the person: it is part of the answer as well.",
    )
    return Notice("registries", target.name, target.account_kind, _REGISTRIES, steps)


def _artifacts(target: WorkspaceTarget) -> Notice:
    steps = (
        f"Open the workspace {target.workspace_id} at https://ml.azure.com and each job of the"
        " person: its outputs and logs.",
        "Compare them with the job's folder artifacts in the package, and save what is not there.",
    )
    return Notice("artifacts", target.name, target.account_kind, _ARTIFACTS, steps)


def _storage(target: WorkspaceTarget, deleting: bool, *, reads_folders: bool) -> Notice:
    text = _STORAGE if reads_folders else _STORAGE + _NOTEBOOKS
    account = (
        f"the storage account {target.storage_account}"
        if target.storage_account
        else "the storage account that workspace.json names as storageAccount"
    )
    steps = (
        f"In the Azure portal, open {account} as somebody who may read its data.",
        "In the file share that begins with code-, look at what lies in Users beside the folders,"
        " and beside Users: the app looks at none of it."
        if reads_folders
        else "In the file share that begins with code-, look at the folder Users: each person has"
        " one.",
        "Look through the container of the default datastore, azureml-blobstore-…, for uploads"
        " of the person.",
        *(
            (
                "Workspaces that share the storage account show the same folders of people: look"
                " for such before you include any in the approval of a whole workspace's delete.",
            )
            if deleting and reads_folders
            else ()
        ),
        "Delete what concerns the person; what is soft-deleted or an earlier version stays for as"
        " long as the account keeps it."
        if deleting
        else "Save what concerns the person: it is part of the answer as well.",
    )
    return Notice("storage-account", target.name, target.account_kind, text, steps)
