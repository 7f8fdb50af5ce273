"""`python -m bench.intake_loop`: requests a second of POST, and of the least that it could be."""

import argparse
import json
import os
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

BODY: Any = {
    "type": "export",
    "subject": {"emails": ["tomas.user@example.org"], "names": ["Tomas User"]},
    "reference": "bench",
}


def app_post() -> Callable[[], None]:
    """Give the app's own function of POST /api/requests."""
    import azure.functions as func

    import function_app

    functions = {f.get_function_name(): f for f in function_app.app.get_functions()}
    post = functions["submit_request"].get_user_function()

    def call() -> None:
        body = json.dumps(BODY | {"request_id": str(uuid.uuid4())}).encode()
        answer = post(func.HttpRequest("POST", "/api/requests", body=body))
        if answer.status_code != 202:
            raise SystemExit(f"POST was answered with {answer.status_code}: {answer.get_body()!r}")

    return call


def least_post() -> Callable[[], None]:
    """Give a function that makes one blob and sends one message, by the app's own clients."""
    from dsr import wiring
    from dsr.settings import StorageSettings
    from dsr.storage.azure_blobs import AzureBlobs
    from dsr.storage.queues import AzureQueues

    text = os.environ["DsrStorage"]  # noqa: SIM112  # the setting's name
    service, queue_service, _ = wiring._clients(StorageSettings(connection_string=text))
    blobs, queues = AzureBlobs(service, "least"), AzureQueues(queue_service)

    def call() -> None:
        name = str(uuid.uuid4())
        blobs.create(name, json.dumps(BODY | {"request_id": name}).encode())
        queues.send("least", name.encode())

    return call


def main() -> int:
    """Call from some threads for some seconds; print the calls a second."""
    parser = argparse.ArgumentParser(prog="bench.intake_loop", description=__doc__)
    parser.add_argument("way", choices=("app", "least"))
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args()
    call = app_post() if options.way == "app" else least_post()
    for _ in range(20):
        call()  # connections, containers and imports are there before the clock starts
    started = time.perf_counter()
    until = started + options.seconds

    def loop(_: int) -> int:
        done = 0
        while time.perf_counter() < until:
            call()
            done += 1
        return done

    with ThreadPoolExecutor(options.threads) as pool:
        done = sum(pool.map(loop, range(options.threads)))
    print(json.dumps({"rate": done / (time.perf_counter() - started)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
