"""Files of a workspace's own account: listed, read from anywhere, and their troubles told."""

from types import SimpleNamespace
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
)

from dsr.errors import Absent, Refused, Unavailable, Unusable
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


class Named:
    """A client that lists names."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.fails = fails

    def get_container_client(self, name: str) -> "Named":
        return self

    def list_blob_names(self, name_starts_with: str, results_per_page: int) -> Any:
        if self.fails:
            raise self.fails
        yield from (f"{name_starts_with}{n}" for n in range(results_per_page + 1))


def named(client: Named) -> BlobFiles:
    def sign(container: str) -> str:
        if client.fails:
            raise client.fails
        return f"sig={container}"

    return BlobFiles("https://st.blob.core.windows.net", lambda: client, sign)


def test_names_are_listed_whatever_their_number():
    assert len(list(named(Named()).names("azureml", "x/", WHAT))) == 1001


def test_a_url_is_signed_for_its_container():
    url = named(Named()).url("azureml", "run 1/a#b?c", WHAT)
    assert url == "https://st.blob.core.windows.net/azureml/run%201/a%23b%3Fc?sig=azureml"


@pytest.mark.parametrize(
    ("status", "kind"), [(403, Refused), (404, Absent), (503, Unavailable), (400, Unusable)]
)
def test_what_signing_and_listing_names_are_answered_is_told_without_an_address(status, kind):
    files = named(Named(failed(status)))
    for ask in (lambda: files.url("azureml", "a", WHAT), lambda: list(files.names("c", "", WHAT))):
        with pytest.raises(kind, match=f"{WHAT} was answered with {status}") as caught:
            ask()
        assert "SECRET" not in str(caught.value)
