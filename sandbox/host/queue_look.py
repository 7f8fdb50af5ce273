"""A cheap look at a queue: whether a message waits there, before any is asked for.

Source: Peek Messages (Queue service REST API), with a queue's own shared access signature.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import urllib3
from azure.core.exceptions import AzureError
from azure.storage.queue import QueueClient, QueueSasPermissions, generate_queue_sas

_VALID: Final = timedelta(days=7)
_WAITS: Final = urllib3.Timeout(connect=10, read=60)


class QueueLook:
    """Looks at one queue over a connection of its own.

    The storage SDK takes some milliseconds of the process's only interpreter for a call, which
    the real host, a process of its own, does not take from its app; and most looks find nothing.
    """

    def __init__(self, queue: QueueClient) -> None:
        self._queue = queue
        self._key = str(queue.credential.account_key)  # it was made from a connection string
        self._signed_until = datetime.now(UTC)
        self._url = ""
        self._pool = urllib3.PoolManager(2, retries=False, timeout=_WAITS)

    def may_hold_messages(self) -> bool:
        """Tell whether a message may be visible; True also where the look itself fails.

        Whoever then asks for messages gets the error, with all that the SDK knows about it.
        """
        try:
            answer = self._pool.request("GET", self._signed())
        except (urllib3.exceptions.HTTPError, AzureError):
            return True
        return answer.status != 200 or b"<QueueMessage>" in answer.data

    def close(self) -> None:
        """Let the connection go."""
        self._pool.clear()

    def _signed(self) -> str:
        now = datetime.now(UTC)
        if now + _VALID / 2 > self._signed_until:
            self._signed_until = now + _VALID
            sas = generate_queue_sas(
                str(self._queue.account_name),
                self._queue.queue_name,
                self._key,
                permission=QueueSasPermissions(read=True),
                expiry=self._signed_until,
            )
            where = self._queue.url.split("?")[0].rstrip("/")
            self._url = f"{where}/messages?peekonly=true&numofmessages=1&{sas}"
        return self._url
