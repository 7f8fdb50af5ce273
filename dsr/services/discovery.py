"""All workspaces of a subscription, of both services, as Azure Resource Manager lists them.

Source: the REST specifications `Microsoft.MachineLearningServices` (Workspaces_ListBySubscription)
and `Microsoft.MachineLearning` (2019-10-01, Workspaces_ListBySubscription) in
Azure/azure-rest-api-specs. Guest and free workspaces of Studio (classic) are no Azure resources.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from dsr.errors import ServiceError, Unusable
from dsr.model.found_workspace import FoundWorkspace
from dsr.model.target import WorkspaceTarget
from dsr.services.arm import Arm, ArmWorkspace
from dsr.services.fields import get, text
from dsr.services.hosts import is_loopback
from dsr.services.studio.regions import endpoints
from dsr.services.studio.tokens import WORKSPACES

_AZUREML: Final = "Microsoft.MachineLearningServices"
_CLASSIC: Final = "Microsoft.MachineLearning"
_PROVIDERS: Final = {"azureml": _AZUREML, "studio-classic": _CLASSIC}
_ID: Final = re.compile(r"[0-9a-f]{32}")
_NO_PROVIDER: Final = ("(MissingSubscriptionRegistration)", "(InvalidResourceNamespace)")
"""Codes of a subscription that does not use a provider, so that it has nothing of it."""


class ArmDiscovery:
    """Lists subscriptions, and makes targets of what they list; calls nothing else."""

    def __init__(self, arm: Arm, subscriptions: Iterable[str], azureml_version: str) -> None:
        self.subscriptions = tuple(subscriptions)
        self._arm = arm
        self._version = azureml_version

    def workspaces(self, subscription: str) -> Iterator[FoundWorkspace]:
        """Give the workspaces of both services in a subscription; raises ServiceError.

        Hubs, projects and feature stores of Azure Machine Learning are workspaces too.
        """
        yield from self._of(subscription, _AZUREML, self._version, "list workspaces", "azureml")
        yield from self._of(
            subscription, _CLASSIC, WORKSPACES, "list Studio workspaces", "studio-classic"
        )

    def _of(
        self, subscription: str, provider: str, version: str, what: str, service: str
    ) -> Iterator[FoundWorkspace]:
        path = f"/subscriptions/{subscription}/providers/{provider}/workspaces"
        try:
            for item in self._arm.all(path, version, what):
                yield _found(item, subscription, provider, service, what)
        except ServiceError as error:
            if not str(error).endswith(_NO_PROVIDER):
                raise

    def target(self, name: str, found: FoundWorkspace) -> WorkspaceTarget:
        """Give the target of a workspace; raises Unusable where its record does not say enough."""
        if not _is_workspace(found.arm_id, _PROVIDERS.get(found.service, "")):
            raise Unusable("it is kept with a resource id that is none")
        if found.service == "azureml":
            return _target(name, found, "azureml", found.name, "", "")
        if not _ID.fullmatch(found.workspace_id):
            raise Unusable(
                "its record in Azure Resource Manager has no usable workspaceId; "
                "name it in DSR_WORKSPACES"
            )
        studio, management = endpoints(found.location) or ("", "")
        if self._arm.is_local:
            local = is_loopback(found.studio_endpoint)
            studio = management = found.studio_endpoint.rstrip("/") if local else ""
        if not studio:
            raise Unusable(
                "its location is no region whose endpoints are known; "
                "name it in DSR_WORKSPACES with its endpoints"
            )
        return _target(name, found, "standard", found.workspace_id, studio, management)


def _target(
    name: str, found: FoundWorkspace, kind: Any, workspace_id: str, studio: str, management: str
) -> WorkspaceTarget:
    return WorkspaceTarget(
        name=name,
        service=found.service,
        account_kind=kind,
        workspace_id=workspace_id,
        region=found.location if studio else "",
        studio_endpoint=studio,
        management_endpoint=management,
        token_setting="",
        arm_id=found.arm_id,
    )


def _found(
    item: dict[str, Any], subscription: str, provider: str, service: str, what: str
) -> FoundWorkspace:
    """Read an entry of a list; one that is not of the subscription and provider is an error."""
    arm_id = text(item, "id")
    own = arm_id.lower().startswith(f"/subscriptions/{subscription}/".lower())
    if not own or not _is_workspace(arm_id, provider):
        raise Unusable(f"{what} gives an entry without a usable id")
    return FoundWorkspace(
        service,
        arm_id,
        arm_id.rpartition("/")[2],
        text(get(item, "properties"), "workspaceId"),
        text(item, "location"),
        text(get(item, "properties"), "studioEndpoint"),
    )


def _is_workspace(arm_id: str, provider: str) -> bool:
    """Tell whether an id is the well-formed one of a provider's workspace."""
    arm = ArmWorkspace.parse(arm_id)
    same = arm is not None and arm.provider.lower() == provider.lower()
    return arm is not None and same and arm.holds(arm_id, "workspaces")
