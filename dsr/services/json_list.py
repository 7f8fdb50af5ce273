"""JSON arrays of any length, member by member, with numbers of any size."""

import codecs
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

_CHUNK: Final = 64 * 1024
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_AFTER: Final = frozenset(" \t\n\r,]")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class TooLarge(Exception):
    """A member is larger than its reader holds in memory."""


class JsonList:
    """A JSON array as a stream of bytes. A ValueError or RecursionError says that it is malformed.

    The standard library's parser is asked for one member at a time and asked again with more text
    where a member does not end in what was read. No more is held than a piece and one member.
    """

    def __init__(self, read: Callable[[int], bytes], limit: int) -> None:
        self._read = read
        self._limit = limit
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._text = ""
        self._at = 0
        self._ended = False
        self._escapes = False

    def begins(self) -> bool:
        """Tell whether it is an array at all."""
        return self._next() == "["

    def members(self) -> Iterator[Any]:
        """Give the members; once, and after `begins` has said yes."""
        self._take("[")
        if self._next() != "]":
            yield self._value()
            while self._next() == ",":
                self._at += 1
                yield self._value()
        self._take("]")
        if self._next():
            raise ValueError("there is more than an array")

    def _take(self, wanted: str) -> None:
        if self._next() != wanted:
            raise ValueError(f"{wanted} is missing")
        self._at += 1

    def _next(self) -> str:
        """Give the next character that is no white space, "" at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._more()

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                if self._ended:
                    raise
            else:
                # of a number only a part may have been read: -0 of -0.5, 1 of 12
                if self._ended or self._text[end : end + 1] in _AFTER:
                    self._at = end
                    return _paired(value) if self._escapes else value
            if len(self._text) - self._at > self._limit:
                raise TooLarge
            self._more()

    def _more(self) -> None:
        """Read on, twice as much where one member is as long as all that is held."""
        held = self._text[self._at :]
        data = self._read(max(_CHUNK, len(held)))
        self._ended = not data
        self._text = held + self._decode(data, self._ended)
        self._at = 0
        self._escapes = self._escapes or _SURROGATE.search(self._text) is not None


def _number(digits: str) -> float | str:
    """Give a number with a point or exponent; one that no float can be stays as it is written."""
    value = float(digits)
    return value if math.isfinite(value) else digits


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_float=_number, parse_constant=_no_json)


def _paired(value: Any) -> Any:
    """Give a value with U+FFFD for halves of surrogate pairs, which are no text in any encoding."""
    match value:
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case dict():
            return {_paired(key): _paired(member) for key, member in value.items()}
        case list():
            return [_paired(member) for member in value]
    return value
