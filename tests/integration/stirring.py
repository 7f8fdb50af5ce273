"""Messages of a delete that have been sent before, sent again after its end."""

import json
import time
from collections.abc import Iterable
from typing import Any

from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from dsr.model.messages import DeleteMessage, FinishMessage, PlanMessage
from sandbox.stack import Stack


def stir(stack: Stack, request_ids: Iterable[str]) -> None:
    """Send messages that have been sent before, twice and in another order, and wait for them."""
    connection = stack.azurite.connection_string
    with BlobServiceClient.from_connection_string(connection) as blobs:
        ledger = blobs.get_container_client("dsr-ledger")
        for request_id in request_ids:
            for _ in range(2):
                _send(connection, "dsr-plan", PlanMessage(request_id, "dispatch"))
            plan = json.loads(ledger.download_blob(f"requests/{request_id}/plan.json").readall())
            for batch, page in enumerate(plan["pages"]):
                for attempt in (1, 0, 0):
                    message = DeleteMessage(request_id, batch, page[0], attempt)
                    _send(connection, "dsr-delete", message)
            _send(connection, "dsr-finish", FinishMessage(request_id))
    _wait_until_empty(connection)


def _send(connection: str, queue: str, message: Any) -> None:
    policy = TextBase64EncodePolicy()
    with QueueClient.from_connection_string(
        connection, queue, message_encode_policy=policy
    ) as client:
        client.send_message(message.to_bytes().decode())


def _wait_until_empty(connection: str) -> None:
    deadline = time.monotonic() + 180
    for queue in ("dsr-plan", "dsr-delete", "dsr-finish"):
        with QueueClient.from_connection_string(connection, queue) as client:
            while client.get_queue_properties().approximate_message_count:
                assert time.monotonic() < deadline, f"{queue} is never empty"
                time.sleep(0.2)
