"""The sandbox of Azure Files over real HTTP: routes, headers, pages, ranges, errors, deletes."""

from collections.abc import Iterator
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import requests

from sandbox.files import SandboxFiles
from sandbox.studio.content import SyntheticContent, text

ACCOUNT, SHARE = "stforecast01", "code-share"
ODD = "Users/t-user/Umsätze & Prognose #1.csv"
BIG = SyntheticContent(700_000, "big")
HEADERS = {
    "Authorization": "Bearer any",
    "x-ms-date": "Mon, 04 May 2026 09:00:00 GMT",
    "x-ms-version": "2022-11-02",
    "x-ms-file-request-intent": "backup",
    "x-ms-allow-trailing-dot": "true",
}


class Client:
    """Calls below one share."""

    def __init__(self, server: SandboxFiles) -> None:
        self.server = server
        self.session = requests.Session()

    def __call__(
        self, method: str, path: str, query: str = "", **headers: str | None
    ) -> requests.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {n: v for n, v in (HEADERS | given).items() if v is not None}
        url = f"{self.server.endpoint(ACCOUNT)}/{SHARE}/{quote(path)}?{query}"
        return self.session.request(method, url, headers=sent, timeout=10)

    def names(self, path: str, query: str = "") -> tuple[list[str], str]:
        answer = self("GET", path, f"restype=directory&comp=list{query}")
        assert answer.status_code == 200, answer.text
        root = ElementTree.fromstring(answer.content)
        found = [f"{e.tag}:{e.findtext('Name')}" for e in root.findall("Entries/*")]
        return found, root.findtext("NextMarker") or ""


@pytest.fixture(scope="module")
def shared() -> Iterator[SandboxFiles]:
    with SandboxFiles() as server:
        for path, content in {
            "Users/t-user/a.txt": text("one"),
            "Users/t-user/a.txt.": text("with a dot"),
            ODD: text("two"),
            "Users/t-user/deep/big.bin": BIG,
            "Users/t-user/void": None,
            "Users/mira/b.txt": text("hers"),
        }.items():
            server.hold(ACCOUNT, SHARE, path, content)
        yield server


@pytest.fixture
def call(shared: SandboxFiles) -> Iterator[Client]:
    made = Client(shared)
    yield made
    made.session.close()
    shared.restore()
    shared.faults.clear()
    shared.journal.clear()
    shared.page_size = 5000


def told(answer: requests.Response) -> tuple[int, str]:
    """Give the status and the code, which header and body say alike."""
    code = answer.headers["x-ms-error-code"]
    if answer.content:
        assert ElementTree.fromstring(answer.content).findtext("Code") == code
    return answer.status_code, code


def test_a_list_shows_one_level(call: Client) -> None:
    names, marker = call.names("Users/t-user")
    assert names == [
        "File:a.txt",
        "File:a.txt.",
        "Directory:deep",
        f"File:{ODD.rpartition('/')[2]}",
        "Directory:void",
    ]
    assert marker == ""
    assert call.names("Users/t-user/void") == ([], "")


def test_pages_are_whole_and_follow_one_another(call: Client) -> None:
    whole, _ = call.names("Users/t-user")
    found: list[str] = []
    marker = ""
    for _ in whole:
        page, marker = call.names("Users/t-user", f"&maxresults=1&marker={marker}")
        found += page
    assert (found, marker) == (whole, "")
    assert call.names("Users/t-user", "&prefix=A.") == (whole[:2], "")


def test_a_list_says_more_where_it_is_asked_to(call: Client) -> None:
    query = "restype=directory&comp=list&include=Timestamps"
    plain = ElementTree.fromstring(call("GET", "Users/t-user", query[:-19]).content)
    assert plain.find("Entries/File/FileId") is None
    full = call("GET", "Users/t-user", query, x_ms_file_extended_info="true")
    entry = ElementTree.fromstring(full.content).find("Entries/File")
    assert entry is not None
    assert entry.findtext("FileId")
    assert entry.findtext("Properties/CreationTime")
    assert entry.findtext("Properties/Content-Length") == "3"


def test_bytes_come_whole_or_from_a_position_on(call: Client) -> None:
    path = "Users/t-user/deep/big.bin"
    whole = call("GET", path)
    assert (whole.status_code, whole.content) == (200, BIG.open_bytes())
    rest = call("GET", path, Range="bytes=600000-")
    assert (rest.status_code, rest.content) == (206, BIG.open_bytes()[600_000:])
    assert rest.headers["Content-Range"] == "bytes 600000-699999/700000"
    assert rest.headers["ETag"] == whole.headers["ETag"]
    assert told(call("GET", path, Range="bytes=700000-")) == (416, "InvalidRange")
    call.server.share(ACCOUNT, SHARE).put(path, text("changed"))
    assert call("GET", path).headers["ETag"] != whole.headers["ETag"]


def test_names_are_taken_as_they_are_only_where_that_is_asked_for(call: Client) -> None:
    assert call("GET", ODD).content == b"two"
    assert call("GET", "Users/t-user/a.txt.").content == b"with a dot"
    dotless = call("GET", "Users/t-user/a.txt.", x_ms_allow_trailing_dot=None)
    assert dotless.content == b"one"
    assert call("GET", "users/T-USER/A.TXT").content == b"one"


def test_properties_of_files_and_directories(call: Client) -> None:
    file = call("HEAD", "Users/t-user/a.txt")
    assert (file.headers["x-ms-type"], file.headers["Content-Length"]) == ("File", "3")
    folder = call("GET", "Users/t-user", "restype=directory")
    assert folder.headers["x-ms-type"] == "Directory"
    assert told(call("GET", "Users/nobody", "restype=directory")) == (404, "ResourceNotFound")
    assert told(call("GET", "Users/nobody/x", "restype=directory")) == (404, "ParentNotFound")


def test_a_directory_goes_only_when_it_is_empty(call: Client) -> None:
    folder = "restype=directory"
    assert told(call("DELETE", "Users/mira", folder)) == (409, "DirectoryNotEmpty")
    assert call("DELETE", "Users/mira/b.txt").status_code == 202
    assert told(call("DELETE", "Users/mira/b.txt")) == (404, "ResourceNotFound")
    assert call("DELETE", "Users/mira", folder).status_code == 202
    assert told(call("DELETE", "Users/mira", folder)) == (404, "ResourceNotFound")
    assert told(call("DELETE", "Users/t-user")) == (409, "ResourceTypeMismatch")
    assert told(call("DELETE", "", folder))[0] in (400, 405)


def test_what_is_open_or_read_only_stays(call: Client) -> None:
    node = call.server.share(ACCOUNT, SHARE).find("Users/mira/b.txt")
    assert node is not None
    node.is_open = True
    assert told(call("DELETE", "Users/mira/b.txt")) == (409, "SharingViolation")
    node.is_open, node.is_read_only = False, True
    assert told(call("DELETE", "Users/mira/b.txt")) == (409, "ReadOnlyAttribute")
    assert call("HEAD", "Users/mira/b.txt").headers["x-ms-file-attributes"].startswith("ReadOnly")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Authorization": None}, (401, "NoAuthenticationInformation")),
        ({"x_ms_version": "2021-12-02"}, (403, "AuthenticationFailed")),
        ({"x_ms_date": None}, (403, "AuthenticationFailed")),
        ({"x_ms_file_request_intent": None}, (400, "MissingRequiredHeader")),
    ],
)
def test_a_call_without_what_it_needs_is_refused(call: Client, headers, expected) -> None:
    assert told(call("DELETE", "Users/mira/b.txt", **headers)) == expected
    assert call("GET", "Users/mira/b.txt").content == b"hers"


def test_another_share_or_account_has_nothing(call: Client) -> None:
    url = f"{call.server.endpoint(ACCOUNT)}/other/Users?restype=directory&comp=list"
    assert told(requests.get(url, headers=HEADERS, timeout=10)) == (404, "ShareNotFound")
    url = f"{call.server.endpoint('other')}/{SHARE}/Users?restype=directory&comp=list"
    assert told(requests.get(url, headers=HEADERS, timeout=10)) == (404, "ShareNotFound")


def test_faults_come_in_the_service_s_shape(call: Client) -> None:
    call.server.faults.add({"match": "^DELETE", "status": 503, "times": 1})
    answer = call("DELETE", "Users/mira/b.txt")
    assert told(answer) == (503, "ServerBusy")
    assert call("DELETE", "Users/mira/b.txt").status_code == 202
    assert [c.method for c in call.server.journal.calls()] == ["DELETE", "DELETE"]


def test_what_was_deleted_comes_back(call: Client) -> None:
    call("DELETE", "Users/mira/b.txt")
    call.server.restore()
    assert call("GET", "Users/mira/b.txt").content == b"hers"
