"""The local host's cheap look at a queue, over Azurite."""

from collections.abc import Iterator

import pytest
from azure.storage.queue import QueueClient

from sandbox.azurite import Azurite
from sandbox.host.queue_look import QueueLook


@pytest.fixture
def queue(azurite: Azurite) -> Iterator[QueueClient]:
    with QueueClient.from_connection_string(azurite.connection_string, "looked-at") as made:
        made.create_queue()
        yield made
        made.delete_queue()


def test_a_look_tells_whether_a_message_is_visible_and_takes_none(queue: QueueClient) -> None:
    look = QueueLook(queue)
    assert not look.may_hold_messages()
    queue.send_message("one", time_to_live=-1)
    assert look.may_hold_messages()
    (taken,) = queue.receive_messages(visibility_timeout=60)
    assert taken.dequeue_count == 1
    assert not look.may_hold_messages()
    look.close()


def test_where_the_look_itself_fails_messages_are_asked_for(queue: QueueClient) -> None:
    text = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5"
    away = f"{text};QueueEndpoint=http://127.0.0.1:9/devstoreaccount1"
    with QueueClient.from_connection_string(away, queue.queue_name) as unreachable:
        assert QueueLook(unreachable).may_hold_messages()
    with QueueClient.from_connection_string(
        f"{text};QueueEndpoint={queue.url.rsplit('/', 1)[0]}", queue.queue_name
    ) as refused:
        assert QueueLook(refused).may_hold_messages()
