"""HTTP as the connectors use it: what each answer becomes, how often it is tried, what is told."""

import json
import socketserver
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

import dsr.services.http
from dsr.errors import Absent, Clashing, Refused, ServiceError, Unavailable, Unusable
from dsr.services.connections import Broken
from dsr.services.http import TRIES, Http
from tests.fakes.wire import Answer, Scripted, answer

HOST = "https://studio.example"
URL = f"{HOST}/api/workspaces/1?sig=SECRET"


class Client:
    """An Http over scripted answers, with its calls and sleeps."""

    def __init__(self, *answers: Answer) -> None:
        self.adapter = Scripted(list(answers))
        self.sleeps: list[float] = []
        self.http = Http(Everything(), lambda: self.adapter, self.sleeps.append)

    @property
    def calls(self) -> int:
        return len(self.adapter.calls)

    def json(self) -> Any:
        return self.http.json(URL, "read thing")

    def items(self) -> list[Any]:
        return list(self.http.items(URL, "list things"))


class Everything:
    """All of our own host."""

    def __contains__(self, url: object) -> bool:
        return isinstance(url, str) and url.startswith(HOST + "/")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, Refused),
        (403, Refused),
        (404, Absent),
        (410, Absent),
        (400, Unusable),
        (405, Unusable),
        (409, Clashing),
        (301, Unusable),
        (302, Unusable),
        (307, Unusable),
        (304, Unusable),
    ],
)
def test_a_status_that_stays_the_same_is_an_error_at_the_first_try(status, error):
    client = Client(answer(status, b"SECRET", {"Location": "https://evil.example/SECRET"}))
    with pytest.raises(error) as caught:
        client.json()
    assert type(caught.value) is error
    assert str(caught.value) == f"read thing was answered with {status}"
    assert (client.calls, client.sleeps) == (1, [])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"Error":{"Code":"AzureStorageError","Message":"SECRET"}}', "AzureStorageError"),
        (b'{"error":{"code":"WebServiceNotFound","message":"SECRET"}}', "WebServiceNotFound"),
        (b'{"code":"ResourceNotFound","message":"SECRET"}', "ResourceNotFound"),
        (b'{"Error":{"Code":"SECRET is 1"}}', ""),
        (b'{"Error":{"Code":7}}', ""),
        (b'{"Error":"SECRET"}', ""),
        (b"[]", ""),
        (b"SECRET", ""),
        (b"", ""),
    ],
)
def test_an_error_names_the_code_of_each_surface_and_nothing_else_of_the_answer(body, code):
    with pytest.raises(ServiceError) as caught:
        Client(answer(400, body)).json()
    assert str(caught.value) == "read thing was answered with 400" + (f" ({code})" if code else "")


def test_an_error_whose_body_breaks_is_still_the_error():
    with pytest.raises(Refused, match=r"read thing was answered with 401$"):
        Client(answer(401, b"{", breaks=True, length=None)).json()


def test_what_is_read_by_post_is_posted():
    client = Client(answer(200, b'{"primaryToken":"SECRET"}'))
    assert client.http.json(URL, "read keys", method="POST") == {"primaryToken": "SECRET"}
    (call,) = client.adapter.calls
    assert call.method == "POST"


def test_a_question_is_posted_as_json_again_where_it_broke():
    client = Client(answer(503), answer(200, b"{}"))
    assert client.http.json(URL, "read runs", method="POST", body=b'{"a": 1}') == {}
    assert [(c.method, c.body) for c in client.adapter.calls] == [("POST", b'{"a": 1}')] * 2
    assert all(c.headers["Content-Type"] == "application/json" for c in client.adapter.calls)


def test_an_action_is_posted_once_whatever_comes_back():
    for failure in (answer(503), answer(429), Broken("SECRET")):
        client = Client(failure)
        with pytest.raises(Unavailable):
            client.http.act(URL, "cancel job")
        assert [c.method for c in client.adapter.calls] == ["POST"]
    assert Client(answer(202)).http.act(URL, "cancel job")[0] == 202


def test_what_something_else_stands_against_is_told_apart():
    with pytest.raises(Clashing, match="409"):
        Client(answer(409)).json()
    assert issubclass(Clashing, Unusable)


@pytest.mark.parametrize("status", [408, 412, 416, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_three_times_with_growing_waits(status):
    client = Client(answer(status))
    with pytest.raises(Unavailable, match=f"read thing was answered with {status}"):
        client.json()
    assert client.calls == TRIES
    assert len(client.sleeps) == TRIES - 1
    assert client.sleeps[1] > client.sleeps[0] > 0
    assert sum(client.sleeps) < 3


def test_an_answer_at_the_second_try_is_as_good():
    client = Client(answer(503), answer(200, b'{"a":1}'))
    assert client.json() == {"a": 1}
    assert client.calls == 2


def test_a_short_retry_after_is_obeyed_and_a_long_one_is_handed_on_at_once():
    client = Client(answer(429, headers={"Retry-After": "1.5"}), answer(200, b"1"))
    assert client.json() == 1
    assert client.sleeps == [1.5]
    client = Client(answer(429, headers={"Retry-After": "120"}))
    with pytest.raises(Unavailable) as caught:
        client.json()
    assert caught.value.retry_after == 120
    assert (client.calls, client.sleeps) == (1, [])


def retry_after(value: str) -> float:
    with pytest.raises(Unavailable) as caught:
        Client(answer(503, headers={"Retry-After": value})).json()
    return caught.value.retry_after


def test_a_retry_after_may_be_a_date():
    at = datetime.now(UTC) + timedelta(seconds=100)
    assert 95 <= retry_after(format_datetime(at, usegmt=True)) <= 100


def test_a_retry_after_is_never_negative_nor_over_an_hour_and_nonsense_is_none():
    assert retry_after("Mon, 01 Jan 2001 00:00:00 GMT") == 0
    assert retry_after("999999") == 3600
    for nonsense in ("soon", "-5", "nan", "inf", "Mon, 01 Jan 2001"):
        assert retry_after(nonsense) == 0


def test_a_host_that_is_not_allowed_is_never_called():
    client = Client(answer())
    with pytest.raises(Unusable, match="not one of the workspace's") as caught:
        client.http.open("https://evil.example/?sig=SECRET", "download thing")
    assert client.calls == 0
    assert "evil" not in str(caught.value)


def test_a_connection_that_fails_may_come_back():
    failure = Broken(URL)
    client = Client(failure)
    with pytest.raises(Unavailable) as caught:
        client.json()
    assert str(caught.value) == "read thing could not be reached"
    assert caught.value.__cause__ is None
    assert client.calls == TRIES
    assert Client(failure, answer(200, b"[]")).json() == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a":', b"<html>SECRET</html>", b"\xff", b"[" * 100_000]
)
def test_json_that_is_malformed_is_asked_for_again_and_then_given_up(body):
    client = Client(answer(200, body))
    with pytest.raises(Unavailable) as caught:
        client.json()
    assert str(caught.value) == "read thing answered with malformed JSON"
    assert client.calls == TRIES
    assert Client(answer(200, body), answer(200, b"{}")).json() == {}


def test_half_a_body_is_noticed_by_its_length():
    client = Client(answer(200, b'{"a":1}', length=100))
    with pytest.raises(Unavailable, match=r"the connection broke while reading read thing$"):
        client.json()
    assert client.calls == TRIES


class Half(socketserver.StreamRequestHandler):
    """Ends every answer before its length, at a place where the JSON is whole."""

    body = b""

    def handle(self) -> None:
        while self.rfile.readline().strip():
            pass
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n"
        self.wfile.write(head + self.body)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"a":1}', lambda http, url: http.json(url, "read thing")),
        (b"[1,2]", lambda http, url: list(http.items(url, "read thing"))),
    ],
)
def test_half_a_body_is_noticed_by_its_length_on_a_real_connection(body, read):
    handler = type("Cut", (Half,), {"body": body})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        try:
            with pytest.raises(Unavailable, match="the connection broke while reading read thing"):
                read(Http([url], sleep=lambda _: None), url)
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "5", "Transfer-Encoding": "chunked"},
        {"Content-Length": "-5"},
        {"Content-Length": "\u00b2"},
        {},
    ],
)
def test_a_length_that_says_nothing_is_none(headers):
    _, stream = Client(answer(200, b"", headers, length=None)).http.open(URL, "download thing")
    assert stream.length is None


def test_a_body_that_breaks_is_asked_for_again():
    client = Client(answer(200, b'{"a":', breaks=True, length=None), answer(200, b'{"a":2}'))
    assert client.json() == {"a": 2}


def test_no_content_is_no_value_and_an_empty_list():
    assert Client(answer(204)).json() is None
    assert Client(answer(204)).items() == []


def test_null_and_an_object_are_values_where_one_is_asked_for():
    assert Client(answer(200, b"null")).json() is None
    assert Client(answer(200, b'{"Error":{}}')).json() == {"Error": {}}


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b"[]", []),
        (b" \r\n[ ] ", []),
        (b'[{"Id":"\xc3\xbc"},1,null,[2.5]]', [{"Id": "ü"}, 1, None, [2.5]]),
        (b'[{"Id":"a","Size":%d},-%d]' % (2**64, 10**40), [{"Id": "a", "Size": 2**64}, -(10**40)]),
    ],
)
def test_a_list_is_given_member_by_member(body, items):
    assert Client(answer(200, body)).items() == items
    assert Client(answer(200, body, length=None)).items() == items


def test_a_long_list_comes_whole():
    things = [{"Id": str(n), "Text": "x" * 50} for n in range(5000)]
    assert Client(answer(200, json.dumps(things).encode())).items() == things


@pytest.mark.parametrize("body", [b"null", b"{}", b'"x"', b"", b"   ", b"<html>", b'{"a":[1]}'])
def test_anything_but_a_list_where_a_list_is_due_is_no_empty_list(body):
    with pytest.raises(Unavailable, match="something else than a list"):
        Client(answer(200, body)).items()


@pytest.mark.parametrize(
    "body",
    [
        b"[1,2",
        b"[1,,2]",
        b"[1]]",
        b'["\xff"]',
        b"[tru]",
        b"[NaN]",
        b"[" * 100_000,
        b"[%s]" % (b"1" * 5_000),
    ],
)
def test_a_list_that_is_malformed_is_unavailable(body):
    with pytest.raises(Unavailable, match="malformed JSON"):
        Client(answer(200, body)).items()


def test_an_entry_of_a_list_that_is_too_large_is_unusable(monkeypatch):
    monkeypatch.setattr(dsr.services.http, "_MAX_JSON", 1 << 20)
    assert Client(answer(200, b'["%s"]' % (b"x" * 1000))).items() == ["x" * 1000]
    with pytest.raises(Unusable, match="list things answered with more than 1 MiB of JSON"):
        Client(answer(200, b'["%s"]' % (b"x" * (4 << 20)))).items()


def test_a_list_cut_at_a_lucky_place_is_noticed_by_its_length():
    with pytest.raises(Unavailable, match="the connection broke while reading"):
        Client(answer(200, b"[1,2]", length=9)).items()


def test_a_list_whose_connection_breaks_is_unavailable_after_what_came():
    members = Client(answer(200, b"[1,2," + b" " * 100_000, breaks=True, length=None))
    with pytest.raises(Unavailable, match="the connection broke while reading"):
        members.items()


def test_a_stream_gives_the_bytes_as_they_are_on_the_wire():
    client = Client(
        answer(206, b"\x1f\x8babc", {"Content-Encoding": "gzip", "ETag": '"v1"'}),
    )
    status, stream = client.http.open(URL, "download thing", {"Range": "bytes=5-"})
    assert (status, stream.length, stream.etag) == (206, 5, '"v1"')
    assert stream.read(2) + stream.read(100) + stream.read(1) == b"\x1f\x8babc"
    sent = client.adapter.calls[0].headers
    assert (sent["Range"], sent["Accept-Encoding"]) == ("bytes=5-", "identity")


def test_a_stream_that_breaks_says_what_was_read_and_no_url():
    _, stream = Client(answer(200, b"abc", breaks=True, length=9)).http.open(URL, "download thing")
    assert stream.read(3) == b"abc"
    with pytest.raises(Unavailable) as caught:
        stream.read(3)
    assert str(caught.value) == "the connection broke while reading download thing"


@pytest.mark.parametrize(
    "trouble",
    [
        answer(500, b"SECRET", {"X": "SECRET"}),
        answer(401, b"SECRET"),
        answer(302, headers={"Location": f"{HOST}/SECRET"}),
        answer(200, b"SECRET"),
        ValueError("SECRET"),
        Broken("SECRET"),
    ],
)
def test_no_message_and_no_log_has_the_url_or_the_answer(trouble, caplog):
    caplog.set_level("DEBUG")
    with pytest.raises(ServiceError) as caught:
        Client(trouble).json()
    told = str(caught.value) + "".join(r.getMessage() for r in caplog.records if "dsr" in r.name)
    assert "SECRET" not in told
    assert "studio.example" not in told


# Deletes


def delete(*answers: Answer) -> tuple[Client, Any]:
    client = Client(*answers)
    return client, lambda: client.http.delete(URL, "delete thing", {"Authorization": "x"})


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_a_delete_gives_its_status_and_headers(status):
    client, call = delete(answer(status, b"body", {"Azure-AsyncOperation": "https://x"}))
    told, headers = call()
    assert (told, headers["azure-asyncoperation"]) == (status, "https://x")
    (sent,) = client.adapter.calls
    assert (sent.method, sent.url, sent.headers["Authorization"]) == ("DELETE", URL, "x")


@pytest.mark.parametrize("failure", [Broken("SECRET"), answer(503), answer(429), answer(408)])
def test_a_delete_is_sent_once_whatever_comes_back(failure):
    client, call = delete(failure, answer(200))
    with pytest.raises(Unavailable) as caught:
        call()
    assert "SECRET" not in str(caught.value)
    assert (client.calls, client.sleeps) == (1, [])


def test_a_delete_that_broke_is_told_apart_from_one_that_was_answered():
    _, call = delete(Broken("SECRET"))
    with pytest.raises(Unavailable, match="nobody knows whether delete thing counted"):
        call()


def test_a_delete_goes_to_the_workspaces_hosts_alone():
    client, _ = delete(answer(200))
    with pytest.raises(Unusable):
        client.http.delete("https://evil.example/x", "delete thing")
    _, call = delete(ValueError("SECRET"))
    with pytest.raises(Unusable, match="delete thing has an unusable address"):
        call()
    assert client.calls == 0


def test_a_body_that_breaks_after_the_status_changes_nothing():
    _, call = delete(answer(200, b"half", breaks=True, length=9))
    assert call()[0] == 200
    _, call = delete(answer(409, b"half", breaks=True, length=9))
    with pytest.raises(Unusable):
        call()
