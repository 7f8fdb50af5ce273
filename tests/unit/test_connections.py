"""Connections by origin: who is called is who `urlsplit` says."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import urllib3

from dsr.services.connections import Connections


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    paths: ClassVar[list[str]] = []
    sockets: ClassVar[set[int]] = set()

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.sockets.add(self.client_address[1])
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


OPTIONS = {"preload_content": False, "retries": False, "redirect": False, "assert_same_host": False}


def test_a_connection_is_used_again_and_no_redirect_is_followed(url):
    connections = Connections()
    for path, sent in (("/a?b=c%2Fd&e=", "/a?b=c%2Fd&e="), ("", "/"), ("//evil.example/x", None)):
        response = connections.request("GET", url + path, headers={}, **OPTIONS)
        assert response.status == 302
        assert response.read(10) + response.read(10) == b"ok"
        assert Handler.paths[-1] == sent or sent is None
    assert len(Handler.sockets) == 1


@pytest.mark.parametrize("bad", ["", "nonsense", "ftp://host/x", "http://", "/path"])
def test_what_is_no_address_is_refused(bad):
    with pytest.raises(urllib3.exceptions.LocationParseError):
        Connections().request("GET", bad)
