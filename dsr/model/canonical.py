"""JSON in its one canonical form (RFC 8785), for what is hashed and signed."""

import json
from typing import Any, Final

_SAFE: Final = 2**53 - 1
"""The largest whole number that every reader of JSON holds exactly (RFC 7493)."""


def rfc8785(value: Any) -> bytes:
    """Give the canonical form of texts, whole numbers, booleans, null, lists and objects.

    Raises ValueError for whatever else stands in it: fractions, whose form readers disagree
    about, numbers beyond 2^53, keys that are no text, halves of characters.
    """
    try:
        return _ENCODE(_ordered(value)).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("half a character has no canonical form") from None


# Escapes as RFC 8785 wants them: short forms, else \u with lower-case digits, nothing beyond need.
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _ordered(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > _SAFE:
            raise ValueError("a number beyond 2^53 has no canonical form")
        return value
    if isinstance(value, list | tuple):
        return [_ordered(member) for member in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key that is no text has no canonical form")
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf16)}
    raise ValueError(f"a {type(value).__name__} has no canonical form")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")
