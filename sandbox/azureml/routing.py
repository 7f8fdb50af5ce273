"""Reads an ARM path of the provider: which workspace, and what in it. Case does not count."""

from dataclasses import dataclass

from sandbox.azureml.model import PROVIDER

_OPERATIONS = frozenset({"mfeoperationsstatus", "mfeoperationresults", "workspaceoperationsstatus"})


@dataclass(frozen=True, slots=True)
class Place:
    """What a path names. `rest` is what comes after the workspace, as it was sent."""

    subscription: str
    group: str | None = None
    workspace: str | None = None
    rest: tuple[str, ...] = ()
    operation: tuple[str, str] | None = None


def is_ours(path: str) -> bool:
    """Tell whether a path is one of the provider's."""
    return f"/providers/{PROVIDER}/".lower() in path.lower()


def place_of(path: str) -> Place | None:
    """Give what a path names, None where it is no path of workspaces or operations."""
    parts = path.strip("/").split("/")
    low = [part.lower() for part in parts]
    if not all(parts) or len(parts) < 5 or low[0] != "subscriptions":
        return None
    provider = PROVIDER.lower()
    match low[2:]:
        case ["providers", found, "workspaces"] if found == provider:
            return Place(low[1])
        case ["providers", found, "locations", _, kind, name] if (
            found == provider and kind in _OPERATIONS
        ):
            return Place(low[1], operation=(kind, name))
        case ["resourcegroups", group, "providers", found, "workspaces"] if found == provider:
            return Place(low[1], group)
        case ["resourcegroups", group, "providers", found, "workspaces", name, *_] if (
            found == provider
        ):
            return Place(low[1], group, name, tuple(parts[8:]))
        case _:
            return None
