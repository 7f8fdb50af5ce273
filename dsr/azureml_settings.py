"""What is set of Azure Machine Learning for all its workspaces."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

API_VERSION: Final = "2025-12-01"
"""The stable version of the ARM API that PyPI azure-ai-ml 1.35.2 uses."""
SCOPE: Final = "https://ml.azure.com/.default"
"""What azure-ai-ml asks a token of the data plane for."""
_VERSION: Final = re.compile(r"20\d\d-\d\d-\d\d(-preview)?", re.ASCII)
_KIND: Final = re.compile(r"[a-z_]{1,40}", re.ASCII)
_MOST: Final = 1024 * 1024
_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AzureMlSettings:
    """The ARM API's version, the scope of the data plane's token, and limits.

    `limits` are the most bytes of one file of a kind that an export copies; without one, any.
    """

    api_version: str = API_VERSION
    scope: str = SCOPE
    limits: Mapping[str, int] = field(default_factory=dict)


def read(values: Mapping[str, str], problems: list[str]) -> AzureMlSettings:
    """Read the settings; what is wrong is added to `problems`, each named."""
    version = values.get("DSR_AZUREML_API_VERSION", "") or API_VERSION
    if not _VERSION.fullmatch(version):
        problems.append("DSR_AZUREML_API_VERSION: has to be a version such as 2025-12-01")
    scope = values.get("DSR_AZUREML_SCOPE", "") or SCOPE
    if not _is_scope(scope):
        problems.append(
            "DSR_AZUREML_SCOPE: has to be an https address that ends in /.default, of Azure's"
        )
    return AzureMlSettings(
        version, scope, _limits(values.get("DSR_AZUREML_MAX_MEGABYTES", ""), problems)
    )


def _is_scope(scope: str) -> bool:
    try:
        parts = urlsplit(scope)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and scope.endswith("/.default")


def _limits(text: str, problems: list[str]) -> dict[str, int]:
    """Read a JSON object of kinds and megabytes, or `kind=MB,kind=MB`; give bytes."""
    found: dict[str, int] = {}
    for kind, value in _pairs(text.strip()):
        good = _KIND.fullmatch(kind) and value.isascii() and value.isdigit()
        if not good or kind in found or not 1 <= int(value) <= _MOST:
            problems.append(
                "DSR_AZUREML_MAX_MEGABYTES: has to be kind=MB,… or a JSON object of kinds and whole"
                f" megabytes from 1 to {_MOST}"
            )
            return {}
        found[kind] = int(value) * _MEGABYTE
    return found


def _pairs(text: str) -> list[tuple[str, str]]:
    if text.startswith("{"):
        try:
            value = json.loads(text)
        except ValueError:
            return [("", "")]
        whole = (
            v if isinstance(v, int) and not isinstance(v, bool) else "" for v in value.values()
        )
        return [(kind, str(v)) for kind, v in zip(value, whole, strict=True)]
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return [(kind.strip(), value.strip()) for kind, _, value in pairs]
