"""Feature sets of a feature store: every version is an asset.

Source: the ARM specification alone; no recorded answer is known.
"""

from typing import Final

from dsr.model.asset import Kind
from dsr.services.azureml.versions import Versioned, kind_of

FEATURESETS: Final = Versioned(
    Kind("featureset", batch=128), "featuresets", "feature set", texts=("entities", "specification")
)

KIND: Final = kind_of(FEATURESETS)
