"""A workspace that Azure Resource Manager lists, before it has a name here."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FoundWorkspace:
    """One workspace of a subscription's list.

    `name` is its resource's; `workspace_id` and `location` are what the record says, "" where it
    says nothing. `studio_endpoint` is used in a sandbox only, and never kept: a token goes there.
    """

    service: str
    arm_id: str
    name: str
    workspace_id: str
    location: str
    studio_endpoint: str = ""

    @property
    def subscription(self) -> str:
        """Give the id of its subscription, in lower case."""
        return self.arm_id.split("/")[2].lower()

    def is_same(self, arm_id: str, workspace_id: str, service: str) -> bool:
        """Tell whether a target is this workspace: by resource id, or by a classic one's own id."""
        if arm_id:
            return arm_id.lower() == self.arm_id.lower()
        return service == self.service == "studio-classic" and workspace_id == self.workspace_id

    def to_json(self) -> dict[str, Any]:
        """Give the form that the ledger keeps: without an address."""
        return {k: v for k, v in asdict(self).items() if k != "studio_endpoint"}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "FoundWorkspace":
        """Read what `to_json` gave; raises KeyError and TypeError."""
        names = ("service", "arm_id", "name", "workspace_id", "location")
        told = [value[name] for name in names]
        if not all(isinstance(each, str) for each in told) or told[1].count("/") < 8:
            raise TypeError("a found workspace is made of texts, one of them a resource id")
        return cls(*told)
