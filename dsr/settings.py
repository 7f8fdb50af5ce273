"""The app's settings, parsed once from a mapping; every one that is missing or wrong is named."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from dsr.errors import Misconfigured
from dsr.model.caller import Access
from dsr.model.paths import safe_component
from dsr.model.target import AccountKind, WorkspaceTarget
from dsr.services.arm import ArmWorkspace
from dsr.services.hosts import is_loopback
from dsr.services.signing import KeySigner
from dsr.services.studio.regions import endpoints

_NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_WORKSPACE_ID: Final = re.compile(r"^[0-9a-f]{32}$")
_ACCOUNT: Final = re.compile(r"^[a-z0-9]{3,24}$")
_PROVIDER: Final = "microsoft.machinelearning"
_TAKEN: Final = frozenset({"report.json", "index.html"})
ARM_ENDPOINT: Final = "https://management.azure.com"
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


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """The data account: a connection string (local), or two URIs and an identity."""

    connection_string: str = field(default="", repr=False)
    blob_uri: str = ""
    queue_uri: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the processor is told from outside; secrets are not in its repr.

    `signs_in` is what the platform says: App Service authentication is on.
    """

    storage: StorageSettings
    targets: dict[str, WorkspaceTarget]
    tokens: dict[str, str] = field(repr=False)
    storages: dict[str, str] = field(repr=False)
    hash_key: bytes = field(repr=False)
    arm_endpoint: str = ARM_ENDPOINT
    export_retention_days: int = 30
    subject_retention_days: int = 30
    stalled_after_seconds: int = 900
    retry_seconds: int = 2
    verify_seconds: int = 900
    access: Access = "keys"
    signs_in: bool = False
    allow_automatic_approval: bool = False
    delete_client_id: str = ""
    signer: KeySigner | None = field(default=None, repr=False)


def parse(values: Mapping[str, str]) -> Settings:
    """Read the settings; raises Misconfigured, which names each bad one."""
    problems: list[str] = []
    storage = _storage(values, problems)
    targets, tokens, storages = _targets(values, problems)
    hash_key = _hash_key(values.get("DSR_HASH_KEY", ""), problems)
    access = values.get("DSR_ACCESS", "") or "keys"
    if access not in ("keys", "entra"):
        problems.append("DSR_ACCESS: has to be keys or entra")
    settings = Settings(
        storage,
        targets,
        tokens,
        storages,
        hash_key,
        _arm_endpoint(values, problems),
        _number(values, "DSR_EXPORT_RETENTION_DAYS", 30, 1, 3650, problems),
        _number(values, "DSR_SUBJECT_RETENTION_DAYS", 30, 0, 3650, problems),
        _number(values, "DSR_STALLED_AFTER_SECONDS", 900, 1, 86_400, problems),
        _number(values, "DSR_RETRY_SECONDS", 2, 0, 600, problems),
        _number(values, "DSR_VERIFY_SECONDS", 900, 10, 86_400, problems),
        cast(Access, access),
        # set by App Service itself, never by hand
        values.get("WEBSITE_AUTH_ENABLED", "").lower() == "true",
        _switch(values, "DSR_ALLOW_AUTOMATIC_APPROVAL", problems),
        values.get("DSR_DELETE_CLIENT_ID", ""),
        _signer(values.get("DSR_SIGNING_KEY", ""), problems),
    )
    if problems:
        raise Misconfigured("; ".join(problems))
    return settings


def _storage(values: Mapping[str, str], problems: list[str]) -> StorageSettings:
    connection = values.get("DsrStorage", "")
    if connection:
        if "BlobEndpoint=" not in connection and "AccountName=" not in connection:
            problems.append(
                "DsrStorage: is not a connection string that names its account and endpoints"
            )
        return StorageSettings(connection_string=connection)
    uris = {
        name: values.get(f"DsrStorage__{name}", "")
        for name in ("blobServiceUri", "queueServiceUri")
    }
    for name, uri in uris.items():
        if not uri:
            problems.append(f"DsrStorage__{name}: is missing (or set DsrStorage)")
        elif urlsplit(uri).scheme != "https":
            problems.append(f"DsrStorage__{name}: is not an https address")
    return StorageSettings(
        blob_uri=uris["blobServiceUri"],
        queue_uri=uris["queueServiceUri"],
        client_id=values.get("DsrStorage__clientId", ""),
    )


def _arm_endpoint(values: Mapping[str, str], problems: list[str]) -> str:
    endpoint = values.get("DSR_ARM_ENDPOINT", "").rstrip("/") or ARM_ENDPOINT
    if not _is_endpoint(endpoint):
        problems.append("DSR_ARM_ENDPOINT: has to be an https address (http on loopback only)")
    return endpoint


def _hash_key(text: str, problems: list[str]) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < 32:
        problems.append("DSR_HASH_KEY: is not the base64 of 32 bytes or more")
    return key


def _signer(text: str, problems: list[str]) -> KeySigner | None:
    if not text.strip():
        return None
    try:
        return KeySigner.from_pem(text)
    except ValueError as error:
        problems.append("DSR_SIGNING_KEY: " + str(error))
        return None


def _number(
    values: Mapping[str, str], name: str, default: int, low: int, high: int, problems: list[str]
) -> int:
    text = values.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        problems.append(f"{name}: is not a whole number from {low} to {high}")
        return default
    return int(text)


def _switch(values: Mapping[str, str], name: str, problems: list[str]) -> bool:
    text = values.get(name, "").lower()
    if text not in ("", "true", "false"):
        problems.append(f"{name}: has to be true or false")
    return text == "true"


def _targets(
    values: Mapping[str, str], problems: list[str]
) -> tuple[dict[str, WorkspaceTarget], dict[str, str], dict[str, str]]:
    targets: dict[str, WorkspaceTarget] = {}
    tokens: dict[str, str] = {}
    storages: dict[str, str] = {}
    for number, value in enumerate(_workspaces(values.get("DSR_WORKSPACES", ""), problems)):
        where = f"DSR_WORKSPACES[{number}]"
        found: list[str] = []
        target = _target(value, found)
        if target is not None and target.name.lower() in {name.lower() for name in targets}:
            found.append("name: stands twice")
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


def blob_endpoint(connection: str) -> str:
    """Give a connection string's blob endpoint, "" unless all its endpoints are on loopback."""
    parts = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
    found = [value for name, value in parts.items() if name.endswith("Endpoint")]
    safe = all(_is_endpoint(value) and is_loopback(value) for value in found)
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
        elif not _is_endpoint(url):
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


def _is_endpoint(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.query or parts.fragment or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))
