"""Code: every version is an asset, with the files that were uploaded. Its lists know no archive."""

from typing import Final

from dsr.model.asset import Kind
from dsr.services.asset_kind import Eraser
from dsr.services.azureml.endpoints import users_of
from dsr.services.azureml.left_by_versions import left_by
from dsr.services.azureml.versions import Versioned, kind_of

CODE: Final = Versioned(
    Kind("code", batch=16, folder=True),
    "codes",
    "code version",
    texts=("codeUri",),
    address="codeUri",
    archives=False,
)

KIND: Final = kind_of(
    CODE,
    Eraser(stage=5, delete=CODE.delete, is_there=CODE.is_there, left_behind=left_by(CODE)),
    users_of("codes"),
)
