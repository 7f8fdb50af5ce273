"""Every error that the processor raises on purpose, split by what the caller does about it.

::

    DsrError
    ├── Invalid           the input is wrong; says every field (HTTP 400)
    │   └── TooLarge      the input is over the limit (HTTP 413)
    ├── NotSignedIn       nobody is signed in, or who it is can't be read (HTTP 401)
    ├── Forbidden         the caller is known and may not do this (HTTP 403)
    ├── NotFound          there is no such thing (HTTP 404)
    ├── Gone              there was, and it was deleted on purpose (HTTP 410)
    ├── Conflict          the state is another than the call assumes (HTTP 409)
    ├── Misconfigured     a setting is missing or wrong; says every setting (HTTP 503)
    ├── StorageAway       the data account does not answer, or refuses the app (HTTP 503)
    └── ServiceError      a workspace's service did not do what it was asked
        ├── Refused       credentials or rights (401, 403): trying again does not help
        ├── Absent        the asset is not there (404)
        ├── Blocked       something else has to go before this can be deleted
        ├── Unusable      the answer can't be used, and would be the same again
        └── Unavailable   worth trying again, not before `retry_after` seconds

No message of these carries a personal identifier, a token or a URL's query.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: a JSON pointer (RFC 6901) and what to do, never the value."""

    pointer: str
    detail: str

    def to_json(self) -> dict[str, str]:
        """Give the member of `errors` (RFC 9457 extension) that describes this problem."""
        return {"pointer": self.pointer, "detail": self.detail}


class DsrError(Exception):
    """Base of all errors raised on purpose."""


class Invalid(DsrError):
    """The input is wrong; `problems` names every bad field."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.pointer or '/'}: {p.detail}" for p in problems))
        self.problems = tuple(problems)


class TooLarge(Invalid):
    """The input is larger than is read at all."""


class NotSignedIn(DsrError):
    """Nobody is signed in, or the sign-in can't be read."""


class Forbidden(DsrError):
    """The caller is known and may not do this; the message says what is needed."""


class NotFound(DsrError):
    """What was asked for does not exist."""


class Gone(DsrError):
    """What was asked for existed and was deleted when its time was over."""


class Conflict(DsrError):
    """The call assumes another state than the one in force."""


class Misconfigured(DsrError):
    """Settings are missing or wrong; the message names each."""


class StorageAway(DsrError):
    """The data account does not answer, or refuses the app; nothing is known of what was asked."""


class ServiceError(DsrError):
    """A workspace's service did not do what it was asked."""


class Refused(ServiceError):
    """The service refuses these credentials (401) or rights (403)."""


class Absent(ServiceError):
    """The service does not know this asset (404)."""


class Blocked(ServiceError):
    """The service can't delete this before something else is gone; nothing was deleted."""


class Unusable(ServiceError):
    """The service's answer can't be used, and asking again would not change it."""


class Clashing(Unusable):
    """The service refuses for the state of something else: a lock, a user, a name (409)."""


class Unavailable(ServiceError):
    """The service may answer later: 408, 429, 5xx, a cut connection, a malformed body."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after
