"""What the tests of infra/ share: the compiler, and each parameter set's resources."""

import os

import pytest

from tests.infra.compiler import command, predict_all
from tests.infra.deployment import Deployment, deployment


@pytest.fixture(scope="session")
def compiler() -> tuple[str, ...]:
    found = command()
    if found is None:
        said = "there is no Bicep compiler: put `bicep` on the PATH, or run `az bicep install`"
        if os.environ.get("DSR_NEEDS_BICEP"):
            pytest.fail(said)
        pytest.skip(said)
    return found


@pytest.fixture(scope="session")
def predicted(compiler: tuple[str, ...]) -> dict[str, str]:
    """What each parameter set makes by the files as they are now."""
    return predict_all()


@pytest.fixture
def made(request: pytest.FixtureRequest) -> Deployment:
    return deployment(request.param)
