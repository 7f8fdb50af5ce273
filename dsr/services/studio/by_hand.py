"""What a person does where no API of Studio (classic) deletes, by kind and account kind.

Source: the article on exporting and deleting in-product user data, the FAQ (a guest's session
lasts eight hours), and the article on creating a workspace (an Owner removes users).
"""

from typing import Final

from dsr.model.target import AccountKind, WorkspaceTarget

_PURGED: Final = (
    "Nothing has to be done where it can wait: what a guest made is purged by itself when the guest"
    " session's workspace expires, 8 hours after it began."
)
_OPEN: Final = "Open the workspace in Studio (classic)."
_WHERE: Final = {
    "dataset": "Datasets",
    "experiment": "Experiments",
    "trained_model": "Trained Models",
    "transform": "Transforms",
    "notebook": "Notebooks",
    "project": "Projects",
    "web_service": "Web Services",
    "gateway": "Settings, then Data Gateways",
}
"""Where Studio shows the assets of a kind."""


def steps(kind: str, account_kind: AccountKind) -> tuple[str, ...]:
    """Give the steps that delete one asset of a kind."""
    match kind:
        case "custom_module":
            deleting: tuple[str, ...] = (
                _OPEN,
                "Open an experiment and find the module in the palette, among the custom ones.",
                "Select it and choose Delete. Where Studio offers no Delete for it, it goes with"
                " the workspace alone.",
            )
        case "endpoint":
            deleting = (
                "Open the web services portal of Studio (classic) and the web service.",
                "Select the endpoint and choose Delete; the default one goes last, with its"
                " service.",
            )
        case "new_web_service" | "commitment_plan":
            called = "web service" if kind == "new_web_service" else "commitment plan"
            deleting = (
                f"In the Azure portal, open the {called} by the resource id that is its asset id.",
                "Choose Delete, and wait until the portal says that it is done.",
            )
        case _:
            deleting = (
                _OPEN,
                f"Go to {_WHERE[kind]}, find it by its name, select it and choose Delete.",
            )
    return (_PURGED, *deleting) if account_kind == "guest" else deleting


def user_steps(account_kind: AccountKind) -> tuple[str, ...]:
    """Give the steps that take a user out of a workspace."""
    if account_kind == "guest":
        return (_PURGED,)
    return (
        "Sign in to Studio (classic) as an Owner of the workspace.",
        "Go to Settings, then Users, select the user and choose Remove.",
        "Do not remove the last Owner: make somebody else one before, or delete the workspace.",
        "The user's assets stay in the workspace; they are deleted one by one.",
    )


def workspace_steps(target: WorkspaceTarget) -> tuple[str, ...]:
    """Give the steps that delete a whole workspace."""
    match target.account_kind:
        case "guest":
            return (_PURGED,)
        case "free":
            return (
                "Sign in to Studio (classic) as the owner of the workspace.",
                "Go to Settings and choose the delete button: it removes the workspace with all"
                " personal customer data in it.",
            )
        case _:
            return (
                "In the Azure portal, open the Machine Learning Studio (classic) workspace as"
                " somebody who may delete it.",
                "Choose Delete and confirm.",
                "Then look through the storage account that the workspace named: no source says"
                " that it is emptied.",
            )
