"""Signing keys for tests, one of each type that signs, made once a run."""

import functools
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

ALGORITHMS = {"ed25519": "EdDSA", "p256": "ES256", "rsa": "RS256"}


@functools.cache
def key(kind: str) -> Any:
    """Give the private key of a type."""
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 2048)


def pem(private: Any) -> str:
    """Give a private key in PEM."""
    data: bytes = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return data.decode()


def public_pem(private: Any) -> str:
    """Give the public key of a private one in PEM."""
    data: bytes = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return data.decode()
