"""Connections by origin: who is called is who `urlsplit` says, and what breaks is noticed."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dsr.services import connections
from dsr.services.connections import Broken, Connections

BIG = bytes(range(256)) * 12_000


class Wire:
    """A server that answers every request on every connection with the bytes it was given."""

    def __init__(self) -> None:
        self.answer = b""
        self.ends = False
        self.asked: list[bytes] = []
        self.accepted = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept)
        self._sockets: list[socket.socket] = []
        self._threads = [self._thread]
        self._thread.start()

    def says(self, head: str, body: bytes = b"", ends: bool = False) -> None:
        self.answer = head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body
        self.ends = ends

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._sockets.append(accepted)
            self._threads.append(threading.Thread(target=self._serve, args=(accepted,)))
            self._threads[-1].start()

    def _serve(self, accepted: socket.socket) -> None:
        held = b""
        try:
            while data := accepted.recv(65536):
                held += data
                while b"\r\n\r\n" in held:
                    request, _, held = held.partition(b"\r\n\r\n")
                    self.asked.append(request)
                    accepted.sendall(self.answer)
                    if self.ends:
                        accepted.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for each in self._sockets:
            each.close() if each.fileno() < 0 else self._end(each)
        for thread in self._threads:
            thread.join()

    def _end(self, each: socket.socket) -> None:
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        finally:
            each.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


def whole(response) -> bytes:
    data = b""
    while chunk := response.read(100_000):
        assert len(chunk) <= 100_000
        data += chunk
    response.close()
    return data


def get(wire: Wire, pool: Connections, path: str = "/") -> bytes:
    return whole(pool.request("GET", f"http://{wire.host}{path}", {}))


def test_a_connection_is_used_again_and_no_redirect_is_followed(wire):
    wire.says("HTTP/1.1 302 Found\nLocation: /elsewhere\nContent-Length: 2", b"ok")
    pool = Connections()
    for path, sent in (
        ("/a?b=c%2Fd&e=", "/a?b=c%2Fd&e="),
        ("", "/"),
        ("/x/../y", "/x/../y"),
        ("/a b?c=\u00fc", "/a%20b?c=%C3%BC"),
        ("//evil.example/x#part", "//evil.example/x"),
    ):
        response = pool.request("GET", f"http://{wire.host}{path}", {"X-Mine": "1"})
        assert (response.status, response.headers["location"]) == (302, "/elsewhere")
        assert whole(response) == b"ok"
        lines = wire.asked[-1].decode().split("\r\n")
        assert lines[0] == f"GET {sent} HTTP/1.1"
        assert f"Host: {wire.host}" in lines
        assert "X-Mine: 1" in lines
    assert wire.accepted == 1


def test_post_sends_a_body_at_once_and_the_next_call_none(wire):
    wire.says("HTTP/1.1 200 OK\nContent-Length: 2", b"{}")
    pool = Connections()
    body = b'{"requests": "' + b"x" * 5000 + b'"}'
    headers = {"Content-Type": "application/json"}
    assert whole(pool.request("POST", f"http://{wire.host}/q", headers, body)) == b"{}"
    lines = wire.asked[-1].decode().split("\r\n")
    assert f"Content-Length: {len(body)}" in lines
    assert lines.count("Content-Type: application/json") == 1
    assert not any(line.startswith("Expect") for line in lines)
    assert get(wire, pool) == b"{}"
    assert wire.asked[-1].startswith(body + b"GET / ")


def test_post_sends_nothing_and_says_so(wire):
    wire.says("HTTP/1.1 200 OK\nContent-Length: 2", b"{}")
    pool = Connections()
    assert whole(pool.request("POST", f"http://{wire.host}/keys", {})) == b"{}"
    lines = wire.asked[-1].decode().split("\r\n")
    assert lines[0] == "POST /keys HTTP/1.1"
    assert "Content-Length: 0" in lines
    assert not any(line.startswith(("Content-Type", "Expect")) for line in lines)
    assert get(wire, pool) == b"{}"
    assert wire.asked[-1].startswith(b"GET / ")
    assert whole(pool.request("DELETE", f"http://{wire.host}/x", {})) == b"{}"
    assert wire.asked[-1].startswith(b"DELETE /x ")
    assert get(wire, pool) == b"{}"
    assert wire.asked[-1].startswith(b"GET / ")


def test_a_large_body_comes_whole_with_or_without_a_length(wire):
    pool = Connections()
    wire.says(f"HTTP/1.1 200 OK\nContent-Length: {len(BIG)}", BIG)
    assert get(wire, pool) == BIG
    chunked = b"%x\r\n%b\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(BIG), BIG)
    wire.says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", chunked)
    assert get(wire, pool) == BIG
    assert wire.accepted == 1
    wire.says("HTTP/1.1 200 OK\nConnection: close", BIG, ends=True)
    assert get(wire, pool) == BIG


def test_a_body_stays_as_it_is_on_the_wire(wire):
    wire.says("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 3", b"\x1f\x8b\x00")
    assert get(wire, Connections()) == b"\x1f\x8b\x00"


def test_an_answer_that_only_announces_another_is_passed_over(wire):
    wire.says("HTTP/1.1 103 Early Hints\nX: 1\n\nHTTP/1.1 200 OK\nX: 2\nContent-Length: 1", b"a")
    response = Connections().request("GET", f"http://{wire.host}/", {})
    assert (response.status, response.headers["x"], whole(response)) == (200, "2", b"a")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("HTTP/1.1 200 OK\nContent-Length: 100", b"abc"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"3\r\nabc\r\n"),
    ],
)
def test_a_body_that_is_cut_gives_what_came_and_then_breaks(wire, head, body):
    wire.says(head, body, ends=True)
    response = Connections().request("GET", f"http://{wire.host}/", {})
    assert response.read(100) == b"abc"
    for _ in range(2):
        with pytest.raises(Broken):
            response.read(100)
    response.close()


@pytest.mark.parametrize("said", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-"])
def test_no_answer_or_no_http_is_broken(wire, said):
    wire.answer, wire.ends = said, True
    with pytest.raises(Broken):
        get(wire, Connections())


def test_silence_is_broken(wire, monkeypatch):
    monkeypatch.setattr(connections, "READ_SECONDS", 0.2)
    wire.answer = b""
    with pytest.raises(Broken):
        get(wire, Connections())
    wire.says("HTTP/1.1 200 OK\nContent-Length: 9", b"abc")
    pool = Connections()
    response = pool.request("GET", f"http://{wire.host}/", {})
    assert response.read(9) == b"abc"
    with pytest.raises(Broken):
        response.read(9)
    response.close()
    response.close()
    wire.says("HTTP/1.1 200 OK\nContent-Length: 1", b"x")
    assert get(wire, pool) == b"x"


def test_a_connection_that_was_not_read_to_its_end_is_not_used_again(wire):
    wire.says(f"HTTP/1.1 200 OK\nContent-Length: {len(BIG)}", BIG)
    pool = Connections()
    response = pool.request("GET", f"http://{wire.host}/", {})
    assert response.read(1) == BIG[:1]
    response.close()
    wire.says("HTTP/1.1 200 OK\nContent-Length: 1", b"x")
    assert get(wire, pool) == b"x"
    assert wire.accepted == 2


def test_a_connection_that_the_server_has_closed_is_made_again(wire):
    wire.says("HTTP/1.1 200 OK\nContent-Length: 1", b"x", ends=True)
    pool = Connections()
    assert [get(wire, pool) for _ in range(3)] == [b"x"] * 3
    assert wire.accepted == 3


def test_threads_do_not_mix_their_answers(wire):
    wire.says(f"HTTP/1.1 200 OK\nContent-Length: {len(BIG)}", BIG)
    pool = Connections()
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: get(wire, pool), range(40))) == {BIG}
    assert wire.accepted <= 8


def test_nobody_listening_is_broken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    with pytest.raises(Broken):
        Connections().request("GET", f"http://127.0.0.1:{free}/", {})


def test_a_certificate_that_nobody_vouches_for_is_broken(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "both.pem"
    encoding = serialization.Encoding.PEM
    pem.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(encoding)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            accepted, _ = listener.accept()
            with contextlib.suppress(OSError), context.wrap_socket(accepted, True) as wrapped:
                asked.append(wrapped.recv(100))

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(Broken):
            Connections().request("GET", f"https://localhost:{listener.getsockname()[1]}/", {})
        thread.join()
    assert b"".join(asked) == b""


def test_no_proxy_of_the_environment_is_asked(wire, monkeypatch):
    wire.says("HTTP/1.1 200 OK\nContent-Length: 1", b"x")
    for name in ("http_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert get(wire, Connections()) == b"x"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nonsense",
        "ftp://host/x",
        "file:///etc/passwd",
        "http://",
        "/path",
        "http://a b/",
        "http://h\u00f6st/",
        "http://host:99999/",
        "http://host:x/",
        "http://[::1/",
    ],
)
def test_what_is_no_address_is_refused(bad):
    with pytest.raises(ValueError):
        Connections().request("GET", bad, {})


@pytest.mark.parametrize("bad", ["a\r\nX: 1", "a\nb", "\x00", "\u00fc"])
def test_a_header_that_is_no_header_is_refused(bad):
    with pytest.raises(ValueError):
        Connections().request("GET", "http://127.0.0.1:1/", {"Authorization": bad})


def test_a_delete_is_sent_once_though_the_idle_connection_that_it_could_take_is_dead(wire):
    """A GET over a connection that the server closed is sent again by libcurl; a DELETE is not."""
    made = Connections()
    wire.says("HTTP/1.1 200 OK\nContent-Length: 0")
    response = made.request("GET", f"http://{wire.host}/one", {})
    assert response.read(1) == b""
    response.close()
    wire.says("", ends=True)
    wire.answer = b""
    with pytest.raises(Broken):
        made.request("DELETE", f"http://{wire.host}/two", {})
    deletes = [asked for asked in wire.asked if asked.startswith(b"DELETE /two ")]
    assert len(deletes) == 1
    assert wire.accepted == 2
