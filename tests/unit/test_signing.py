"""Signing keys: one algorithm a type, no other type, and nothing of a key in any text."""

import base64
import hashlib
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from dsr.errors import Misconfigured
from dsr.services.signing import KeySigner, public_keys
from dsr.settings import parse
from tests.fakes.signing_keys import ALGORITHMS, key, pem, public_pem
from tests.unit.test_settings import values, wrong


@pytest.mark.parametrize("kind", ALGORITHMS)
def test_a_signature_is_by_the_algorithm_of_the_key_and_any_library_checks_it(kind: str):
    signer = KeySigner.from_pem(pem(key(kind)))
    token = signer.sign({"iss": "dsr-processor", "n": 1})
    header = jwt.get_unverified_header(token)
    assert header == {"alg": ALGORITHMS[kind], "kid": signer.kid, "typ": "dsr-certificate+jwt"}
    (shown,) = signer.jwks()["keys"]
    found = jwt.PyJWKSet.from_dict(signer.jwks())[signer.kid]
    claims = jwt.decode(token, found, algorithms=[shown["alg"]])
    assert claims == {"iss": "dsr-processor", "n": 1}


@pytest.mark.parametrize("kind", ALGORITHMS)
def test_the_published_key_is_public_and_named_by_its_thumbprint(kind: str):
    signer = KeySigner(key(kind))
    (shown,) = signer.jwks()["keys"]
    assert (shown["use"], shown["alg"]) == ("sig", ALGORITHMS[kind])
    assert not set(shown) & {"d", "p", "q", "dp", "dq", "qi", "k"}
    needed = {"OKP": "crv kty x", "EC": "crv kty x y", "RSA": "e kty n"}[shown["kty"]]
    text = json.dumps({k: shown[k] for k in needed.split()}, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).digest()
    assert shown["kid"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert set(public_keys(json.dumps(signer.jwks()))) == {signer.kid}
    assert set(public_keys(json.dumps(shown))) == {signer.kid}
    assert set(public_keys(public_pem(key(kind)))) == {signer.kid}


def test_the_thumbprint_is_that_of_the_rfcs_own_example():
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi"
        "FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9"
        "c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1"
        "jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert set(public_keys(json.dumps(jwk))) == {"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"}


def test_line_ends_may_be_written_as_backslash_n():
    one_line = pem(key("ed25519")).replace("\n", "\\n")
    assert parse(values(DSR_SIGNING_KEY=one_line)).signer.kid == KeySigner(key("ed25519")).kid
    assert parse(values()).signer is None
    assert parse(values(DSR_SIGNING_KEY=" ")).signer is None


LOCKED = (
    key("ed25519")
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    .decode()
)
BAD = {
    "short rsa": lambda: pem(rsa.generate_private_key(65537, 1024)),
    "another curve": lambda: pem(ec.generate_private_key(ec.SECP384R1())),
    "another kind": lambda: pem(ed448.Ed448PrivateKey.generate()),
    "public": lambda: public_pem(key("ed25519")),
    "cut off": lambda: pem(key("p256"))[:80],
    "with a password": lambda: LOCKED,
    "not a key": lambda: "QUJDREVGRw==",
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_key_is_named_with_all_else_that_is_wrong_and_never_shown(case: str):
    text = BAD[case]()
    settings = values(DSR_SIGNING_KEY=text, DSR_RETRY_SECONDS="soon")
    assert wrong(settings) == ["DSR_RETRY_SECONDS", "DSR_SIGNING_KEY"]
    with pytest.raises(Misconfigured) as caught:
        parse(settings)
    body = [line for line in text.splitlines() if line and not line.startswith("-")]
    assert not any(line in str(caught.value) for line in body)


def test_no_repr_shows_the_key():
    settings = parse(values(DSR_SIGNING_KEY=pem(key("p256"))))
    shown = repr(settings) + repr(settings.signer) + str(vars(settings.signer))
    for line in pem(key("p256")).splitlines()[1:-1]:
        assert line not in shown


def test_a_set_may_hold_keys_of_other_kinds_but_none_that_is_secret_helps():
    signer = KeySigner(key("p256"))
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "s"}
    mixed = {"keys": [secret, 7, {"kty": "OKP", "crv": "Ed448", "x": "AA"}, *signer.jwks()["keys"]]}
    assert set(public_keys(json.dumps(mixed))) == {signer.kid}
    for useless in ({"keys": [secret]}, {"keys": []}, {}, {"keys": 7}):
        with pytest.raises(ValueError):
            public_keys(json.dumps(useless))


@pytest.mark.parametrize("text", ["", "{", "[]", "no key", "{}", '{"keys": null}'])
def test_what_is_no_public_key_is_said(text: str):
    with pytest.raises(ValueError, match="public key"):
        public_keys(text)


def test_a_private_key_is_not_taken_for_a_public_one():
    with pytest.raises(ValueError, match="private key"):
        public_keys(pem(key("ed25519")))
