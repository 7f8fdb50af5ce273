"""Names of workspaces: folders of packages, parts of asset names, and what holds go by."""

import hashlib
import re
from collections.abc import Container
from typing import Final

from dsr.model.paths import safe_component

_NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_OTHER: Final = re.compile(r"[^A-Za-z0-9._-]+")
_TAKEN: Final = frozenset({"report.json", "index.html"})
_MARK: Final = 8


def is_usable(name: str) -> bool:
    """Tell whether a workspace may have a name: 1 to 64 of A-Z a-z 0-9 . _ -, a safe folder."""
    fits = _NAME.fullmatch(name) is not None and safe_component(name) == name
    return fits and name.lower() not in _TAKEN


def name_for(resource_name: str, arm_id: str, taken: Container[str]) -> str:
    """Give a name for a workspace that was found: its own, or where that is no name or taken, its
    own with a mark of its resource id, which is one id's alone and stays so.

    `taken` are names in lower case.
    """
    if is_usable(resource_name) and resource_name.lower() not in taken:
        return resource_name
    mark = hashlib.sha256(arm_id.lower().encode()).hexdigest()[:_MARK]
    plain = _OTHER.sub("-", resource_name).strip("-._")[: 63 - _MARK].rstrip("-._")
    marked = f"{plain or 'workspace'}-{mark}"
    return marked if is_usable(marked) else f"workspace-{mark}"
