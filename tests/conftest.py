"""Fixtures that several levels of tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azurite import Azurite
from sandbox.stack import Stack


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """One Azurite for the whole session; tests use containers and ids of their own."""
    with Azurite() as running:
        yield running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole sandbox with its sample workspaces; tests use requests of their own."""
    log: Path = tmp_path_factory.mktemp("stack") / "host.log"
    with Stack(log=log, max_poll=0.7, extra_settings={"DSR_RETRY_SECONDS": "0"}) as running:
        yield running
