"""The host's HTTP side: routes, keys, and the admin endpoints that operators use."""

import contextlib
import hmac
import json
import logging
import re
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import azure.functions as func
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Request, Response

from sandbox.host.functions import Functions, HttpFunction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keys:
    """The host's keys; `function` opens every function, `master` the admin endpoints too."""

    function: str
    master: str


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Answers are written in two parts; without this the second waits for the first's ACK.
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer and keep the connection: werkzeug closes it, as a body may be left unread."""
        answer = run_wsgi_app(self.server.app, self.make_environ(), buffered=True)
        body, status, headers = answer
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"".join(body))

    def log(self, type: str, message: str, *args: Any) -> None:
        return  # the functions log for themselves


class _Server(ThreadedWSGIServer):
    """Knows its connections, each on a thread of its own, to end them."""

    def __init__(self, port: int, app: Any) -> None:
        super().__init__("127.0.0.1", port, app, _Handler)
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._open.discard(request)
                self._changed.notify_all()

    def end_connections(self, seconds: float) -> bool:
        """Read no more from any, and wait for the answers under way, `seconds` at most."""
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the client may have been faster
                    connection.shutdown(socket.SHUT_RD)
            return self._changed.wait_for(lambda: not self._open, seconds)


class WebServer:
    """Serves the HTTP functions on 127.0.0.1, each call on the shared threads of the worker."""

    def __init__(
        self,
        functions: Functions,
        prefix: str,
        keys: Keys,
        workers: Executor,
        run_now: Callable[[str, str], bool],
        port: int,
        ended: Callable[[], None],
    ) -> None:
        self._ended = ended
        self._keys = keys
        self._workers = workers
        self._run_now = run_now
        self._functions = {f.name: f for f in functions.http}
        rules = [
            Rule(
                f"/{prefix}/{_converted(f.route)}" if prefix else f"/{_converted(f.route)}",
                methods=f.methods or None,
                endpoint=f.name,
            )
            for f in functions.http
        ]
        for rule, function in zip(rules, functions.http, strict=True):
            # werkzeug lets HEAD in wherever GET is; the real host answers it by 404
            rule.methods = set(function.methods) or None
        self._routes = Map(rules, strict_slashes=False, merge_slashes=False)
        self._server = _Server(port, self._wsgi)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def url(self) -> str:
        """Give the address without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve on a thread."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Take no more requests, and let those that run be answered, for `seconds` at most."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
        return self._server.end_connections(seconds)

    def _wsgi(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        try:
            response = self._answer(request)
        except Exception:
            logger.exception("the host failed on %s", request.path)
            # what the client still sends is no request
            response = Response(status=500, headers={"Connection": "close"})
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        body = request.get_data()  # always read, or the connection is of no further use
        if request.path.startswith("/admin/"):
            return self._admin(request, body)
        try:
            adapter = self._routes.bind_to_environ(request.environ)
            name, arguments = adapter.match(method=request.method)
        except HTTPException:
            # the real host answers a known route with another method by 404 as well
            return Response(status=404)
        function = self._functions[name]
        if not self._may(function, request):
            return Response(status=401)
        called = func.HttpRequest(
            method=request.method,
            url=iri_to_uri(request.url),
            headers=dict(request.headers),
            params=request.args.to_dict(),
            route_params={k: str(v) for k, v in arguments.items()},
            body=body,
        )
        try:
            answer = self._workers.submit(function.call, **{function.argument: called}).result()
            return _converted_answer(answer)
        except Exception:
            logger.exception("function %s failed", function.name)
            return Response(status=500)
        finally:
            if request.method != "GET":  # what reads sends nothing
                self._ended()

    def _may(self, function: HttpFunction, request: Request) -> bool:
        if function.level == "anonymous":
            return True
        given = request.headers.get("x-functions-key") or request.args.get("code") or ""
        accepted = [self._keys.master]
        if function.level == "function":
            accepted.append(self._keys.function)
        return any(hmac.compare_digest(given.encode(), key.encode()) for key in accepted)

    def _admin(self, request: Request, body: bytes) -> Response:
        given = request.headers.get("x-functions-key") or ""
        if not hmac.compare_digest(given.encode(), self._keys.master.encode()):
            return Response(status=401)
        if request.path == "/admin/host/status":
            return Response(json.dumps({"state": "Running"}), mimetype="application/json")
        found = re.fullmatch(r"/admin/functions/([^/]+)", request.path)
        if found is None or request.method != "POST":
            return NotFound().get_response()
        try:
            given_input = str(json.loads(body or b"{}").get("input") or "")
        except (ValueError, AttributeError):
            return Response(status=400)
        return Response(status=202 if self._run_now(found[1], given_input) else 404)


def _converted(route: str) -> str:
    """Turn a Functions route into werkzeug's; constraints after a colon are left to the app."""
    return re.sub(r"\{([^}:?]+)[^}]*\}", r"<\1>", route.strip("/"))


def _converted_answer(answer: Any) -> Response:
    if isinstance(answer, str):
        return Response(answer)
    if not isinstance(answer, func.HttpResponse):
        raise TypeError(f"an HTTP function gives no {type(answer).__name__}")
    content_type = answer.mimetype
    if content_type.startswith("text/"):
        content_type = f"{content_type}; charset={answer.charset}"
    response = Response(answer.get_body(), status=answer.status_code, content_type=content_type)
    for name in dict.fromkeys(answer.headers.keys()):
        response.headers.setlist(name, answer.headers.getlist(name))
    return response
