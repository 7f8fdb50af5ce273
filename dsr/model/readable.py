"""JSON as people find it in a package."""

import json
from typing import Any


def readable(value: Any) -> bytes:
    """Give UTF-8 JSON with a member a line, three levels down."""
    return (_lines(value, 3) + "\n").encode("utf-8", "backslashreplace")


def _lines(value: Any, depth: int, indent: str = "") -> str:
    """Give JSON with a member a line down to some depth.

    The standard library indents in Python, at ten times the time of its compact form in C.
    """
    if not value or not depth or not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    deeper = indent + " "
    if isinstance(value, list):
        inner = [_lines(v, depth - 1, deeper) for v in value]
        return f"[\n{deeper}" + f",\n{deeper}".join(inner) + f"\n{indent}]"
    inner = [
        f"{json.dumps(k, ensure_ascii=False)}: {_lines(v, depth - 1, deeper)}"
        for k, v in value.items()
    ]
    return f"{{\n{deeper}" + f",\n{deeper}".join(inner) + f"\n{indent}}}"
