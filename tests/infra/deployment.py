"""What a parameter set makes, as the kept snapshot tells it."""

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.infra.compiler import SETS, kept

PUBLISHED = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "b8eda974-7b85-4f76-af95-65846b26df6d": "Storage File Data Privileged Reader",
    "db58b8e5-c6ad-4a2a-8342-4190687cbf4a": "Storage Blob Delegator",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a": "Storage Queue Data Message Sender",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
}
"""Microsoft's own roles that this deployment knows; an assignment of another one has no name."""

Resource = dict[str, Any]
EVERY_SET = pytest.mark.parametrize("made", SETS, indirect=True)
"""Runs a test for each parameter set; `made` is the Deployment."""


@dataclass(frozen=True)
class Grant:
    """A role assignment: who may do what, where. Names of this environment are left out."""

    who: str
    role: str
    scope: str


class Deployment:
    """The resources and outputs of one parameter set."""

    def __init__(self, name: str, snapshot: str) -> None:
        self.name = name
        value = json.loads(snapshot)
        self.resources: list[Resource] = value["predictedResources"]
        self.outputs: dict[str, Any] = value["outputs"]
        self.diagnostics: list[Any] = value["diagnostics"]

    def of(self, type_: str) -> list[Resource]:
        return [r for r in self.resources if r["type"] == type_]

    def one(self, type_: str, name: str = "") -> Resource:
        (found,) = (r for r in self.of(type_) if name in r["name"])
        return found

    def named(self, type_: str) -> set[str]:
        """Give the last parts of the names of all resources of a type."""
        return {r["name"].rpartition("/")[2] for r in self.of(type_)}

    @functools.cached_property
    def settings(self) -> dict[str, str]:
        settings: dict[str, str] = self.one("Microsoft.Web/sites/config", "/appsettings")[
            "properties"
        ]
        return settings

    @property
    def custom_roles(self) -> dict[str, Resource]:
        """Give the custom roles by their titles; those of several subscriptions are alike."""
        return {_title(r): r for r in self.of("Microsoft.Authorization/roleDefinitions")}

    def grants(self) -> Iterator[Grant]:
        custom = {r["name"]: _title(r) for r in self.of("Microsoft.Authorization/roleDefinitions")}
        for assignment in self.of("Microsoft.Authorization/roleAssignments"):
            properties = assignment["properties"]
            role = properties["roleDefinitionId"].rpartition("/")[2]
            found = re.search(r"/id-dsr-\w+-(run|delete)-\w+', ", properties["principalId"])
            yield Grant(
                found[1] if found else properties["principalId"],
                PUBLISHED.get(role) or custom[role],
                self.plain(assignment["id"].partition("/providers/Microsoft.Authorization/")[0]),
            )

    def plain(self, id_: str) -> str:
        """Give a resource's id without the parts that every resource of this group has."""
        group = self.one("Microsoft.Resources/resourceGroups")["id"]
        own = id_.removeprefix(group)
        own = re.sub(r"/providers/(Microsoft\.\w+)/", r"/\1/", own)
        return re.sub(r"(stdsr(?:host|data)|kv-dsr-|appi-dsr)[\w-]+", r"\1", own).lstrip("/")

    def values(self) -> Iterator[tuple[str, str]]:
        """Give every text of every resource and output, with where it stands."""
        for resource in self.resources:
            yield from _texts(resource, resource["name"])
        yield from _texts(self.outputs, "outputs")


def _title(role: Resource) -> str:
    """Give a custom role's name without environment and subscription."""
    return re.sub(r"^dsr-\S+ | \(\w{8}\)$", "", role["properties"]["roleName"])


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _texts(member, f"{where}.{key}")
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _texts(member, f"{where}[{number}]")
    elif isinstance(value, str):
        yield where, value


@functools.cache
def deployment(name: str) -> Deployment:
    return Deployment(name, kept(name).read_text("utf-8"))
