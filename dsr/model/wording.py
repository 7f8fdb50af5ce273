"""What a caller is told of a bad field: what is wrong and what to do, in plain words, no value.

The parser's own texts name classes of this program and terms of its library; none is passed on.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic import ValidationError

from dsr.errors import Problem

REFERENCE: Final = r"^[A-Za-z0-9._-]{1,64}$"
"""The pattern of a caller's own reference."""

_EMPTY: Final = "is empty; fill it in, or leave it out where it may be"
_TEXTS: Final = {
    "bool_type": "has to be true or false, without quotes",
    "extra_forbidden": "is not a field of this API; correct its name or leave it out",
    "list_type": "has to be a list; a single value goes in brackets too",
    "literal_error": "has to be {expected}",
    "missing": "is required; add it",
    "model_type": "has to be an object with named fields, in braces",
    "string_pattern_mismatch": _EMPTY,
    "string_too_long": "has more than {max_length} characters; check that it is the right value",
    "string_too_short": _EMPTY,
    "string_type": "has to be text, in quotes",
    "string_unicode": "holds half a character (a lone surrogate); correct the encoding",
    "too_long": "has more than {max_length} entries; split the request",
    "value_error": "{error}",
}
"""By the parser's kind of error, with what it says of the field's definition."""
_OTHER: Final = "is not a value of this field; see GET /api/openapi.json"


def problems_of(error: ValidationError) -> list[Problem]:
    """Give every bad field of a validation error, never a value."""
    return [
        Problem(pointer(e["loc"]), _detail(e))
        for e in error.errors(include_url=False, include_input=False)
    ]


def one_a_field(problems: Iterable[Problem]) -> list[Problem]:
    """Leave the first problem of each field: what follows from it would only distract."""
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.pointer, problem)
    return list(first.values())


def pointer(location: tuple[int | str, ...]) -> str:
    """Give the JSON pointer of a field, without keys that may be personal data."""
    return "".join(f"/{part if isinstance(part, int) else _shown(part)}" for part in location)


def _shown(key: str) -> str:
    """Give a member name for a message: an unknown key may itself be personal data."""
    return key if re.fullmatch(r"[a-z_]{1,32}", key) else "(a key that is not one of this API's)"


def _detail(error: Any) -> str:
    about = error.get("ctx", {})
    if error["type"] == "model_type" and not error["loc"]:
        return "the body is not a JSON object"
    if about.get("pattern") == REFERENCE:
        return "has to be 1 to 64 of A-Z a-z 0-9 . _ - with no space"
    return _TEXTS.get(error["type"], _OTHER).format_map(about)
