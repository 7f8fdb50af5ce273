"""What the tests of infra/ share: the compiler, and each parameter set's resources."""

import os
from pathlib import Path

import pytest

from tests.infra.compiler import command, predict_all, run
from tests.infra.deployment import Deployment, deployment


@pytest.fixture(scope="session")
def compiler() -> Path:
    found = command()
    if found is None or run("snapshot", "--help").returncode != 0:
        said = "there is no Bicep compiler: put `bicep` on the PATH, or run `az bicep install`"
        if found is not None:
            said = "the Bicep compiler has no `bicep snapshot`: run `az bicep upgrade`"
        if os.environ.get("DSR_NEEDS_BICEP"):
            pytest.fail(said)
        pytest.skip(said)
    return found


@pytest.fixture(scope="session")
def predicted(compiler: Path) -> dict[str, str]:
    """What each parameter set makes by the files as they are now."""
    return predict_all()


@pytest.fixture
def made(request: pytest.FixtureRequest) -> Deployment:
    return deployment(request.param)
