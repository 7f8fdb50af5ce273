"""The probes over a real account: what is there, what is not there yet, what is refused or away."""

import base64
import time
import uuid
from collections.abc import Callable

import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from dsr.errors import StorageAway
from dsr.storage import probes
from sandbox.azurite import Azurite, connection_string, free_ports

Make = Callable[[str, str], probes.Probe]


def of_container(account: str, name: str) -> probes.Probe:
    return probes.container(BlobServiceClient.from_connection_string(account), name)


def of_queue(account: str, name: str) -> probes.Probe:
    return probes.queue(QueueServiceClient.from_connection_string(account), name)


BOTH = pytest.mark.parametrize("make", [of_container, of_queue])


@BOTH
def test_a_part_is_readable_whether_it_is_there_or_not_yet(azurite: Azurite, make: Make) -> None:
    name, account = f"p-{uuid.uuid4()}", azurite.connection_string
    found = {"before": make(account, name)}
    BlobServiceClient.from_connection_string(account).create_container(name)
    QueueServiceClient.from_connection_string(account).create_queue(name)
    found["after"] = make(account, name)
    assert probes.AccountProbes(found).look() == {"before": "", "after": ""}


@BOTH
def test_a_wrong_key_is_refused_and_not_told(azurite: Azurite, make: Make) -> None:
    key = base64.b64encode(b"another key of this account").decode()
    head, _, rest = azurite.connection_string.partition("AccountKey=")
    wrong = f"{head}AccountKey={key};{rest.partition(';')[2]}"
    with pytest.raises(StorageAway, match=r"^the data account answers 403; ") as caught:
        make(wrong, "any")()
    assert key not in str(caught.value)


@BOTH
def test_an_account_that_is_away_is_told_at_once_without_trying_again(make: Make) -> None:
    blob, queue = free_ports(2)
    started = time.monotonic()
    with pytest.raises(StorageAway, match=r"can't be reached \(ServiceRequestError\)"):
        make(connection_string(blob, queue), "any")()
    assert time.monotonic() - started < 10  # the library's own tries take half a minute
