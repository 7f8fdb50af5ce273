"""Keyed names for things that may not be named."""

from hypothesis import given
from hypothesis import strategies as st

from dsr.model.fingerprints import Fingerprints, new_nonce

ONE, OTHER = Fingerprints(b"a" * 32), Fingerprints(b"b" * 32)


@given(st.text(), st.text())
def test_refs_are_equal_for_equal_assets_only_and_never_show_them(asset: str, another: str):
    assert (ONE.ref(asset) == ONE.ref(another)) == (asset == another)
    assert len(ONE.ref(asset)) == 64
    assert set(ONE.ref(asset)) <= set("0123456789abcdef")


@given(st.text())
def test_without_the_key_a_ref_is_another(asset: str):
    assert ONE.ref(asset) != OTHER.ref(asset)


@given(st.text().map(lambda t: t.encode()))
def test_a_body_and_an_asset_of_the_same_bytes_have_different_fingerprints(data: bytes):
    assert ONE.body(data) != ONE.ref(data.decode())


@given(st.uuids().map(str), st.text())
def test_person_numbers_have_six_digits_and_are_stable(request_id: str, label: str):
    number = ONE.person_number(request_id, label)
    assert 100_000 <= number <= 999_999
    assert Fingerprints(b"a" * 32).person_number(request_id, label) == number


def test_a_person_has_another_number_in_another_request():
    numbers = {ONE.person_number(f"request {n}", "mira@example.org") for n in range(20)}
    assert len(numbers) > 15


def test_a_lone_surrogate_in_a_name_does_not_break_a_ref():
    assert ONE.ref("lab/job:\ud800") != ONE.ref("lab/job:\ud801")


def test_nonces_are_128_bits_and_do_not_repeat():
    nonces = {new_nonce() for _ in range(100)}
    assert len(nonces) == 100
    assert all(len(bytes.fromhex(nonce)) == 16 for nonce in nonces)


def test_a_principal_has_a_fingerprint_of_its_own_kind():
    assert ONE.principal("t/o") == ONE.principal("t/o") != OTHER.principal("t/o")
    assert ONE.principal("t/o") not in (ONE.ref("t/o"), ONE.body(b"t/o"), ONE.principal("t/p"))
