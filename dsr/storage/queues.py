"""The app's queues, through azure-storage-queue, in the host's own encoding (Base64)."""

import base64
import threading

from azure.core.exceptions import HttpResponseError
from azure.storage.queue import QueueClient, QueueServiceClient

from dsr.storage.account import account_answers


class AzureQueues:
    """Sends messages that never expire; a queue is made at the first message where needed."""

    def __init__(self, service: QueueServiceClient) -> None:
        self._service = service
        self._clients: dict[str, QueueClient] = {}
        self._lock = threading.Lock()

    @account_answers
    def send(self, queue: str, body: bytes, delay: float = 0) -> None:
        """Send a message that is seen after `delay` seconds (7 days at most)."""
        client = self._client(queue)
        content = base64.b64encode(body).decode()
        seconds = max(0, min(round(delay), 7 * 24 * 3600))
        try:
            client.send_message(content, visibility_timeout=seconds, time_to_live=-1)
        except HttpResponseError as error:
            if getattr(error, "error_code", None) != "QueueNotFound":
                raise
            client.create_queue()
            client.send_message(content, visibility_timeout=seconds, time_to_live=-1)

    def _client(self, queue: str) -> QueueClient:
        with self._lock:
            if queue not in self._clients:
                self._clients[queue] = self._service.get_queue_client(queue)
            return self._clients[queue]
