"""Fixtures that several levels of tests share."""

from collections.abc import Iterator

import pytest

from sandbox.azurite import Azurite


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """One Azurite for the whole session; tests use containers and ids of their own."""
    with Azurite() as running:
        yield running
