"""Environments: every version is an asset; curated ones are Microsoft's own."""

from typing import Final

from dsr.model.asset import Kind
from dsr.services.asset_kind import Eraser
from dsr.services.azureml.endpoints import users_of
from dsr.services.azureml.versions import Versioned, kind_of

ENVIRONMENTS: Final = Versioned(
    Kind("environment", batch=128), "environments", "environment", texts=("image", "condaFile")
)

KIND: Final = kind_of(
    ENVIRONMENTS,
    Eraser(stage=4, delete=ENVIRONMENTS.delete, is_there=ENVIRONMENTS.is_there),
    users_of("environments"),
)
