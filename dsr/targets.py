"""The workspace targets among the app's settings: `DSR_WORKSPACES` and what it names."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from dsr.model.paths import safe_component
from dsr.model.target import AccountKind, WorkspaceTarget
from dsr.services.arm import ArmWorkspace
from dsr.services.hosts import is_loopback
from dsr.services.studio.regions import endpoints

_NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_WORKSPACE_ID: Final = re.compile(r"^[0-9a-f]{32}$")
_ACCOUNT: Final = re.compile(r"^[a-z0-9]{3,24}$")
_PROVIDER: Final = "microsoft.machinelearning"
_TAKEN: Final = frozenset({"report.json", "index.html"})
_TARGET_FIELDS: Final = {
    "name",
    "service",
    "account_kind",
    "workspace_id",
    "region",
    "studio_endpoint",
    "management_endpoint",
    "arm_id",
    "token_setting",
    "storage_account",
    "storage_setting",
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
    for number, value in enumerate(_workspaces(values.get("DSR_WORKSPACES", ""), problems)):
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


def blob_endpoint(connection: str) -> str:
    """Give a connection string's blob endpoint, "" unless all its endpoints are on loopback."""
    parts = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
    found = [value for name, value in parts.items() if name.endswith("Endpoint")]
    safe = all(is_endpoint(value) and is_loopback(value) for value in found)
    return parts.get("BlobEndpoint", "") if safe else ""


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
    problems += [
        f"{name}: is not a field of a target" for name in sorted(set(value) - _TARGET_FIELDS)
    ]
    name, service, kind = (value.get(k, "") for k in ("name", "service", "account_kind"))
    if not _NAME.fullmatch(name) or safe_component(name) != name or name.lower() in _TAKEN:
        problems.append("name: has to be 1 to 64 of A-Z a-z 0-9 . _ - and usable as a folder")
    if service != "studio-classic":
        problems.append("service: only studio-classic is available in this version")
        return None
    if kind not in ("guest", "free", "standard"):
        problems.append("account_kind: has to be guest, free or standard")
    if not _WORKSPACE_ID.fullmatch(value.get("workspace_id", "")):
        problems.append("workspace_id: has to be 32 lower-case hex digits")
    account = value.get("storage_account", "")
    if account and not _ACCOUNT.fullmatch(account):
        problems.append("storage_account: has to be 3 to 24 of a-z 0-9")
    arm_id = value.get("arm_id", "")
    arm = ArmWorkspace.parse(arm_id)
    if arm_id and (kind != "standard" or arm is None or arm.provider.lower() != _PROVIDER):
        problems.append(
            "arm_id: has to be the resource id of a standard workspace, /subscriptions/…"
            "/resourceGroups/…/providers/Microsoft.MachineLearning/workspaces/…"
        )
    if not value.get("token_setting") and not arm_id:
        problems.append(
            "token_setting: is missing (a standard workspace may have an arm_id instead)"
        )
    studio, management = endpoints(value.get("region", "")) or ("", "")
    studio = value.get("studio_endpoint", studio).rstrip("/")
    management = value.get("management_endpoint", management or studio).rstrip("/")
    for field_name, url in (("studio_endpoint", studio), ("management_endpoint", management)):
        if not url:
            problems.append(f"{field_name}: is missing, and no known region says it")
        elif not is_endpoint(url):
            problems.append(f"{field_name}: has to be an https address (http on loopback only)")
    return WorkspaceTarget(
        name=name,
        service=service,
        account_kind=cast(AccountKind, kind),
        workspace_id=value.get("workspace_id", ""),
        region=value.get("region", ""),
        studio_endpoint=studio,
        management_endpoint=management,
        token_setting=value.get("token_setting", ""),
        arm_id=arm_id,
        storage_account=value.get("storage_account", ""),
        storage_setting=value.get("storage_setting", ""),
    )


def is_endpoint(url: str) -> bool:
    """Tell whether a URL is https, or http on loopback, and nothing but scheme, host and path."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.query or parts.fragment or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))
