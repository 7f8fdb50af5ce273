"""`make run`: the sandbox on fixed ports, until Ctrl-C."""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Final

from sandbox.azureml import forecast
from sandbox.azureml.sample.people import TOMAS
from sandbox.azurite import AzuriteError
from sandbox.stack import Stack, signing_key

PORTS: Final = {
    "blob": 10000,
    "queue": 10001,
    "studio": 8571,
    "arm": 8572,
    "azureml": 8573,
    "azureml_blob": 10010,
    "azureml_queue": 10011,
    "azureml_files": 8574,
    "host": 7071,
}
ROOT: Final = Path(__file__).parents[1]
KEY: Final = ROOT / ".sandbox" / "signing.pem"
"""Where a second host on the same queues finds the signing key, so that it signs as this one."""


def main() -> int:
    """Run until told to stop."""
    stack = Stack(ports=PORTS, azureml=[forecast()])
    try:
        stack.start()
    except (AzuriteError, RuntimeError, OSError) as error:
        ports = ", ".join(str(p) for p in PORTS.values())
        print(f"The sandbox did not start: {error}\nIt needs ports {ports}.", file=sys.stderr)
        return 1
    leave_key(KEY)
    subject = {"emails": [TOMAS.address], "object_ids": [TOMAS.object_id], "names": [TOMAS.name]}
    body = {"type": "export", "subject": subject}
    host = stack.host
    print(
        f"The app listens on {host.url if host else ''}; its log is {stack.log}\n"
        f"Studio (classic) sandbox: {stack.studio.url}\n"
        f"ARM sandbox: {stack.arm.url}\n"
        f"Azure Machine Learning sandbox: {stack.azureml.url}\n\n"
        "Submit a request:\n"
        f"  curl -i http://127.0.0.1:{PORTS['host']}/api/requests"
        f" -H 'x-functions-key: function-key' -d '{json.dumps(body)}'\n\n"
        "Ctrl-C ends it."
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        stop.wait()
    except KeyboardInterrupt:
        print()
    finally:
        stack.stop()
    return 0


def leave_key(path: Path) -> None:
    """Write this process's signing key to a file that only its user can read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(signing_key().replace("\\n", "\n") + "\n")


if __name__ == "__main__":
    sys.exit(main())
