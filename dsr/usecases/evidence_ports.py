"""What the use cases need to prove and to hold: the evidence, its signer, legal holds."""

from collections.abc import Iterable
from typing import Any, Protocol

from dsr.model.chain import Event, Head
from dsr.model.hold import Hold


class Trail(Protocol):
    """The evidence of a request: its audit chain, and its certificates."""

    def record(self, request_id: str, event: str, detail: dict[str, Any]) -> None:
        """Append one event that happens now; `detail` holds no identifier and no free text."""

    def chain(self, request_id: str, events: Iterable[Event]) -> Head:
        """Append, in order, those events that are not in the chain yet; give the last one's line.

        Events with the same name and detail are one, and stand in the chain once, whoever does
        this at once or again. Raises Conflict where the chain can't be read.
        """

    def read(self, request_id: str) -> bytes | None:
        """Give the chain as it stands; None where there is none yet."""

    def add_certificate(self, request_id: str, number: int, jws: str) -> bool:
        """Store a certificate; False where there is one of this number already."""

    def certificate(self, request_id: str, number: int) -> str | None:
        """Read a certificate; None where there is none of this number."""


class Signer(Protocol):
    """Signs what the app vouches for; the algorithm is fixed by the type of its key."""

    kid: str

    def sign(self, claims: dict[str, Any], typ: str = ...) -> str:
        """Give a compact JWS over claims; `typ` of its header is a certificate's by default."""

    def jwks(self) -> dict[str, Any]:
        """Give the public key as a JWK set (RFC 7517)."""


class Holds(Protocol):
    """The legal holds. What can't be read raises; it is never taken for no hold."""

    def put(self, hold: Hold) -> bool:
        """Store a hold in place of what has its name; tell whether nothing had."""

    def remove(self, name: str) -> bool:
        """Delete a hold; tell whether there was one."""

    def all(self) -> list[Hold]:
        """Give all holds, in force or not, by name."""
