"""The sandbox Studio's links: what opens a blob and what does not."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from sandbox.studio.sas import DEFAULT_SECONDS, Signer
from sandbox.studio.template import Template, blob_credential, shared_credential

_PATH = "/churnlabstore/uploadedresources/a.csv"
_NOW = 1_526_976_000.0
_KEY = b"k" * 32


def _query(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query))


def test_a_link_has_the_captured_form_and_lifetime() -> None:
    link = Signer(key=_KEY).sas(_PATH, _NOW)
    assert link.startswith("?sv=2015-02-21&sr=b&sig=")
    assert link.endswith("&st=2018-05-22T08%3A00%3A00Z&se=2018-05-23T08%3A05%3A00Z&sp=r")
    assert list(_query(link)) == ["sv", "sr", "sig", "st", "se", "sp"]
    assert DEFAULT_SECONDS == 86_700


@pytest.mark.parametrize(
    ("after", "opens"), [(0, True), (9, True), (10, False), (11, False), (-1, False)]
)
def test_a_link_opens_from_its_start_until_its_end(after: float, opens: bool) -> None:
    signer = Signer(10, _KEY)
    refusal = signer.refusal(_PATH, _query(signer.sas(_PATH, _NOW)), _NOW + after)
    assert (refusal is None) is opens


def test_a_link_lives_at_least_as_long_as_set() -> None:
    signer = Signer(1, _KEY)
    link = _query(signer.sas(_PATH, _NOW + 0.9))
    assert signer.refusal(_PATH, link, _NOW + 1.89) is None
    assert signer.refusal(_PATH, link, _NOW + 2.0) is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("se", "2028-05-23T08:05:00Z"),
        ("st", "2008-05-22T08:00:00Z"),
        ("sig", "AAAA"),
        ("sp", "rw"),
        ("sr", "c"),
        ("sv", "2030-01-01"),
    ],
)
def test_a_changed_link_does_not_open(field: str, value: str) -> None:
    signer = Signer(key=_KEY)
    link = _query(signer.sas(_PATH, _NOW))
    assert signer.refusal(_PATH, link, _NOW) is None
    assert signer.refusal(_PATH, link | {field: value}, _NOW) is not None
    assert signer.refusal(_PATH, {k: v for k, v in link.items() if k != field}, _NOW) is not None


def test_a_link_opens_one_blob_of_one_server() -> None:
    link = _query(Signer(key=_KEY).sas(_PATH, _NOW))
    assert Signer(key=_KEY).refusal(_PATH + "x", link, _NOW) == "Signature did not match."
    assert Signer().refusal(_PATH, link, _NOW) == "Signature did not match."


def test_a_shared_link_holds_a_signed_blob_link() -> None:
    signer = Signer(key=_KEY)
    link = _query(signer.shared("0f3c", "http://127.0.0.1:1", _PATH, _NOW))
    assert list(link) == ["workspaceId", "signature", "sharedAccessUri"]
    assert signer.shared_path(link) == _PATH
    assert signer.refusal(_PATH, _query(link["sharedAccessUri"]), _NOW) is None
    for field in link:
        assert signer.shared_path(link | {field: "other"}) is None
    assert signer.shared_path({}) is None


def test_a_template_signs_each_hole_and_leaves_the_rest() -> None:
    signer = Signer(key=_KEY)
    payload = {
        "Name": '\u00e9 \x00 \u2028 " \\',
        "A": blob_credential(_PATH),
        "B": shared_credential("0f3c", _PATH),
        "C": [None, 1, True],
    }
    filled = Template.of(payload).fill(signer, "http://127.0.0.1:1", _NOW)
    expected = payload | {
        "A": signer.sas(_PATH, _NOW),
        "B": signer.shared("0f3c", "http://127.0.0.1:1", _PATH, _NOW),
    }
    assert json.loads(filled) == expected
