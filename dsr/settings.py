"""The app's settings, parsed once from a mapping; every one that is missing or wrong is named."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlsplit

from dsr import azureml_settings
from dsr.azureml_settings import AzureMlSettings
from dsr.endpoints import is_endpoint
from dsr.errors import Misconfigured
from dsr.model.caller import Access
from dsr.model.target import WorkspaceTarget
from dsr.services.signing import KeySigner
from dsr.targets import DISCOVER, read_targets

ARM_ENDPOINT: Final = "https://management.azure.com"
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
    azureml: AzureMlSettings = field(default_factory=AzureMlSettings)
    discover_subscriptions: tuple[str, ...] = ()


def parse(values: Mapping[str, str]) -> Settings:
    """Read the settings; raises Misconfigured, which names each bad one."""
    problems: list[str] = []
    storage = _storage(values, problems)
    targets, tokens, storages = read_targets(values, problems)
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
        azureml_settings.read(values, problems),
        _subscriptions(values, problems),
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
    if not is_endpoint(endpoint):
        problems.append("DSR_ARM_ENDPOINT: has to be an https address (http on loopback only)")
    return endpoint


def _subscriptions(values: Mapping[str, str], problems: list[str]) -> tuple[str, ...]:
    ids = [each.strip().lower() for each in values.get(DISCOVER, "").split(",") if each.strip()]
    if not all(_GUID.fullmatch(each) for each in ids):
        problems.append(
            "DSR_DISCOVER_SUBSCRIPTIONS: has to be ids of subscriptions, with commas between them"
        )
    return tuple(dict.fromkeys(ids))


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
