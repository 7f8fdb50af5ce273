"""People's folders of a workspace: the connector over the sandbox's shares, without a socket."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dsr.services.azureml.connector import AzureMlConnector
from dsr.services.entra import EntraToken
from dsr.services.hosts import OneOrigin
from dsr.services.http import Http
from dsr.services.share_files import ShareFiles
from sandbox.azureml.model import WORKING
from sandbox.files import SandboxFiles, ShareTree
from sandbox.loopback.exchange import Request
from tests.fakes.azureml_connector import TARGET, MlWire, Routes, arm, connector_on
from tests.fakes.studio import no_credential, told
from tests.fakes.wire import Call, FakeResponse

ACCOUNT = "stforecast01"
ENDPOINT = f"http://127.0.0.1:8574/{ACCOUNT}"
SHARE = f"{ENDPOINT}/{WORKING}"
STORE = f"GET {arm('/datastores/workspaceworkingdirectory')}"
WITH_ACCOUNT = replace(TARGET, storage_account=ACCOUNT)


def store(**other: str) -> dict[str, Any]:
    """The datastore that names the share."""
    known = {"datastoreType": "AzureFile", "accountName": ACCOUNT, "fileShareName": WORKING}
    return {"name": "workspaceworkingdirectory", "properties": known | other}


class FilesWire:
    """Has the sandbox answer calls, all but those that `meddle` answers first."""

    def __init__(self, server: SandboxFiles) -> None:
        self.server = server
        self.calls: list[Call] = []
        self.meddle: Callable[[Call], FakeResponse | None] = lambda call: None

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> FakeResponse:
        call = Call(method, url, headers, body)
        self.calls.append(call)
        other = self.meddle(call)
        if other is not None:
            return other
        path, _, query = url.removeprefix("http://127.0.0.1:8574").partition("?")
        low = {name.lower(): value for name, value in headers.items()}
        made = self.server._answer(Request(method, path, query, low))
        content = made.content
        data = made.body if content is None else b"".join(content.read(made.start, made.length))
        told = dict(made.headers) | {"Content-Length": str(len(data))}
        return FakeResponse(made.status, told, data, breaks=False)

    def sent(self, method: str) -> list[str]:
        """Give the paths below the share that were called by a method, without their queries."""
        found = (c.url.partition("?")[0] for c in self.calls if c.method == method)
        return [url.removeprefix(f"{SHARE}/") for url in found]


@dataclass
class Folders:
    """A workspace's connector, the share, and what was called of it."""

    connector: AzureMlConnector
    wire: FilesWire
    share: ShareTree


def files_on(wire: Any) -> ShareFiles:
    """The shares of the account over a wire, by the development token."""
    token = EntraToken(ENDPOINT, no_credential)
    return ShareFiles(
        ENDPOINT, Http(OneOrigin(ENDPOINT), lambda: wire, lambda _: None), token, token
    )


def folders(
    files: Mapping[str, Any],
    routes: Routes | None = None,
    limits: Mapping[str, int] | None = None,
    page_size: int = 5000,
) -> Folders:
    """Give a workspace whose share holds these files, by their paths from the share on."""
    server = SandboxFiles(page_size=page_size)
    for path, content in files.items():
        server.hold(ACCOUNT, WORKING, path, content)
    wire = FilesWire(server)
    known: Routes = {STORE: [told(store())]}
    made = connector_on(
        MlWire(known | (routes or {})), limits, target=WITH_ACCOUNT, shares=files_on(wire)
    )
    return Folders(made, wire, server.share(ACCOUNT, WORKING))
