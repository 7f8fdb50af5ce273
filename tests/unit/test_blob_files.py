"""Files of a workspace's own account: listed, read from anywhere, and their troubles told."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
)
from azure.storage.blob import UserDelegationKey

from dsr.errors import Absent, Refused, Unavailable, Unusable
from dsr.services import blob_files
from dsr.services.blob_files import BlobFile, BlobFiles

WHAT = "read file of model"


def failed(status: int, code: str = "SomeCode") -> HttpResponseError:
    error = HttpResponseError("https://st.blob.core.windows.net/?sig=SECRET")
    error.status_code = status
    error.error_code = code  # type: ignore[attr-defined]
    return error


class Account:
    """A client of one container of blobs."""

    def __init__(self, blobs: dict[str, bytes], fails: Exception | None = None) -> None:
        self.blobs = blobs
        self.fails = fails
        self.breaks = False
        self.asked: list[dict[str, Any]] = []

    def get_container_client(self, name: str) -> "Account":
        assert name == "azureml"
        return self

    def list_blobs(self, name_starts_with: str, include: list[str]) -> Any:
        if self.fails:
            raise self.fails
        for name, data in sorted(self.blobs.items()):
            folder = {"hdi_isfolder": "true"} if name.endswith("/folder") else None
            if name.startswith(name_starts_with):
                yield SimpleNamespace(name=name, size=len(data), metadata=folder)

    def get_blob_client(self, name: str) -> Any:
        return SimpleNamespace(download_blob=lambda **how: self.download(name, how))

    def download(self, name: str, how: dict[str, Any]) -> Any:
        self.asked.append(how)
        if self.fails:
            raise self.fails
        data = self.blobs[name][how.get("offset", 0) :]

        def chunks():
            for at in range(0, len(data), 4):
                yield data[at : at + 4]
                if self.breaks:
                    raise ServiceRequestError("SECRET")

        properties = SimpleNamespace(etag='"1"')
        return SimpleNamespace(size=len(data), properties=properties, chunks=chunks)


def files(account: Account) -> BlobFiles:
    return BlobFiles("https://st.blob.core.windows.net", lambda: account)


def test_blobs_are_listed_below_a_prefix_without_the_marks_of_folders():
    account = Account({"a/1": b"x", "a/2": b"", "a/folder": b"", "b": b"x"})
    assert list(files(account).list("azureml", "a/", "list files of model")) == [
        BlobFile("a/1", 1),
        BlobFile("a/2", 0),
    ]


def test_a_blob_is_read_piece_by_piece_and_on_from_where_it_broke_under_its_etag():
    account = Account({"a": b"0123456789"})
    source = files(account).source("azureml", "a", WHAT)
    stream = source.open()
    assert (stream.length, stream.etag) == (10, '"1"')
    assert [stream.read(3), stream.read(3), stream.read(100)] == [b"012", b"3", b"4567"]
    tail = source.open(8, stream.etag)
    assert tail.read(10) + tail.read(10) == b"89"
    assert account.asked == [
        {},
        {"offset": 8, "etag": '"1"', "match_condition": MatchConditions.IfNotModified},
    ]


def test_a_stream_that_breaks_is_no_end():
    account = Account({"a": b"0123456789"})
    account.breaks = True
    stream = files(account).source("azureml", "a", WHAT).open()
    assert stream.read(10) == b"0123"
    with pytest.raises(Unavailable, match=f"broke while reading {WHAT}"):
        stream.read(10)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (failed(401), Refused),
        (failed(403), Refused),
        (failed(404), Absent),
        (failed(412), Unavailable),
        (failed(429), Unavailable),
        (failed(503), Unavailable),
        (failed(400), Unusable),
        (failed(409), Unusable),
        (ServiceRequestError("SECRET"), Unavailable),
        (ClientAuthenticationError("SECRET"), Refused),
    ],
)
def test_troubles_are_told_by_status_and_code_without_an_address(error, told):
    made = files(Account({}, error))
    for call in (
        lambda: list(made.list("azureml", "a", WHAT)),
        lambda: made.source("azureml", "a", WHAT).open(),
    ):
        with pytest.raises(told) as caught:
            call()
        assert "SECRET" not in str(caught.value)
        if getattr(error, "status_code", None):
            assert str(caught.value) == f"{WHAT} was answered with {error.status_code} (SomeCode)"


class Signing:
    """A client that signs: by its key, or by one that it is given to sign with."""

    account_name = "st"

    def __init__(self, key: str | None = None, fails: Exception | None = None) -> None:
        self.credential = SimpleNamespace(account_key=key) if key else object()
        self.fails = fails
        self.keys = 0

    def get_container_client(self, name: str) -> "Signing":
        return self

    def list_blob_names(self, name_starts_with: str, results_per_page: int) -> Any:
        if self.fails:
            raise self.fails
        yield from (f"{name_starts_with}{n}" for n in range(results_per_page + 1))

    def get_user_delegation_key(self, start: datetime, until: datetime) -> UserDelegationKey:
        if self.fails:
            raise self.fails
        self.keys += 1
        made = UserDelegationKey()
        made.signed_oid = made.signed_tid = "11111111-2222-3333-4444-555555555555"
        made.signed_start, made.signed_expiry = (f"{t:%Y-%m-%dT%H:%M:%SZ}" for t in (start, until))
        made.signed_service, made.signed_version = "b", "2021-12-02"
        made.value = "a2V5"
        return made


def signed(client: Signing) -> BlobFiles:
    return BlobFiles("https://st.blob.core.windows.net", lambda: client)


@pytest.mark.parametrize("client", [Signing("a2V5"), Signing()])
def test_a_url_reads_one_container_for_an_hour_and_no_more(client: Signing):
    url = urlsplit(signed(client).url("azureml", "run 1/a#b", WHAT))
    assert (url.netloc, url.path) == ("st.blob.core.windows.net", "/azureml/run%201/a%23b")
    told = parse_qs(url.query)
    assert (told["sr"], told["sp"]) == (["c"], ["r"])
    left = datetime.fromisoformat(told["se"][0]) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


def test_one_signature_serves_a_container_and_one_key_each(monkeypatch):
    client = Signing()
    files = signed(client)
    urls = [files.url(c, "a", WHAT) for c in ("one", "one", "two")]
    assert urls[0] == urls[1]
    assert urls[0].partition("?")[2] != urls[2].partition("?")[2]
    assert client.keys == 2


def test_a_signature_that_ends_soon_is_made_anew(monkeypatch):
    client = Signing()
    files = signed(client)
    monkeypatch.setattr(blob_files, "_VALID", timedelta(seconds=1))
    files.url("one", "a", WHAT)
    monkeypatch.undo()
    files.url("one", "a", WHAT)
    assert client.keys == 2


def test_names_are_listed_whatever_their_number():
    assert len(list(signed(Signing()).names("azureml", "x/", WHAT))) == 1001


@pytest.mark.parametrize(
    ("status", "kind"), [(403, Refused), (404, Absent), (503, Unavailable), (400, Unusable)]
)
def test_what_signing_and_listing_names_are_answered_is_told_without_an_address(status, kind):
    files = signed(Signing(fails=failed(status)))
    for ask in (lambda: files.url("azureml", "a", WHAT), lambda: list(files.names("c", "", WHAT))):
        with pytest.raises(kind, match=f"{WHAT} was answered with {status}") as caught:
            ask()
        assert "SECRET" not in str(caught.value)
