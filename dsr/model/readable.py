"""JSON as people find it in a package."""

import json
from typing import Any, Final

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",\n ", ": "))
"""The library indents in Python, at ten times the time; separators stay with its C encoder."""


def readable(value: Any) -> bytes:
    """Give UTF-8 JSON with a line for each member and no indentation."""
    return (_ENCODER.encode(value) + "\n").encode("utf-8", "backslashreplace")
