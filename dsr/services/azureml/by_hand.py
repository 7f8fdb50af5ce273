"""What a person does where this app deletes nothing of Azure Machine Learning, by kind.

Source: Microsoft's article on exporting and deleting workspace data, and the ones on managing each
kind in the studio and by `az ml`.
"""

from typing import Final

_STUDIO: Final = "Open the workspace {workspace} at https://ml.azure.com."
_WHERE: Final = {
    "job": "Jobs",
    "model": "Models",
    "data": "Data",
    "environment": "Environments, Custom environments",
    "component": "Components",
    "code": "Jobs (the Code tab of a job shows it)",
    "featureset": "Feature sets",
    "schedule": "Jobs, Schedules",
    "online_endpoint": "Endpoints, Real-time endpoints",
    "batch_endpoint": "Endpoints, Batch endpoints",
    "compute": "Compute",
    "datastore": "Data, Datastores",
    "connection": "Management center, Connected resources",
    "user_folder": "Notebooks, Files, Users",
}
"""Where the studio shows the assets of a kind."""


def steps(kind: str, workspace: str) -> tuple[str, ...]:
    """Give the steps that delete one asset of a kind."""
    opening = _STUDIO.format(workspace=workspace)
    found = f"Go to {_WHERE[kind]} and find it by its name."
    match kind:
        case "online_endpoint" | "batch_endpoint":
            return (
                opening,
                found,
                "Make sure that nothing in production calls the endpoint any more.",
                "Delete its deployments, then the endpoint.",
                "Look in the storage account for requests that its data collector kept.",
            )
        case "compute":
            return (
                opening,
                found,
                "Save what its owner still needs: the disk of a compute instance goes with it.",
                "Choose Delete and wait until it is gone.",
            )
        case "datastore" | "connection":
            return (
                opening,
                found,
                "Make sure that nobody else uses it: it is shared by the whole workspace.",
                "Choose Unregister or Delete. The data that it leads to stays where it is.",
            )
        case "user_folder":
            return (
                opening,
                "Stop the compute instances of the person: they hold files open.",
                found,
                "Choose Delete folder. Then look at the snapshots of the file share in the Azure"
                " portal: they keep it.",
            )
        case _:
            return (opening, found, "Choose Delete; archiving keeps it.")


def workspace_steps(workspace: str) -> tuple[str, ...]:
    """Give the steps that delete a whole workspace for good."""
    return (
        f"In the Azure portal, open the workspace {workspace} as somebody who may delete it.",
        "Choose Delete and tick the box that deletes it permanently: else it is kept for 14 days.",
        "Then look through the storage account, key vault, container registry and Application"
        " Insights of the workspace: they stay, and other workspaces may share them.",
    )


def user_steps(workspace: str) -> tuple[str, ...]:
    """Give the steps that take a person's access to a workspace."""
    return (
        f"In the Azure portal, open the workspace {workspace}, then Access control (IAM).",
        "Remove the person's role assignments, there and at the resource group where they are"
        " inherited.",
    )
