"""The host's queue side: leases, renewal, retries, poison, as the Functions host has them."""

import base64
import binascii
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, wait
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.functions.queue import QueueMessage
from azure.storage.queue import QueueClient
from azure.storage.queue import QueueMessage as StoredMessage

from sandbox.host.functions import QueueFunction
from sandbox.host.hostfile import HostError, HostFile
from sandbox.host.queue_look import QueueLook

logger = logging.getLogger("Host.Triggers.Queue")

_FIRST_WAIT = 0.1
_POISON_WAIT = 2.0


class QueuePump:
    """Delivers one queue's messages to one function.

    A message is leased for `lease` seconds (600 in Azure) and renewed at half of that while the
    function runs. A function that raises gives it back after `visibilityTimeout`; after
    `maxDequeueCount` tries it goes to `{queue}-poison`. A process that dies gives nothing back:
    the message comes again when its lease is over. A poison queue has no poison queue of its own:
    what fails there stays leased.
    """

    def __init__(
        self,
        function: QueueFunction,
        host: HostFile,
        workers: Executor,
        lease: float,
        max_wait: float,
        overrun: Callable[[str], None],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._function = function
        self._host = host
        self._workers = workers
        self._lease = lease
        if self._is_poison:
            # looked at less often: what is there has waited for a long time already, and the looks
            # of this host, unlike those of the real one, take the app's processor time
            max_wait = max(max_wait, _POISON_WAIT)
        self._max_wait = min(host.max_polling_seconds, max_wait)
        self._overrun = overrun
        self._ended = ended
        self._woken = False
        try:
            self._queue = QueueClient.from_connection_string(function.connection, function.queue)
        except ValueError as error:
            raise HostError(f"{function.name}: {error}") from None
        self._look = QueueLook(self._queue)
        self._running = 0
        self._at_work = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def start(self) -> None:
        """Make the queue where it is missing, and start polling."""
        try:
            with contextlib.suppress(ResourceExistsError):
                self._queue.create_queue()
        except (AzureError, ValueError) as error:
            name = self._function.queue
            raise HostError(f"queue {name} can't be made: {type(error).__name__}") from None
        self._thread.start()

    def stop(self) -> None:
        """Take no more messages; those that run go on."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def wake(self) -> None:
        """Look at the queue soon: a function has ended, and may have sent something.

        Poison queues are left alone. The real host can't know; here an app is not to seem slow
        because nobody has looked.
        """
        if self._is_poison:
            return
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    @property
    def at_work(self) -> bool:
        """Tell whether a message of the queue is being worked on."""
        return self._at_work > 0

    def drained(self, seconds: float) -> bool:
        """After `stop`, wait until nothing runs any more, `seconds` at most."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._running == 0, seconds)
        if done:
            self._look.close()
            self._queue.close()
        return done

    def _poll(self) -> None:
        pause = _FIRST_WAIT
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._stopping or self._running <= self._host.new_batch_threshold
                )
                if self._stopping:
                    return
                self._running += 1  # the fetch itself, so that a stop waits for it
            messages = self._fetch()
            with self._changed:
                self._running += len(messages) - 1
                self._at_work += len(messages)
                self._changed.notify_all()
            for message in messages:
                threading.Thread(target=self._process, args=(message,), daemon=True).start()
            if messages:
                pause = _FIRST_WAIT
                continue
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._woken, pause)
                self._woken = False
            pause = min(pause * 1.5, self._max_wait)

    def _fetch(self) -> list[StoredMessage]:
        if not self._look.may_hold_messages():
            return []
        size = self._host.batch_size
        try:
            pages = self._queue.receive_messages(
                messages_per_page=size,
                max_messages=size,
                visibility_timeout=max(1, round(self._lease)),
            )
            return list(next(pages.by_page(), ()))
        except AzureError as error:
            logger.warning("queue %s can't be read: %s", self._function.queue, type(error).__name__)
            return []

    def _process(self, message: StoredMessage) -> None:
        try:
            self._deliver(message)
        except (AzureError, CancelledError) as error:
            # the lease is lost; the message comes again and the function has to bear it
            logger.warning("message %s was not settled: %s", message.id, type(error).__name__)
        finally:
            with self._changed:
                self._running -= 1
                self._at_work -= 1
                self._changed.notify_all()
            self._ended()

    def _deliver(self, message: StoredMessage) -> None:
        if (message.dequeue_count or 0) > self._host.max_dequeue_count:
            # whoever ran it before died with it every time
            self._give_up(message)
            return
        try:
            body = self._decoded(message)
        except (binascii.Error, ValueError):
            logger.error("message %s is not Base64", message.id)
            if not self._is_poison:
                self._to_poison(message)
            return
        receipt = _Receipt(self._queue, message, self._lease)
        call = self._workers.submit(
            self._function.call, **{self._function.argument: _as_given(message, body)}
        )
        deadline = time.monotonic() + self._host.function_timeout
        while not wait({call}, min(receipt.pause(), deadline - time.monotonic())).done:
            if time.monotonic() >= deadline:
                self._overrun(self._function.name)
            receipt.renew_if_due()
        error = call.exception()
        if error is None:
            self._queue.delete_message(message.id, receipt.newest)
            return
        logger.error("function %s failed", self._function.name, exc_info=error)
        if self._is_poison:
            return  # stays leased, and comes again when its lease is over
        if (message.dequeue_count or 0) >= self._host.max_dequeue_count:
            message.pop_receipt = receipt.newest
            self._give_up(message)
            return
        self._queue.update_message(
            message.id, receipt.newest, visibility_timeout=round(self._host.retry_seconds)
        )

    def _decoded(self, message: StoredMessage) -> bytes:
        content = str(message.content)
        if not self._host.base64:
            return content.encode()
        return base64.b64decode(content, validate=True)

    @property
    def _is_poison(self) -> bool:
        return self._function.queue.endswith("-poison")

    def _give_up(self, message: StoredMessage) -> None:
        """Move a message that failed too often; a poison queue has none of its own."""
        if self._is_poison:
            return  # stays leased, and comes again when its lease is over
        logger.error(
            "Message has reached MaxDequeueCount of %d. Moving message to queue '%s-poison'.",
            self._host.max_dequeue_count,
            self._function.queue,
        )
        self._to_poison(message)

    def _to_poison(self, message: StoredMessage) -> None:
        name = f"{self._function.queue}-poison"
        with QueueClient.from_connection_string(self._function.connection, name) as poison:
            with contextlib.suppress(ResourceExistsError):
                poison.create_queue()
            poison.send_message(message.content, time_to_live=-1)
        self._queue.delete_message(message.id, message.pop_receipt)


class _Receipt:
    """The newest pop receipt of a running message, renewed at half of the lease."""

    def __init__(self, queue: QueueClient, message: StoredMessage, lease: float) -> None:
        self._queue = queue
        self._message = message
        self._lease = lease
        self._renew_at = time.monotonic() + lease / 2
        self.newest = str(message.pop_receipt)

    def pause(self) -> float:
        """Give the seconds until the lease is to be renewed."""
        return max(0.0, self._renew_at - time.monotonic())

    def renew_if_due(self) -> None:
        """Renew the lease where half of it is over; a lost lease is logged, no more."""
        if time.monotonic() < self._renew_at:
            return
        self._renew_at = time.monotonic() + self._lease / 2
        try:
            renewed = self._queue.update_message(
                self._message.id, self.newest, visibility_timeout=max(1, round(self._lease))
            )
            self.newest = str(renewed.pop_receipt)
        except AzureError as error:
            logger.warning(
                "message %s: lease not renewed: %s", self._message.id, type(error).__name__
            )


def _as_given(message: StoredMessage, body: bytes) -> Any:
    return QueueMessage(  # type: ignore[no-untyped-call]
        id=message.id,
        body=body,
        dequeue_count=message.dequeue_count,
        expiration_time=message.expires_on,
        insertion_time=message.inserted_on,
        time_next_visible=message.next_visible_on,
        pop_receipt=message.pop_receipt,
    )
