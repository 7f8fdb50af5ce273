"""Identifiers and times in the forms that Azure Machine Learning uses, all deterministic."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID, uuid5

_NAMESPACE = UUID("7c0b0e52-93f1-4d6c-8a44-5a1f0d2b6e90")


def guid(*parts: str) -> str:
    """Give a GUID that depends on the parts alone."""
    return str(uuid5(_NAMESPACE, "/".join(parts)))


def hex_digest(*parts: str) -> str:
    """Give 64 lower-case hex digits that depend on the parts alone."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()


def later(at: str, seconds: int) -> str:
    """Give an ISO 8601 time so many seconds after another one, in the same form."""
    moved = datetime.fromisoformat(at) + timedelta(seconds=seconds)
    return moved.isoformat(timespec="milliseconds")
