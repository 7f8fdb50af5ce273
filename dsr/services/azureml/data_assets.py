"""Data assets: every version is an asset; its bytes lie in the customer's storage.

Microsoft's article says that deleting a data asset is by design not supported, while ARM's
specification has the route: so a request has to say that it wants data assets deleted.
"""

from typing import Final

from dsr.model.asset import Kind
from dsr.services.asset_kind import Eraser
from dsr.services.azureml.left_by_versions import left_by
from dsr.services.azureml.people import of_data
from dsr.services.azureml.versions import Versioned, kind_of

FLAG: Final = "delete_data_assets"
"""The field of a request's scope without which no data asset is deleted."""

DATA: Final = Versioned(
    Kind("data", batch=16, folder=True, flag=FLAG),
    "data",
    "data asset",
    texts=("dataUri",),
    address="dataUri",
    people=of_data,
)

KIND: Final = kind_of(
    DATA,
    Eraser(stage=6, delete=DATA.delete, is_there=DATA.is_there, left_behind=left_by(DATA)),
)
