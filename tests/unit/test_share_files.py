"""Azure Files as the app speaks it: the XML of lists, headers, versions of files, names."""

import pytest

from dsr.errors import Absent, Clashing, Refused, Unavailable, Unusable
from dsr.services.share_files import ShareFiles, is_name
from dsr.services.share_listing import Entry, parse
from tests.fakes.azureml_folders import ENDPOINT, files_on
from tests.fakes.wire import Answer, Scripted, answer

PAGE = """<?xml version="1.0" encoding="utf-8"?>
<EnumerationResults ServiceEndpoint="https://st.file.core.windows.net/" ShareName="s"
 DirectoryPath="Users"><Marker/><Prefix/><MaxResults>2</MaxResults><DirectoryId>7</DirectoryId>
<Entries><File><FileId>9</FileId><Name>a &amp; b.txt</Name><Properties>
<Content-Length>12</Content-Length><CreationTime>2026-05-04T09:00:00.0Z</CreationTime>
<Etag>"0x8D"</Etag></Properties></File>
<Directory><FileId>11</FileId><Name Encoded="true">a%EF%BF%BEb</Name><Properties/></Directory>
</Entries><NextMarker>more==</NextMarker></EnumerationResults>"""
EMPTY = b"<EnumerationResults><Entries/><NextMarker/></EnumerationResults>"


def shares(*answers: Answer) -> tuple[ShareFiles, Scripted]:
    wire = Scripted(list(answers))
    return files_on(wire), wire


def test_a_list_is_read_with_names_that_xml_can_not_hold():
    entries, marker = parse(b"\xef\xbb\xbf" + PAGE.encode())
    created = "2026-05-04T09:00:00.0Z"
    assert entries == [
        Entry("a & b.txt", False, 12, "9", created),
        Entry("a\ufffeb", True, None, "11", ""),
    ]
    assert marker == "more=="


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<EnumerationResults><Entries>",
        b"<Error><Code>x</Code></Error>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><EnumerationResults>&b;</EnumerationResults>',
        b"<EnumerationResults>" + b"<a>" * 20 + b"</a>" * 20 + b"</EnumerationResults>",
    ],
)
def test_anything_but_a_list_is_refused(body: bytes):
    with pytest.raises(ValueError):
        parse(body)
    files, wire = shares(answer(200, body))
    with pytest.raises(Unavailable, match="list files answered with malformed XML"):
        files.page(("s",), None, "list files")
    assert len(wire.calls) == 1


def test_a_call_says_what_the_service_needs_of_a_token():
    files, wire = shares(answer(200, EMPTY))
    files.page(("share", "Users", "a b#."), "m&m", "list files")
    (call,) = wire.calls
    assert call.url == (
        f"{ENDPOINT}/share/Users/a%20b%23.?restype=directory&comp=list&maxresults=1000&marker=m%26m"
    )
    assert call.headers["Authorization"].startswith("Bearer ")
    assert call.headers["x-ms-version"] == "2022-11-02"
    assert call.headers["x-ms-file-request-intent"] == "backup"
    assert call.headers["x-ms-allow-trailing-dot"] == "true"
    assert call.headers["x-ms-date"].endswith(" GMT")


def test_pages_are_followed_by_their_markers_to_an_empty_one():
    files, wire = shares(answer(200, PAGE.encode()), answer(200, EMPTY))
    assert [e.name for e in files.entries(("s",), "list files")] == ["a & b.txt", "a\ufffeb"]
    assert len(wire.calls) == 2


def test_a_marker_that_leads_to_itself_ends_the_list():
    files, wire = shares(answer(200, PAGE.encode()))
    assert len(list(files.entries(("s",), "list files"))) == 4
    assert len(wire.calls) == 2


def test_a_list_of_what_is_gone_is_empty():
    files, _ = shares(answer(404))
    assert list(files.entries(("s",), "list files")) == []


def test_a_list_that_does_not_end_is_not_read_to_its_end():
    body = b"<EnumerationResults>" + b" " * (17 << 20)
    files, _ = shares(answer(200, body))
    with pytest.raises(Unusable, match="more than 16 MiB of XML"):
        files.page(("s",), None, "list files")


def test_bytes_are_read_on_by_range_of_the_version_they_began_with():
    headers = {"ETag": '"one"'}
    files, wire = shares(answer(200, b"abc", headers), answer(206, b"c", headers))
    source = files.source(("s", "f"), "read file")
    stream = source.open()
    assert (stream.length, stream.etag, stream.read(9)) == (3, '"one"', b"abc")
    assert source.open(2, '"one"').read(9) == b"c"
    assert "Range" not in wire.calls[0].headers
    assert wire.calls[1].headers["Range"] == "bytes=2-"


def test_another_version_is_not_read_on():
    files, _ = shares(answer(206, b"c", {"ETag": '"two"'}))
    with pytest.raises(Unavailable, match="another version"):
        files.source(("s", "f"), "read file").open(2, '"one"')


def test_the_whole_of_a_file_is_no_rest_of_it():
    files, _ = shares(answer(200, b"abc", {"ETag": '"one"'}))
    with pytest.raises(Unavailable, match="can't be read on"):
        files.source(("s", "f"), "read file").open(2, '"one"')


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a:b", "a?b", "a*b", "a\x00b", "a\nb", "x" * 256]
)
def test_names_that_lead_elsewhere_are_refused_uncalled(name: str):
    assert not is_name(name)
    files, wire = shares(answer(200, EMPTY))
    for call in (
        lambda: files.page(("s", name), None, "list files"),
        lambda: files.is_folder(("s", name), "read folder"),
        lambda: files.source(("s", name), "read file"),
        lambda: files.delete_file(("s", name, "f"), "delete file"),
        lambda: files.delete_folder(("s", name), "delete folder"),
    ):
        with pytest.raises(Unusable, match="not one of this workspace's own"):
            call()
    assert wire.calls == []


@pytest.mark.parametrize("name", ["a.", "...", "..a", "Ünïcode 1%2e%2e", ".git", "x" * 255])
def test_names_that_only_look_odd_are_taken_as_they_are(name: str):
    assert is_name(name)


@pytest.mark.parametrize(
    ("status", "error"), [(404, Absent), (409, Clashing), (403, Refused), (503, Unavailable)]
)
def test_a_delete_is_one_call_and_tells_the_service_s_code(status: int, error: type[Exception]):
    files, wire = shares(answer(status, b"<Error/>", {"x-ms-error-code": "SomeCode"}))
    with pytest.raises(error, match=rf"delete file was answered with {status} \(SomeCode\)"):
        files.delete_file(("s", "f"), "delete file")
    assert [c.method for c in wire.calls] == ["DELETE"]
