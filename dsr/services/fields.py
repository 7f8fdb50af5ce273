"""Reading the JSON of Azure's services, whose key case may differ from answer to answer."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def get(payload: Any, name: str) -> Any:
    """Give a member whatever the case of its key; None where there is none."""
    if not isinstance(payload, dict):
        return None
    if name in payload:
        return payload[name]
    lower = name.lower()
    for key, value in payload.items():
        if isinstance(key, str) and key.lower() == lower:
            return value
    return None


def text(payload: Any, name: str) -> str:
    """Give a member as text, "" where it is missing or null."""
    value = get(payload, name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def tag_texts(resource: Any) -> tuple[tuple[str, str], ...]:
    """Give the values of an Azure resource's tags, as `named` gives members."""
    tags = get(resource, "tags")
    return tuple(("tags", str(v)) for v in tags.values()) if isinstance(tags, Mapping) else ()


def number(payload: Any, name: str) -> int | None:
    """Give a member that counts something, None where it is missing, negative or no number."""
    value = get(payload, name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**63:
        return None
    return int(value)


def named(payload: Any, *names: str) -> tuple[tuple[str, str], ...]:
    """Give those members that hold text, as pairs of name and value; lists give each member."""
    found: list[tuple[str, str]] = []
    for name in names:
        value = get(payload, name)
        values = value if isinstance(value, list) else [value]
        found += [(name, v) for v in values if isinstance(v, str) and v.strip()]
    return tuple(found)


def state_of(payload: Any, *names: str, more: Any = None) -> str:
    """Give a text that is another one once one of these members, or `more`, was changed."""
    members = {name: get(payload, name) for name in names} | {"": more}
    return hashlib.sha256(_CANONICAL(members).encode()).hexdigest()[:32]


def texts_within(payload: Any, name: str) -> tuple[tuple[str, str], ...]:
    """Give every text below a member, however deep it lies, as `named` gives members."""
    found, waiting = [], [get(payload, name)]
    while waiting:
        match waiting.pop():
            case str(value) if value.strip():
                found.append((name, value))
            case dict() as members:
                waiting += reversed(members.values())
            case list() as members:
                waiting += reversed(members)
    return tuple(found)
