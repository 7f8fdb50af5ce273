"""Signatures with the app's key: compact JWS (RFC 7515), one algorithm a key, JWKS (RFC 7517)."""

import base64
import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from dsr.model.canonical import rfc8785
from dsr.model.certificate import TYPE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey as EcKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
    )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PublicKey as EdKey,
    )
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey as RsaKey

    PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey
    PublicKey = EdKey | EcKey | RsaKey

LEAST_RSA: Final = 2048
"""Bits of the shortest RSA key that signs."""
_PUBLIC: Final = ("kty", "crv", "x", "y", "n", "e")


class KeySigner:
    """Signs with one private key; neither it nor its key shows in a repr."""

    def __init__(self, key: "PrivateKey") -> None:
        self._key = key
        self._algorithm, self._jwk = described(key.public_key())
        self.kid = thumbprint(self._jwk)

    @classmethod
    def from_pem(cls, text: str) -> "KeySigner":
        r"""Read a private key in PEM, whose line ends may be written as `\n`.

        Raises ValueError, whose text holds nothing of the key.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        pem = text.replace("\\n", "\n").strip().encode()
        try:
            key: Any = load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # a new error: the library's own may quote what it was given
            raise ValueError("is not a private key in PEM without a password") from None
        return cls(key)

    def sign(self, claims: dict[str, Any], typ: str = TYPE) -> str:
        """Give a compact JWS over the canonical form of the claims."""
        from jwt.api_jws import PyJWS

        headers = {"kid": self.kid, "typ": typ}
        return PyJWS().encode(
            rfc8785(claims), self._key, self._algorithm, headers, sort_headers=True
        )

    def jwks(self) -> dict[str, Any]:
        """Give the public key as a JWK set."""
        shown = {**self._jwk, "kid": self.kid, "alg": self._algorithm, "use": "sig"}
        return {"keys": [shown]}


def described(key: Any) -> tuple[str, dict[str, str]]:
    """Give the one algorithm of a public key, and its JWK with the required members only.

    Raises ValueError for a key of another type, curve or length.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if isinstance(key, Ed25519PublicKey):
        return "EdDSA", {"kty": "OKP", "crv": "Ed25519", "x": encoded(key.public_bytes_raw())}
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        point = key.public_numbers()
        x, y = (encoded(n.to_bytes(32, "big")) for n in (point.x, point.y))
        return "ES256", {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    if isinstance(key, RSAPublicKey) and key.key_size >= LEAST_RSA:
        numbers = key.public_numbers()
        return "RS256", {"kty": "RSA", "n": _minimal(numbers.n), "e": _minimal(numbers.e)}
    raise ValueError("has to be an Ed25519 or P-256 key, or an RSA key of 2048 bits or more")


def public_keys(text: str) -> dict[str, Any]:
    """Read public keys from PEM, a JWK or a JWK set, by `kid`; others in a set are left out.

    Raises ValueError where there is none to be used.
    """
    if "PRIVATE KEY" in text:
        raise ValueError("holds a private key; take its public key")
    members = _members(text) if text.lstrip().startswith("{") else [_from_pem(text)]
    found = {}
    for member in members:
        with contextlib.suppress(ValueError):
            found[thumbprint(described(member)[1])] = member
    if not found:
        raise ValueError("holds no Ed25519, P-256 or RSA public key (RSA of 2048 bits or more)")
    return found


def _from_pem(text: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        return load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None


def _members(text: str) -> list[Any]:
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    try:
        value = json.loads(text)
    except ValueError:
        return []
    listed = value.get("keys", [value])
    keys = []
    for jwk in listed if isinstance(listed, list) else []:
        # public members only: a private key in the set is none that this needs
        with contextlib.suppress(PyJWTError, ValueError, TypeError, LookupError):
            keys.append(PyJWK.from_dict({k: jwk[k] for k in _PUBLIC if k in jwk}).key)
    return keys


def thumbprint(jwk: dict[str, str]) -> str:
    """Give the name of a key (`kid`): SHA-256 over its required members (RFC 7638)."""
    return encoded(hashlib.sha256(rfc8785(jwk)).digest())


def encoded(data: bytes) -> str:
    """Give the base64url of RFC 7515, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _minimal(number: int) -> str:
    return encoded(number.to_bytes((number.bit_length() + 7) // 8, "big"))
