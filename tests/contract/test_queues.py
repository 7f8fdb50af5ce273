"""The real queues over Azurite do what the use cases rely on."""

import base64
import uuid

from azure.storage.queue import QueueServiceClient

from dsr.storage.queues import AzureQueues
from sandbox.azurite import Azurite


def test_a_message_is_base64_never_expires_and_can_wait(azurite: Azurite) -> None:
    service = QueueServiceClient.from_connection_string(azurite.connection_string)
    name = f"q-{uuid.uuid4()}"
    queues = AzureQueues(service)
    queues.send(name, b'{"v":1}')  # makes the queue
    queues.send(name, b"later", delay=3600)
    seen = list(service.get_queue_client(name).receive_messages())
    assert [base64.b64decode(m.content) for m in seen] == [b'{"v":1}']
    assert seen[0].expires_on.year == 9999
    assert service.get_queue_client(name).get_queue_properties().approximate_message_count == 2
