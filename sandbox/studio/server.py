"""The sandbox Studio: a server on loopback that speaks the Studio (classic) protocol."""

import json
import threading
import time
from collections.abc import Iterable
from typing import Any, Self

from sandbox.studio.application import TOKEN_HEADER, Application
from sandbox.studio.control import PREFIX, control
from sandbox.studio.exchange import Request, Response, studio_error
from sandbox.studio.faults import FaultRule, Faults
from sandbox.studio.journal import Call, Journal
from sandbox.studio.listener import Listener
from sandbox.studio.model import Workspace
from sandbox.studio.sas import DEFAULT_SECONDS, Signer


class SandboxStudio:
    """A Studio (classic) data plane over the given workspaces, on 127.0.0.1.

    Two servers over equal workspaces answer equally but for the links to bytes, which each
    server signs with a key of its own. `faults` and `journal` are also served under
    `/_sandbox/`. `latency` (seconds before every answer) and `sas_seconds` may be changed while
    it runs. It can be started and stopped once.
    """

    def __init__(
        self,
        workspaces: Iterable[Workspace],
        port: int = 0,
        sas_seconds: float = DEFAULT_SECONDS,
        latency: float = 0.0,
    ) -> None:
        self.workspaces = {workspace.name: workspace for workspace in workspaces}
        self.latency = latency
        self.faults = Faults()
        self.journal = Journal()
        self._signer = Signer(sas_seconds)
        self._application = Application(self._signer)
        self._port = port
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None

    @property
    def sas_seconds(self) -> float:
        """How long a link lives from the answer that holds it on."""
        return self._signer.seconds

    @sas_seconds.setter
    def sas_seconds(self, value: float) -> None:
        self._signer.seconds = value

    @property
    def url(self) -> str:
        """Give the address without a slash at its end; raises RuntimeError before `start`."""
        if self._listener is None:
            raise RuntimeError("the sandbox Studio has not been started")
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def start(self) -> Self:
        """Listen; when it returns, the server answers."""
        self._listener = Listener(self._port, self._respond)
        self._application.put(self.workspaces.values(), self.url)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the server and all its connections; does nothing where it is not running."""
        if self._listener is None or self._thread is None:
            return
        self._listener.end()
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def put(self, workspace: Workspace) -> None:
        """Serve a changed workspace in place of the one with its name, or a further one."""
        self.workspaces[workspace.name] = workspace
        self._application.put([workspace], self.url)

    def target(self, workspace: Workspace | str) -> dict[str, Any]:
        """Give the workspace target for `DSR_WORKSPACES`."""
        known = self.workspaces[workspace if isinstance(workspace, str) else workspace.name]
        target = {
            "name": known.name,
            "service": "studio-classic",
            "account_kind": known.account_kind,
            "workspace_id": known.workspace_id,
            "region": known.region,
            "studio_endpoint": self.url,
            "management_endpoint": self.url,
            "token_setting": known.token_setting,
        }
        if known.arm_id is not None:
            target["arm_id"] = known.arm_id
        if known.storage_account is not None:
            target["storage_account"] = known.storage_account
        return target

    def settings(self) -> dict[str, str]:
        """Give the app settings for all workspaces: the targets, and each token under its name."""
        targets = json.dumps([self.target(name) for name in self.workspaces])
        tokens = {w.token_setting: w.primary_token for w in self.workspaces.values()}
        return {"DSR_WORKSPACES": targets} | tokens

    def _respond(self, request: Request) -> tuple[Response, FaultRule | None, Call | None]:
        if request.raw_path.startswith(PREFIX):
            return control(request, self.faults, self.journal), None, None
        blob = self._application.blob_of(request)
        shown = f"{request.method} {request.raw_path}" + (f" {blob}" if blob else "")
        rule = self.faults.take(shown)
        pause = self.latency + (rule.delay if rule else 0.0)
        if pause > 0:
            time.sleep(pause)
        response = self._answer(request, rule, storage=bool(blob) or not _is_api(request))
        asked = request.headers.get("x-ms-range") or request.headers.get("range")
        token_sent = TOKEN_HEADER in request.headers
        call = Call(request.method, request.raw_path, response.status, token_sent, blob, asked)
        self.journal.add(call)
        return response, rule, call

    def _answer(self, request: Request, rule: FaultRule | None, *, storage: bool) -> Response:
        if rule is not None:
            if rule.ignore_range:
                request.headers.pop("range", None)
                request.headers.pop("x-ms-range", None)
            faulty = rule.answer(storage=storage)
            if faulty is not None:
                return faulty
        try:
            return self._application.answer(request)
        except Exception as error:
            return studio_error(500, "SandboxDefect", repr(error))


def _is_api(request: Request) -> bool:
    return request.raw_path.startswith("/api/")
