"""The workspace targets among the app's settings: `DSR_WORKSPACES` and what it names."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from dsr import azureml_target, studio_target
from dsr.endpoints import blob_endpoint
from dsr.model.target import WorkspaceTarget
from dsr.model.target_name import is_usable

DISCOVER: Final = "DSR_DISCOVER_SUBSCRIPTIONS"
"""The setting that makes `DSR_WORKSPACES` optional."""
_Reader = Callable[[Mapping[str, str], list[str]], WorkspaceTarget]
_ACCOUNT: Final = re.compile(r"^[a-z0-9]{3,24}$")
_SERVICES: Final[dict[str, tuple[frozenset[str], _Reader]]] = {
    "studio-classic": (studio_target.FIELDS, studio_target.read),
    "azureml": (azureml_target.FIELDS, azureml_target.read),
}


def read_targets(
    values: Mapping[str, str], problems: list[str]
) -> tuple[dict[str, WorkspaceTarget], dict[str, str], dict[str, str]]:
    """Give the targets, and the tokens and storage connection strings that they name, by name.

    What is wrong is added to `problems`, each with its place.
    """
    targets: dict[str, WorkspaceTarget] = {}
    tokens: dict[str, str] = {}
    storages: dict[str, str] = {}
    told = values.get("DSR_WORKSPACES", "")
    if not told.strip() and values.get(DISCOVER, "").strip():
        return targets, tokens, storages  # all that there are will be found
    for number, value in enumerate(_workspaces(told, problems)):
        where = f"DSR_WORKSPACES[{number}]"
        found: list[str] = []
        target = _target(value, found)
        if target is not None and target.name.lower() in {name.lower() for name in targets}:
            found.append("name: stands twice")
        if target is not None:
            found += _again(target, targets.values())
        if target is not None and target.token_setting:
            tokens[target.name] = values.get(target.token_setting, "")
            if not tokens[target.name]:
                found.append("token_setting: names a setting that is missing or empty")
        if target is not None and target.storage_setting:
            storages[target.name] = values.get(target.storage_setting, "")
            if not blob_endpoint(storages[target.name]):
                found.append(
                    "storage_setting: names no setting with a connection string of loopback"
                )
        problems += [where + p if p.startswith(":") else f"{where}.{p}" for p in found]
        if target is not None:
            targets[target.name] = target
    return targets, tokens, storages


def _again(target: WorkspaceTarget, others: Iterable[WorkspaceTarget]) -> list[str]:
    """Tell where a target is the workspace of another one: holds and turns go by the name."""
    fields = ("workspace_id", "arm_id")
    return [
        f"{field}: is that of the target {other.name} as well, and a workspace has one name"
        for other in others
        for field in fields
        if getattr(target, field)
        and getattr(target, field).lower() == getattr(other, field).lower()
    ]


def _workspaces(text: str, problems: list[str]) -> list[Any]:
    """Read the JSON array, or the file that holds it."""
    if not text.strip():
        problems.append("DSR_WORKSPACES: is missing")
        return []
    if not text.lstrip().startswith("["):
        try:
            text = Path(text).read_text("utf-8")
        except (OSError, ValueError):
            problems.append("DSR_WORKSPACES: is neither a JSON array nor a file that can be read")
            return []
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, list) or not value:
        problems.append("DSR_WORKSPACES: is not a JSON array of workspace targets")
        return []
    return value


def _target(value: Any, problems: list[str]) -> WorkspaceTarget | None:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        problems.append(": is not an object whose members are strings")
        return None
    name, service = value.get("name", ""), value.get("service", "")
    if not is_usable(name):
        problems.append("name: has to be 1 to 64 of A-Z a-z 0-9 . _ - and usable as a folder")
    if service not in _SERVICES:
        problems.append("service: has to be studio-classic or azureml")
        return None
    fields, read = _SERVICES[service]
    problems += [
        f"{field}: is not a field of a target of {service}" for field in sorted(set(value) - fields)
    ]
    account = value.get("storage_account", "")
    if account and not _ACCOUNT.fullmatch(account):
        problems.append("storage_account: has to be 3 to 24 of a-z 0-9")
    return read(value, problems)
