"""Components: every version is an asset, with the whole specification that people wrote."""

from typing import Final

from dsr.model.asset import Kind
from dsr.services.asset_kind import Eraser
from dsr.services.azureml.versions import Versioned, kind_of

COMPONENTS: Final = Versioned(
    Kind("component", batch=128), "components", "component", texts=("componentSpec",)
)

KIND: Final = kind_of(
    COMPONENTS, Eraser(stage=3, delete=COMPONENTS.delete, is_there=COMPONENTS.is_there)
)
