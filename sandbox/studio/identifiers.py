"""Identifiers, dates and tokens in the forms that Studio (classic) uses, all deterministic.

The forms are those seen in captured payloads and public clients.
"""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID, uuid5

GLOBAL_WORKSPACE_ID = "506153734175476c4f62416c57734963"
"""Prefix of every id of Microsoft's own assets (ASCII `PaSsAuGlObAlWsIc`)."""

UNSET_DATE = "/Date(-62135596800000)/"
"""How .NET writes a date that was never set."""

_NAMESPACE = UUID("3b1f7a52-5d0e-4c39-9a6b-2f6c8f1d7e44")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_TICKS_OF_EPOCH = 621_355_968_000_000_000


def hex_id(*parts: str) -> str:
    """Give 32 lower-case hex digits that depend on the parts alone."""
    return uuid5(_NAMESPACE, "/".join(parts)).hex


def node_id(number: int, *parts: str) -> str:
    """Give a graph node's id, `{guid}-{number}`."""
    return f"{uuid5(_NAMESPACE, '/'.join(parts))}-{number}"


def token(*parts: str) -> str:
    """Give a workspace token or storage key: base64 of 64 bytes, 88 characters."""
    return base64.b64encode(hashlib.sha512("/".join(parts).encode()).digest()).decode()


def milliseconds(iso: str) -> int:
    """Give an ISO 8601 time without zone, taken as UTC, in milliseconds since 1970."""
    return (datetime.fromisoformat(iso).replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


def date(at: int | None) -> str | None:
    """Give `/Date(ms)/`, or None for None."""
    return None if at is None else f"/Date({at})/"


def iso(at: int, digits: int = 0) -> str:
    """Give ISO 8601 in UTC with so many digits below the second."""
    moment = _EPOCH + timedelta(milliseconds=at)
    below = f".{at % 1000:03}{'0' * 7}"[: digits + 1] if digits else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{below}Z"


def ticks(at: int) -> int:
    """Give .NET ticks."""
    return _TICKS_OF_EPOCH + at * 10_000


def run_stamp(at: int) -> str:
    """Give the stamp that ends a run's id: the time left until the year 10000, newest first."""
    seconds = timedelta(seconds=at // 1000)
    return (_LAST_SECOND - seconds).strftime("%Y-%m-%dt%H.%M.%S")


def weak_etag(at: int, *parts: str) -> str:
    """Give an OData entity tag; the parts decide the digits below a millisecond."""
    moment = _EPOCH + timedelta(milliseconds=at)
    below = int(hex_id(*parts)[:8], 16) % 10_000
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03}{below:04}Z"
    return f"W/\"datetime'{quote(stamp)}'\""
