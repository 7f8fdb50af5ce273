"""Signatures that read a whole container of a workspace's account."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs

import pytest
from azure.storage.blob import UserDelegationKey

from dsr.storage.links import ContainerTokens

START = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Client:
    """Signs by its key, or by one that it is given to sign with."""

    account_name = "st"

    def __init__(self, key: str | None = None) -> None:
        self.credential = SimpleNamespace(account_key=key) if key else object()
        self.keys = 0

    def get_user_delegation_key(self, start: datetime, until: datetime) -> UserDelegationKey:
        self.keys += 1
        made = UserDelegationKey()
        made.signed_oid = made.signed_tid = "11111111-2222-3333-4444-555555555555"
        made.signed_start, made.signed_expiry = (f"{t:%Y-%m-%dT%H:%M:%SZ}" for t in (start, until))
        made.signed_service, made.signed_version = "b", "2021-12-02"
        made.value = "a2V5"
        return made


class Rig:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.now = START
        self.tokens = ContainerTokens(cast(Any, lambda: client), lambda: self.now)


@pytest.mark.parametrize("key", ["a2V5", None])
def test_a_signature_reads_one_container_for_an_hour_and_no_more(key: str | None):
    told = parse_qs(Rig(Client(key)).tokens.token("azureml"))
    assert (told["sr"], told["sp"], told["se"]) == (["c"], ["r"], ["2026-11-28T13:00:00Z"])


def test_one_serves_a_container_for_half_an_hour():
    rig = Rig(Client())
    first = rig.tokens.token("one")
    rig.now += timedelta(minutes=30)
    assert rig.tokens.token("one") == first
    assert rig.tokens.token("two") != first
    assert rig.client.keys == 2
    rig.now += timedelta(seconds=1)
    assert rig.tokens.token("one") != first
    assert rig.client.keys == 3
