"""The app in this process, and all that it stored and sent, to be searched for what may not be."""

import base64
import runpy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

import dsr.wiring
from sandbox.azurite import Azurite
from sandbox.host.hostfile import read_host_file
from sandbox.host.local_host import LocalHost

_ROOT = Path(__file__).parents[2]


@contextmanager
def hosted(monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> Iterator[LocalHost]:
    """Run the app in this process, where its log and its calls can be watched."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    dsr.wiring.ports.cache_clear()
    app = runpy.run_path(str(_ROOT / "function_app.py"))["app"]
    host = LocalHost(app, read_host_file(_ROOT / "host.json"), max_poll_seconds=0.2)
    host.start()
    try:
        yield host
    finally:
        host.stop()
        dsr.wiring.ports.cache_clear()


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Give the log, but for the local host's own looks at queues, which it signs itself."""
    text = "\n".join(record.getMessage() for record in caplog.records) + caplog.text
    return "\n".join(line for line in text.splitlines() if "messages?peekonly=true&" not in line)


def decoded(body: bytes) -> bytes:
    """Give a message as sent, and what its Base64 stands for."""
    text = body.decode("utf-8", "replace")
    content = text.partition("<MessageText>")[2].partition("</MessageText>")[0]
    try:
        return body + b"\n" + base64.b64decode(content)
    except ValueError:
        return body


def everything(azurite: Azurite) -> dict[str, bytes]:
    """Read every blob of every container, its name and metadata in front."""
    found = {}
    service = BlobServiceClient.from_connection_string(azurite.connection_string)
    for container in service.list_containers():
        client = service.get_container_client(container.name)
        for blob in client.list_blobs(include=["metadata"]):
            head = f"{blob.name} {blob.metadata}".encode()
            data = client.download_blob(blob.name).readall()
            found[f"{container.name}/{blob.name}"] = head + data
    service.close()
    return found
