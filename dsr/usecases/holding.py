"""Legal holds: what a delete has to leave alone."""

from dsr.usecases.ports import Ports


class HoldSet:
    """The holds in force in one workspace."""

    def holder(self, asset: str) -> str | None:
        """Give the name of a hold that covers an asset."""
        return None

    def any_holder(self) -> str | None:
        """Give the name of some hold in the workspace."""
        return None


def in_force(ports: Ports, workspace: str) -> HoldSet:
    """Give the holds in force in a workspace."""
    return HoldSet()
