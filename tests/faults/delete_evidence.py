"""The certificate and the audit chain of a delete, checked as anyone does: `dsr.verify`."""

import contextlib
import importlib
import importlib.util
import io
import threading
from pathlib import Path
from typing import Final

from sandbox.stack import Stack

ABSENT: Final = "absent"
_ONE_AT_A_TIME: Final = threading.Lock()


def checked(stack: Stack, request_id: str, folder: Path) -> str:
    """Give what is wrong with a request's evidence, "" where nothing is; or `ABSENT`."""
    answers = {
        "certificate.jws": stack.call("GET", f"requests/{request_id}/certificate"),
        "audit.ndjson": stack.call("GET", f"requests/{request_id}/audit"),
        "keys.json": stack.call("GET", "keys"),
    }
    for name, answer in answers.items():
        # the app answers with problem+json, the host with nothing where there is no such route
        if answer.status_code == 404 and "problem+json" not in answer.headers["Content-Type"]:
            return ABSENT
        if answer.status_code != 200:
            return f"{name}: {answer.status_code} {answer.text}"
        (folder / name).write_bytes(answer.content)
    certificate, audit, keys = (str(folder / name) for name in answers)
    verify = importlib.import_module("dsr.verify")
    said = io.StringIO()
    with _ONE_AT_A_TIME, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = verify.main([certificate, "--key", keys, "--audit", audit])
    return "" if code == 0 else said.getvalue()
