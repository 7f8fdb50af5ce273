"""Keyed fingerprints: names for things that may not be named."""

import hashlib
import hmac
import secrets


class Fingerprints:
    """HMAC-SHA-256 under `DSR_HASH_KEY`; without the key nobody can guess what one stands for."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def ref(self, asset: str) -> str:
        """Give the name of an asset (`workspace/kind:id`) for evidence, messages and logs."""
        return self._mac("asset", asset.encode("utf-8", "surrogatepass")).hex()

    def body(self, canonical_body: bytes) -> str:
        """Give what tells one request body from another."""
        return self._mac("body", canonical_body).hex()

    def principal(self, name: str) -> str:
        """Give the name of who signed in (`tenant/object id`), for evidence and logs."""
        return self._mac("principal", name.encode()).hex()

    def person_number(self, request_id: str, label: str) -> int:
        """Give a six-digit number for a person who is no user of a workspace, per request."""
        digest = self._mac("person " + request_id, label.encode("utf-8", "surrogatepass"))
        return 100_000 + int.from_bytes(digest[:6], "big") % 900_000

    def _mac(self, purpose: str, data: bytes) -> bytes:
        return hmac.new(self._key, purpose.encode() + b"\0" + data, hashlib.sha256).digest()


def new_nonce() -> str:
    """Give 128 random bits as hex."""
    return secrets.token_hex(16)
