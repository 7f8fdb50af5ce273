"""Joins what lists subscriptions to what keeps the names of the workspaces that it finds."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from dsr.model.target import WorkspaceTarget
from dsr.settings import Settings

if TYPE_CHECKING:
    from dsr.services.arm import Arm
    from dsr.storage.blobs import Blobs


def targets_of(
    settings: Settings, arm: "Callable[[], Arm]", ledger: "Blobs", now: Callable[[], datetime]
) -> tuple[Mapping[str, WorkspaceTarget], Callable[[], Mapping[str, str]]]:
    """Give the targets, with those that subscriptions list, and what could not be listed.

    Nothing is listed before it is needed, and never where no subscription is named.
    """
    if not settings.discover_subscriptions:
        return settings.targets, dict
    from dsr.services.discovery import ArmDiscovery
    from dsr.storage.target_names import BlobTargetNames
    from dsr.usecases.known_targets import KnownTargets

    version = settings.azureml.api_version
    discovery = ArmDiscovery(arm(), settings.discover_subscriptions, version)
    known = KnownTargets(settings.targets, discovery, BlobTargetNames(ledger), now)
    return known, known.unlisted
