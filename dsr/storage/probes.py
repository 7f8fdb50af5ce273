"""Whether the data account gives the app what it needs: each container and queue, quickly."""

import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from dsr.errors import StorageAway
from dsr.storage.account import account_answers

LONGEST: Final = 10.0
"""Seconds that all probes together may take: whoever asks has a time-out of their own."""
_QUICK: Final[dict[str, Any]] = {"connection_timeout": 3, "read_timeout": 5, "retry_total": 0}

Probe = Callable[[], None]


class AccountProbes:
    """Asks all parts at once, one call each; `parts` by the name of the container or queue.

    As many threads as parts, however often it is asked: while an account hangs, calls wait for a
    thread, and are reported like those that got no answer.
    """

    def __init__(self, parts: Mapping[str, Probe], longest: float = LONGEST) -> None:
        self._parts = parts
        self._longest = longest
        self._pool = ThreadPoolExecutor(len(parts), "probe")

    def look(self) -> dict[str, str]:
        """Give what is wrong with each part, "" where nothing is."""
        asked = {name: self._pool.submit(probe) for name, probe in self._parts.items()}
        wait(asked.values(), self._longest)
        return {name: self._told(answer) for name, answer in asked.items()}

    def _told(self, answer: Future[None]) -> str:
        if not answer.done():
            answer.cancel()
            return f"gave no answer within {self._longest:.0f} s"
        error = answer.exception()
        if error is None:
            return ""
        return str(error) if isinstance(error, StorageAway) else f"failed ({type(error).__name__})"


def container(service: BlobServiceClient, name: str) -> Probe:
    """Give the probe of a container: may its blobs be read?

    None there yet is fine, as the first write makes it.
    """
    blob = service.get_blob_client(name, "no-blob-has-this-name")

    @account_answers
    def probe() -> None:
        with contextlib.suppress(ResourceNotFoundError):
            blob.get_blob_properties(**_QUICK)

    return probe


def queue(service: QueueServiceClient, name: str) -> Probe:
    """Give the probe of a queue: may it be read? None there yet is fine, as for a container."""
    client = service.get_queue_client(name)

    @account_answers
    def probe() -> None:
        with contextlib.suppress(ResourceNotFoundError):
            client.get_queue_properties(**_QUICK)

    return probe
