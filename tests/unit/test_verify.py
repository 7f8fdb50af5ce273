"""`python -m dsr.verify`: what holds passes, and nothing else does."""

import base64
import functools
import hmac
import json
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr import verify as verify_module
from dsr.errors import Unusable
from dsr.model.canonical import rfc8785
from dsr.model.certificate import _COUNTS, VERSION, misshapen, stated
from dsr.model.outcome import Outcome
from dsr.services.signing import KeySigner, encoded, public_keys
from dsr.usecases import certifying, steering
from dsr.verify import PROVES, Check, main, verify
from dsr.verify_times import TIMES
from tests.fakes.rig import REQUEST_ID
from tests.fakes.sample import SUBJECT, rig
from tests.fakes.signing_keys import ALGORITHMS, key, public_pem
from tests.unit.deletes_rig import GROUPS, Thing, rig_of

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Case:
    """A certificate with all that belongs to it."""

    token: str
    keys: dict[str, Any]
    audit: bytes | None
    results: list[dict[str, Any]] | None

    def checks(self) -> list[Check]:
        return list(verify(self.token, self.keys, self.audit, self.results))

    def failing(self) -> list[str]:
        return [c.name for c in self.checks() if c.passed is False]


@functools.cache
def case(kind: str = "ed25519") -> Case:
    made = rig(3, 1)
    signer = KeySigner(key(kind))
    made.with_ports(signer=signer)
    made.submit(subject=SUBJECT)
    made.pump()
    return Case(
        certifying.certificate(made.ports, REQUEST_ID),
        public_keys(public_pem(key(kind))),
        certifying.audit(made.ports, REQUEST_ID),
        made.results(),
    )


@functools.cache
def erased(select: str = "subject") -> Case:
    """A delete at which something failed and was run again, so that no two times are alike."""
    things = [Thing("report", f"r{n}") for n in range(5)] + [Thing("job", "j"), Thing("model", "m")]
    things += [Thing("group", "g"), Thing("job", "in", within="g")]
    made, depot = rig_of(*things, kinds=GROUPS, slow={"r1": 3, "j": 9})
    made.with_ports(signer=KeySigner(key("ed25519")))
    depot.troubles = {"delete r2": [Unusable("delete was answered with 409")]}
    made.deleted(
        **({} if select == "subject" else {"scope": {"select": select, "workspaces": ["lab"]}})
    )
    if made.outcomes()["report:r2"] == "failed":
        made.wait(5)
        steering.retry(made.ports, REQUEST_ID)
        made.run()
    return Case(
        certifying.certificate(made.ports, REQUEST_ID),
        public_keys(public_pem(key("ed25519"))),
        certifying.audit(made.ports, REQUEST_ID),
        made.results(),
    )


def resigned(**changes: Any) -> Case:
    """The same certificate over other claims, well signed; None takes one out."""
    claims = {**stated(case().token), **changes}
    signed = KeySigner(key("ed25519")).sign({k: v for k, v in claims.items() if v != "gone"})
    return replace(case(), token=signed)


def with_header(**changes: Any) -> str:
    """The certificate with another header, its signature as it was."""
    head, payload, signature = case().token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "==")) | changes
    return f"{encoded(rfc8785(header))}.{payload}.{signature}"


@pytest.mark.parametrize("kind", ALGORITHMS)
def test_what_the_app_made_passes(kind: str):
    checks = case(kind).checks()
    assert [(c.name, c.passed) for c in checks] == [
        ("form", True),
        ("key", True),
        ("signature", True),
        ("claims", True),
        ("audit", True),
        ("results", True),
    ]
    assert ALGORITHMS[kind] in checks[2].told


# The certificate


@given(st.data())
@pytest.mark.parametrize("kind", ALGORITHMS)
def test_any_changed_byte_fails(kind: str, data: st.DataObject):
    given_case = case(kind)
    place = data.draw(st.integers(0, len(given_case.token) - 1))
    other = data.draw(
        st.characters(max_codepoint=255).filter(lambda c: c != given_case.token[place])
    )
    token = given_case.token[:place] + other + given_case.token[place + 1 :]
    assert replace(given_case, token=token).failing() in (["form"], ["key"], ["signature"])


def test_every_last_character_of_a_part_counts_though_base64_leaves_bits_unused():
    token = case().token
    for place in [n - 1 for n, c in enumerate(token + ".") if c == "."]:
        for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=":
            if other != token[place]:
                changed = token[:place] + other + token[place + 1 :]
                assert replace(case(), token=changed).failing(), (place, other)


@pytest.mark.parametrize("other", [k for k in ALGORITHMS if k != "ed25519"])
def test_another_key_fails_by_name_and_one_of_the_same_name_by_the_signature(other: str):
    assert replace(case(), keys=case(other).keys).failing() == ["key"]
    (kid,) = case().keys
    (stranger,) = case(other).keys.values()
    assert replace(case(), keys={kid: stranger}).failing() == ["signature"]


def test_another_key_of_the_same_type_fails():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    (kid,) = case().keys
    stranger = Ed25519PrivateKey.generate().public_key()
    assert replace(case(), keys={kid: stranger}).failing() == ["signature"]


@pytest.mark.parametrize("kind", ALGORITHMS)
@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", "HS256", "HS512", "ES384", "PS256"])
def test_no_algorithm_but_the_keys_is_taken(kind: str, alg: str):
    head, payload, signature = case(kind).token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "==")) | {"alg": alg}
    for end in (signature, ""):
        token = f"{encoded(rfc8785(header))}.{payload}.{end}"
        assert replace(case(kind), token=token).failing() == ["signature"]


@pytest.mark.parametrize("kind", ALGORITHMS)
def test_a_public_key_is_no_shared_secret(kind: str):
    """The classic confusion: HMAC under what everybody knows."""
    head, payload, _ = case(kind).token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "==")) | {"alg": "HS256"}
    signed = f"{encoded(rfc8785(header))}.{payload}"
    for secret in (
        public_pem(key(kind)).encode(),
        json.dumps(KeySigner(key(kind)).jwks()).encode(),
    ):
        mac = encoded(hmac.new(secret, signed.encode(), sha256).digest())
        assert replace(case(kind), token=f"{signed}.{mac}").failing() == ["signature"]


@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "JWT"},
        {"typ": "dsr-receipt+jwt"},
        {"crit": ["b64"], "b64": False},
        {"jku": "https://example.org/keys"},
        {"jwk": {}},
        {"kid": 7},
    ],
    ids=str,
)
def test_a_header_of_another_form_is_refused_before_anything_is_believed(changes: dict[str, Any]):
    assert replace(case(), token=with_header(**changes)).failing() == ["form"]


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "{}", "\x00.\x00.\x00"]
)
def test_what_is_no_jws_is_said(token: str):
    assert replace(case(), token=token).failing() == ["form"]


CLAIMS = sorted(stated(case().token))


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_has_to_be_there_and_of_its_form(name: str):
    assert misshapen({k: v for k, v in stated(case().token).items() if k != name}) == [name]
    assert resigned(**{name: "gone"}).failing() == ["claims"]
    for wrong in ("", -1, True, {"a": 1}, [7], [{"what": 1}]):
        assert misshapen(stated(case().token) | {name: wrong}) == [name]


def test_a_claim_that_nobody_knows_is_named():
    assert resigned(surprise=1).failing() == ["claims"]


def test_what_is_recoverable_is_stated_by_kind_time_and_count():
    soft = [{"what": "blob versions", "until": "2026-12-24T09:00:00.000Z", "count": 3}]
    assert resigned(recoverable=soft).failing() == []
    assert resigned(recoverable=[{"what": "x", "until": None, "count": 1}]).failing() == []


def test_the_counts_of_a_certificate_are_those_of_a_status_document():
    assert {"total", "unattributed"} | {o.value for o in Outcome} == _COUNTS


def test_the_version_is_the_projects():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION == stated(case().token)["version"]


def test_a_late_end_is_said():
    late = resigned(completed_at="2027-06-01T00:00:00.000Z").checks()
    assert "AFTER it was due" in next(c.told for c in late if c.name == "claims")
    assert "before it was due" in next(c.told for c in case().checks() if c.name == "claims")


# The chain and the results


@given(st.data())
def test_any_changed_dropped_repeated_or_moved_line_fails(data: st.DataObject):
    lines = case().audit.splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    to = data.draw(st.integers(0, len(lines) - 1).filter(lambda n: n != at))
    byte = data.draw(st.integers(0, len(lines[at]) - 1))
    flipped = bytes([lines[at][byte] ^ 1])
    moved = lines[:at] + lines[at + 1 :]
    moved.insert(to, lines[at])
    for touched in (
        [*lines[:at], lines[at][:byte] + flipped + lines[at][byte + 1 :], *lines[at + 1 :]],
        lines[:at] + lines[at + 1 :],
        [*lines[:at], lines[at], *lines[at:]],
        lines[:at],
    ):
        assert "audit" in replace(case(), audit=b"".join(touched)).failing()
    assert "audit" in replace(case(), audit=b"".join(moved)).failing()


def test_a_line_that_was_touched_is_named_by_its_number():
    lines = case().audit.splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"exported"', b'"deleted"')
    told = [c.told for c in replace(case(), audit=b"".join(lines)).checks() if c.name == "audit"]
    assert told[0].startswith("line 3 does not have the hash that it states")


def test_a_chain_that_is_broken_all_over_is_told_shortly():
    audit = b"x\n" * 500
    told = [c for c in replace(case(), audit=audit).checks() if c.name == "audit"]
    assert len(told) == 21
    assert "more" in told[-1].told


def test_a_file_without_lines_is_no_chain():
    assert replace(case(), audit=b"").failing() == ["audit"]


def test_results_have_to_be_the_same_in_number_order_and_outcome():
    results = case().results
    assert replace(case(), results=results[:-1]).failing() == ["results"]
    assert replace(case(), results=[]).failing() == ["results"]
    assert replace(case(), results=results[::-1]).failing() == ["results"]
    other = [{**results[0], "outcome": "failed"}, *results[1:]]
    assert replace(case(), results=other).failing() == ["results"]
    other = [{**results[0], "ref": "0" * 64}, *results[1:]]
    assert replace(case(), results=other).failing() == ["results"]
    other = [{"asset": "x"}, *results[1:]]
    assert replace(case(), results=other).failing() == ["results"]
    counts = stated(case().token)["counts"] | {"exported": 0, "failed": len(results)}
    assert resigned(counts=counts).failing() == ["results"]


def times(found: Case) -> Check:
    return next(c for c in found.checks() if c.name == "times")


@pytest.mark.parametrize("select", ["subject", "workspace"])
def test_the_times_of_what_was_deleted_are_those_of_the_chain(select: str):
    found = erased(select)
    assert found.failing() == []
    deleted = stated(found.token)["counts"]["deleted"]
    assert deleted > 7
    assert f"each of the {deleted} deleted" in times(found).told
    assert len({r["evidence"].get("verified_at") for r in found.results}) > 2


@pytest.mark.parametrize("name", TIMES)
def test_a_time_that_was_changed_dropped_or_anothers_fails_and_is_named(name: str):
    found = erased()
    numbers = [n for n, r in enumerate(found.results) if name in r["evidence"]]
    assert len(numbers) > 4
    for number in numbers:
        entry = found.results[number]
        for evidence in (
            {**entry["evidence"], name: "2026-01-01T00:00:00.000Z"},
            {k: v for k, v in entry["evidence"].items() if k != name},
            None,
        ):
            results = [*found.results]
            results[number] = {**entry, "evidence": evidence}
            changed = replace(found, results=results)
            assert changed.failing() == ["times"]
            assert times(changed).told.startswith("1 of ")
            assert times(changed).told.endswith(f"order: {number + 1}")


def test_times_are_compared_where_both_files_are_there_and_hold():
    for lacking in (replace(erased(), audit=None), replace(erased(), results=None)):
        assert times(lacking).passed is None
        assert "give --audit and --results" in times(lacking).told
    for broken in (replace(erased(), audit=b"x\n"), replace(erased(), results=[])):
        assert "times" not in [c.name for c in broken.checks()]
    assert "times" not in [c.name for c in case().checks()]  # nothing was deleted


def test_what_no_signature_covers_is_said_where_it_was_changed(tmp_path: Path, capsys):
    """Names, asset ids and the rest of the evidence are the app's word: no check can tell."""
    changed = [
        {
            **r,
            "name": "x",
            "asset": "lab/report:y",
            "evidence": r["evidence"] | {"seen": "z"},
        }
        for r in erased().results
    ]
    found = replace(erased(), results=changed)
    assert found.failing() == []
    told = next(c.told for c in found.checks() if c.name == "results")
    assert told.endswith("; names, asset ids and evidence are not covered")
    said = " ".join(PROVES.split())
    assert "does not prove: names, asset ids, reasons and evidence in the results" in said
    page = (ROOT / "docs" / "auditor.md").read_text("utf-8").partition("It does not prove:")[2]
    assert "**names, asset ids, reasons and evidence in the results.**" in page


# The command


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The files as an auditor has them."""
    made = {name: tmp_path / name for name in ("c.jws", "k.json", "k.pem", "a.ndjson", "r.json")}
    made["c.jws"].write_text(case().token)
    made["k.json"].write_text(json.dumps(KeySigner(key("ed25519")).jwks()))
    made["k.pem"].write_text(public_pem(key("ed25519")))
    made["a.ndjson"].write_bytes(case().audit)
    made["r.json"].write_text(json.dumps({"items": case().results, "page": 1}))
    return made


def command(files: dict[str, Path], *arguments: str) -> int:
    return main([str(files.get(a, a)) for a in arguments])


@pytest.mark.parametrize("given_key", ["k.json", "k.pem"])
def test_the_command_passes_with_a_line_a_check(files, capsys, given_key: str):
    code = command(files, "c.jws", "--key", given_key, "--audit", "a.ndjson", "--results", "r.json")
    shown = capsys.readouterr().out
    assert code == 0
    assert [line[:4] for line in shown.splitlines()[:6]] == ["PASS"] * 6
    assert "VALID: every check passed" in shown
    assert "What it does not prove" in shown


def test_what_was_not_given_is_said_to_be_unchecked(files, capsys):
    assert command(files, "c.jws", "--key", "k.pem") == 0
    assert capsys.readouterr().out.count("not checked") == 2


def test_pages_of_results_may_be_several_files_or_one_list(files, tmp_path):
    half = len(case().results) // 2
    pages = [{"items": case().results[:half]}, {"items": case().results[half:]}]
    for number, page in enumerate(pages):
        files[f"{number}"] = tmp_path / f"{number}.json"
        files[f"{number}"].write_text(json.dumps(page))
    files["all"] = tmp_path / "all.json"
    files["all"].write_text(json.dumps(pages))
    base = ("c.jws", "--key", "k.pem", "--results")
    assert command(files, *base, "0", "1") == 0
    assert command(files, *base, "1", "0") == 1
    assert command(files, *base, "0") == 1
    assert command(files, *base, "all") == 0


def test_a_failed_check_is_exit_code_1(files, capsys):
    files["c.jws"].write_text(case().token[:-8] + "AAAAAAAA")
    assert command(files, "c.jws", "--key", "k.pem") == 1
    shown = capsys.readouterr().out
    assert "FAIL  signature" in shown
    assert "NOT VALID" in shown


@pytest.mark.parametrize("which", ["c.jws", "k.pem", "a.ndjson", "r.json"])
def test_a_file_that_is_not_there_is_exit_code_2(files, capsys, which: str):
    files[which].unlink()
    code = command(files, "c.jws", "--key", "k.pem", "--audit", "a.ndjson", "--results", "r.json")
    assert code == 2
    assert "Nothing was checked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("which", "text"),
    [("k.pem", "PRIVATE KEY"), ("k.pem", "x"), ("r.json", "{"), ("r.json", "[7]")],
)
def test_a_file_of_no_use_is_exit_code_2(files, which: str, text: str):
    files[which].write_text(text)
    assert command(files, "c.jws", "--key", "k.pem", "--results", "r.json") == 2


def test_bytes_that_are_no_text_are_no_crash(files):
    files["c.jws"].write_bytes(bytes(range(256)))
    assert command(files, "c.jws", "--key", "k.pem") == 1
    files["k.pem"].write_bytes(b"\xff\xfe")
    assert command(files, "c.jws", "--key", "k.pem") == 2


def test_no_certificate_can_talk_to_a_terminal(files, capsys):
    files["c.jws"].write_text(with_header(typ="\x1b[2J"))
    assert command(files, "c.jws", "--key", "k.pem") == 1
    files["c.jws"].write_text(with_header(kid="\x1b[2J"))
    assert command(files, "c.jws", "--key", "k.pem") == 1
    assert "\x1b" not in capsys.readouterr().out


def test_no_arguments_is_a_usage_error():
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2


def test_the_page_for_auditors_explains_every_claim_and_every_check():
    text = (ROOT / "docs" / "auditor.md").read_text("utf-8")
    for name in (*CLAIMS, *(c.name for c in erased().checks())):
        assert f"`{name}`" in text, name
    assert verify_module.__doc__ is not None
