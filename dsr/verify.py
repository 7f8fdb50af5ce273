"""Checks a certificate offline, with the public key alone.

::

    python -m dsr.verify certificate-1.jws --key public.pem|jwks.json
        [--audit audit.ndjson] [--results results.json ...]

Exit code 0 where every check passed, 1 where one failed, 2 where a file can't be used at all.
Needs PyJWT and cryptography, and nothing else of what the app needs.
"""

import argparse
import base64
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from dsr.model.canonical import rfc8785
from dsr.model.certificate import TYPE, OutcomesDigest, misshapen
from dsr.model.chain import Head, broken_at
from dsr.services.signing import described, encoded, public_keys
from dsr.verify_times import compared

PROVES: Final = """
What this proves: whoever holds the private key stated exactly this about the request; an audit
chain that passed is the one stated, up to the line it names; and of results that passed, the
outcome and the ref of each entry. Make sure by another way that the key is theirs.
What it does not prove: names, asset ids, reasons and evidence in the results. No signature covers
them; only the times of what was deleted are in the audit chain too, where `times` passed. Nor
that the statement is true. It is the app's own account of what it did, and covers what its plan
held: docs/limits.md says what a plan does not see."""
_SHOWN: Final = 20
_SUMS: Final = ("total", "unattributed")


class UnusableFile(Exception):
    """A file that was given is not there, or is none of what was asked for."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the answer; `passed` is None where nothing was checked."""

    name: str
    passed: bool | None
    told: str

    def __str__(self) -> str:
        mark = {True: "PASS", False: "FAIL", None: "    "}[self.passed]
        return f"{mark}  {self.name:<10} {self.told}"


class Failed(Exception):
    """A check failed after which no other means anything."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the arguments name, print a line a check, and give the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m dsr.verify",
        description="Check a certificate of the DSR processor, offline, with the public key alone.",
    )
    parser.add_argument("certificate", help="the certificate, a .jws file")
    parser.add_argument("--key", required=True, help="the public key: PEM, or a JWK set (GET keys)")
    parser.add_argument("--audit", help="the audit chain (GET audit)")
    parser.add_argument(
        "--results", nargs="+", default=[], help="every page of GET results, in their order"
    )
    given = parser.parse_args(arguments)
    try:
        keys = _keys(given.key)
        token = _read(given.certificate).decode("latin-1").strip()
        audit = _read(given.audit) if given.audit else None
        results = [entry for name in given.results for entry in _entries(name)]
    except UnusableFile as error:
        print(f"Nothing was checked: {error}", file=sys.stderr)
        return 2
    failed = 0
    for check in verify(token, keys, audit, results if given.results else None):
        print(check)
        failed += check.passed is False
    if failed:
        print(f"\nNOT VALID: {failed} of the checks failed. Rely on nothing that failed.")
        return 1
    print(f"\nVALID: every check passed.{PROVES}")
    return 0


def verify(
    token: str,
    keys: dict[str, Any],
    audit: bytes | None = None,
    results: list[dict[str, Any]] | None = None,
) -> Iterator[Check]:
    """Check a certificate with public keys by their `kid`, and the files that it speaks of."""
    try:
        for step in (_form, _key, _signature):
            check = step(token, keys)
            yield check
            if not check.passed:
                return
        claims = _decoded(token.split(".")[1])
    except Failed as failed:
        yield Check("form", False, str(failed))
        return
    wrong = misshapen(claims)
    if wrong:
        yield Check("claims", False, f"missing, unknown or of another form: {_safe(wrong)}")
        return
    yield Check("claims", True, _summary(claims))
    held = True
    if audit is None:
        yield Check("audit", None, "not checked: give the audit chain by --audit")
    else:
        yield from (checks := list(_audit(audit, claims)))
        held = all(check.passed is not False for check in checks)
    if results is None:
        yield Check("results", None, "not checked: give the pages of GET results by --results")
    else:
        yield (check := _results(results, claims))
        held = held and check.passed is True
    if held and claims["counts"]["deleted"]:
        yield _times(results, audit, claims)


def _keys(name: str) -> dict[str, Any]:
    try:
        return public_keys(_text(name))
    except ValueError as error:
        raise UnusableFile(f"{name} {error}") from None


def _form(token: str, _: dict[str, Any]) -> Check:
    """Look at the three parts and the header; nothing in it is believed yet."""
    header = _decoded(token.split(".", maxsplit=1)[0]) if token.count(".") == 2 else None
    if header is None:
        raise Failed("this is no compact JWS of three parts")
    for part in token.split("."):
        _decode(part)
    if set(header) != {"alg", "kid", "typ"} or not all(isinstance(v, str) for v in header.values()):
        raise Failed(f"the header has to hold alg, kid and typ only; it has {_safe(list(header))}")
    if header["typ"] != TYPE:
        raise Failed(f"the header's typ is {_safe(header['typ'])} and not {TYPE}")
    return Check("form", True, f"a signed statement of type {TYPE}")


def _key(token: str, keys: dict[str, Any]) -> Check:
    kid = _decoded(token.split(".", maxsplit=1)[0])["kid"]
    if kid in keys:
        return Check("key", True, f"the statement names the key that you gave ({kid})")
    other = f"it names {_safe(kid)}, you gave {', '.join(keys)}"
    return Check("key", False, f"this is not the key that the statement names: {other}")


def _signature(token: str, keys: dict[str, Any]) -> Check:
    """Check the signature by the algorithm of the key, whatever the header says."""
    header = _decoded(token.split(".", maxsplit=1)[0])
    key = keys[header["kid"]]
    algorithm, _ = described(key)
    if header["alg"] != algorithm:
        told = f"the header says {_safe(header['alg'])}; this key signs by {algorithm} only"
        return Check("signature", False, told)
    try:
        PyJWS().decode(token, key, algorithms=[algorithm])
    except PyJWTError:
        return Check("signature", False, "the statement was changed, or another key signed it")
    return Check("signature", True, f"valid ({algorithm}): no byte was changed since it was signed")


def _summary(claims: dict[str, Any]) -> str:
    counts = claims["counts"]
    by_outcome = [f"{n} {what}" for what, n in counts.items() if n and what not in _SUMS]
    late = claims["completed_at"] > claims["due_at"]
    return (
        f"certificate {claims['certificate']} of {claims['type']} request {claims['request_id']}:"
        f" {claims['status']} at {claims['completed_at']},"
        f" {'AFTER' if late else 'before'} it was due ({claims['due_at']});"
        f" {counts['total']} assets ({', '.join(by_outcome) or 'none'}),"
        f" {_approval(claims)}"
    )


def _approval(claims: dict[str, Any]) -> str:
    assurance = claims["approver_assurance"]
    several = claims.get("approvals")
    return f"{several} approvals, {assurance}" if several else f"approval {assurance}"


def _audit(audit: bytes, claims: dict[str, Any]) -> Iterator[Check]:
    head = Head(claims["audit"]["seq"], claims["audit"]["hash"])
    breaks = list(broken_at(audit, head))
    for found in breaks[:_SHOWN]:
        yield Check("audit", False, f"line {found.line} {found.why}")
    if len(breaks) > _SHOWN:
        yield Check("audit", False, f"and {len(breaks) - _SHOWN} more")
    if breaks:
        return
    lines = audit.count(b"\n")
    told = f"lines 1 to {head.seq + 1}: none was changed, left out, moved or added before the last"
    yield Check("audit", True, told)
    if lines > head.seq + 1:
        later = f"lines {head.seq + 2} to {lines} were added after the certificate: they hang on it"
        yield Check("audit", None, later + " in order, but it does not vouch for them")


def _results(results: list[dict[str, Any]], claims: dict[str, Any]) -> Check:
    digest = OutcomesDigest()
    try:
        digest.take(results)
        counted = Counter(entry["outcome"] for entry in results)
    except (LookupError, TypeError, ValueError):
        return Check("results", False, "an entry has no ref or no outcome")
    stated = claims["counts"]
    if len(results) != stated["total"]:
        told = f"there are {len(results)} entries, the certificate counts {stated['total']}"
        return Check("results", False, f"{told}: give every page, once")
    if digest.hexdigest() != claims["outcomes_sha256"]:
        return Check("results", False, "an outcome or an asset's ref is another, or the order is")
    if any(counted[what] != n for what, n in stated.items() if what not in _SUMS):
        return Check("results", False, "the outcomes do not add up to the certificate's counts")
    told = f"the {len(results)} outcomes, each with its ref, are the ones that were signed"
    return Check("results", True, f"{told}; names, asset ids and evidence are not covered")


def _times(
    results: list[dict[str, Any]] | None, audit: bytes | None, claims: dict[str, Any]
) -> Check:
    """Compare the evidence of what was deleted with an audit chain that holds."""
    if results is None or audit is None:
        return Check("times", None, "not checked: give --audit and --results, for what was deleted")
    return Check("times", *compared(results, audit, claims["audit"]["seq"]))


def _decode(part: str) -> bytes:
    """Read base64url strictly: what reads the same but is written otherwise is refused."""
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise Failed("a part is no base64url") from None
    if encoded(data) != part:
        raise Failed("a part is no base64url in its one canonical form")
    return data


def _decoded(part: str) -> dict[str, Any]:
    try:
        data = _decode(part)
        value = json.loads(data)
        canonical = rfc8785(value) if isinstance(value, dict) else b""
    except (ValueError, RecursionError):
        raise Failed("a part holds no JSON in canonical form") from None
    if canonical != data:
        raise Failed("a part holds no JSON object in canonical form")
    return dict(value)


def _entries(name: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(_text(name))
    except ValueError:
        raise UnusableFile(f"{name} is no JSON") from None
    pages = value if isinstance(value, list) else [value]
    entries = [e for page in pages for e in (page["items"] if _is_page(page) else [page])]
    if not all(isinstance(entry, dict) for entry in entries):
        raise UnusableFile(f"{name} is no page of GET results")
    return entries


def _is_page(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("items"), list)


def _text(name: str) -> str:
    try:
        return _read(name).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableFile(f"{name} is no text") from None


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise UnusableFile(f"{name}: {error.strerror}") from None


def _safe(value: object) -> str:
    """Give what a file says so that it can't talk to a terminal."""
    return ascii(value)[:200]


if __name__ == "__main__":
    sys.exit(main())
