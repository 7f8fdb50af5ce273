"""Models: every version is an asset, with the files that it leads to."""

from typing import Final

from dsr.model.asset import Kind
from dsr.services.asset_kind import Eraser
from dsr.services.azureml.endpoints import users_of
from dsr.services.azureml.left_by_versions import left_by
from dsr.services.azureml.people import of_models
from dsr.services.azureml.versions import Versioned, kind_of

MODELS: Final = Versioned(
    Kind("model", batch=16, folder=True),
    "models",
    "model",
    texts=("modelUri", "jobName"),
    address="modelUri",
    people=of_models,
)

KIND: Final = kind_of(
    MODELS,
    Eraser(stage=2, delete=MODELS.delete, is_there=MODELS.is_there, left_behind=left_by(MODELS)),
    users_of("models"),
)
