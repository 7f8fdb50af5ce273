"""The whole sandbox, started together: storage, Studio (classic), ARM, a host that runs the app."""

import base64
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, Self

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.arm import SandboxArm
from sandbox.azureml import MlWorkspace, SandboxAzureMl, merged
from sandbox.azurite import Azurite
from sandbox.files import SandboxFiles
from sandbox.host import HostProcess
from sandbox.studio import SandboxStudio, Workspace, sample_workspaces

LOGS: Final = Path(__file__).parents[1] / ".sandbox" / "logs"
THREADS: Final = 20
"""Threads of the app: the 16 messages that host.json lets in at a time, and some for HTTP."""


class HasSettings(Protocol):
    """A sandbox Studio, wherever it runs."""

    def settings(self) -> dict[str, str]:
        """Give the app settings for its workspaces."""


@functools.cache
def signing_key() -> str:
    r"""Give a private key made for this process, PEM with `\n` for its line ends."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode().strip().replace("\n", "\\n")


def app_settings(
    connection_string: str,
    studio: HasSettings,
    arm: SandboxArm | None = None,
    azureml: HasSettings | None = None,
) -> dict[str, str]:
    """Give the app settings for a sandbox, as local.settings.json would hold them.

    The signing key is another one in every process.
    """
    key = hashlib.sha256(b"a key for the sandbox only").digest()
    endpoint = {} if arm is None else {"DSR_ARM_ENDPOINT": arm.url}
    return {
        "AzureWebJobsStorage": connection_string,
        "DsrStorage": connection_string,
        "DSR_ACCESS": "keys",
        "DSR_HASH_KEY": base64.b64encode(key).decode(),
        "DSR_SIGNING_KEY": signing_key(),
        "PYTHON_THREADPOOL_THREAD_COUNT": str(THREADS),
        **endpoint,
        **merged(studio.settings(), {} if azureml is None else azureml.settings()),
    }


class Stack:
    """Azurite, a Studio server, an ARM server and a host; `ports` fixes their ports by name.

    `own_storage` is the connection string of an account for the blobs of customers. With
    workspaces of Azure Machine Learning (`azureml`) there is a server for their data plane too,
    a second Azurite that holds their storage accounts, and one for those accounts' file shares
    (`files`).
    """

    def __init__(
        self,
        workspaces: Iterable[Workspace] | None = None,
        ports: Mapping[str, int] | None = None,
        lease: float = 600.0,
        extra_settings: Mapping[str, str] | None = None,
        log: Path | None = None,
        access_log: Path | None = None,
        sas_seconds: float = 86_700.0,
        max_poll: float = 2.0,
        own_storage: str | None = None,
        azureml: Iterable[MlWorkspace] = (),
    ) -> None:
        ports = ports or {}
        self.azurite = Azurite(ports.get("blob"), ports.get("queue"), access_log)
        held = sample_workspaces() if workspaces is None else tuple(workspaces)
        self.studio = SandboxStudio(
            held, port=ports.get("studio", 0), sas_seconds=sas_seconds, own_storage=own_storage
        )
        self._azureml = tuple(azureml)
        self.ml_storage: Azurite | None = None
        self._ml: SandboxAzureMl | None = None
        self.files = SandboxFiles(ports.get("azureml_files", 0))
        if self._azureml:
            self.ml_storage = Azurite(
                ports.get("azureml_blob"),
                ports.get("azureml_queue"),
                accounts=(w.storage_account for w in self._azureml),
            )
            self._ml = SandboxAzureMl(
                self._azureml,
                port=ports.get("azureml", 0),
                storage=self.ml_storage.connection_strings(),
                files=self.files,
            )
        self.arm = SandboxArm(held, port=ports.get("arm", 0), azureml=self._ml)
        self.arm.tell_workspace_deletes(self.studio.remove)
        self._host_port = ports.get("host", 0)
        self._lease = lease
        self._extra = dict(extra_settings or {})
        self._max_poll = max_poll
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = log or LOGS / "host.log"
        self.host: HostProcess | None = None
        self._session = requests.Session()

    @property
    def has_azureml(self) -> bool:
        """Tell whether there is a workspace of Azure Machine Learning."""
        return self._ml is not None

    @property
    def azureml(self) -> SandboxAzureMl:
        """The server of Azure Machine Learning; raises RuntimeError without workspaces of it."""
        if self._ml is None:
            raise RuntimeError("the stack has no workspace of Azure Machine Learning")
        return self._ml

    def start(self) -> Self:
        """Start them all, the host last."""
        try:
            self.azurite.start()
            self.studio.start()
            if self.ml_storage is not None and self._ml is not None:
                self.ml_storage.start()
                self.files.start()
                self._ml.start()
            self.arm.studio_endpoint = self.studio.url
            self.arm.start()
            self.host = HostProcess(
                self.settings(),
                self.log,
                lease=self._lease,
                port=self._host_port,
                max_poll=self._max_poll,
            )
            self.host.start()
        except BaseException:
            self.stop()
            raise
        return self

    def settings(self) -> dict[str, str]:
        """Give the app settings of the host."""
        own = app_settings(self.azurite.connection_string, self.studio, self.arm, self._ml)
        return own | self._extra

    def stop(self) -> None:
        """End them all."""
        if self.host is not None:
            self.host.kill()
        self.arm.stop()
        self.studio.stop()
        if self._ml is not None:
            self._ml.stop()
        self.files.stop()
        if self.ml_storage is not None:
            self.ml_storage.stop()
        self.azurite.stop()
        self._session.close()

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call the app's API below `/api`, with the function key."""
        if self.host is None:
            raise RuntimeError("the stack is not started")
        headers = {"x-functions-key": self.host.function_key, **options.pop("headers", {})}
        url = f"{self.host.url}/api/{path}"
        return self._session.request(method, url, headers=headers, timeout=60, **options)

    def submit(self, **body: Any) -> str:
        """Submit a request; give its id. Raises ValueError with the answer where it is refused."""
        answer = self.call("POST", "requests", data=json.dumps(body))
        if answer.status_code not in (200, 202):
            raise ValueError(f"{answer.status_code}: {answer.text}")
        return str(answer.json()["request_id"])

    def status(self, request_id: str) -> dict[str, Any]:
        """Give a request's status document."""
        document: dict[str, Any] = self.call("GET", f"requests/{request_id}").json()
        return document

    def items(self, path: str) -> list[dict[str, Any]]:
        """Read every page of a plan or of results."""
        found: list[dict[str, Any]] = []
        page: int | None = 1
        while page:
            shown = self.call("GET", f"{path}?page={page}").json()
            found += shown["items"]
            page = shown["next_page"]
        return found

    def sweep(self) -> None:
        """Fire the sweeper now."""
        if self.host is None:
            raise RuntimeError("the stack is not started")
        url = f"{self.host.url}/admin/functions/sweep"
        headers = {"x-functions-key": self.host.master_key}
        self._session.post(url, headers=headers, json={}, timeout=60).raise_for_status()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
