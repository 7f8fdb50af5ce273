"""The metrics of a run, with every value that was logged.

Source: `_restclient/runhistory` of PyPI azure-ai-ml 1.35.2: POST `runs/{id}/list` (`ListMetrics`,
answers `PaginatedMetricDefinitionList`) and POST `runs/{id}/full`
(`RetrieveFullFidelityMetricRequest`, answers `MetricV2`), both of `metric/v2.0`.
"""

from collections.abc import Iterator
from typing import Any

from dsr.errors import Absent, Unavailable, Unusable
from dsr.services.azureml.data_plane import METRIC, DataPlane
from dsr.services.fields import get, text


def metrics_of(plane: DataPlane, run_id: str) -> list[dict[str, Any]]:
    """Give a run's metrics, each with all its values; empty where there are none."""
    found = []
    try:
        for definition in _pages(plane, run_id, "list", {}, "list metrics"):
            key = get(definition, "metricKey")
            name = text(key, "name")
            if not name:
                continue
            asked = {"metricName": name}
            if namespace := text(key, "namespace"):
                asked["metricNamespace"] = namespace
            values = list(_pages(plane, run_id, "full", asked, "read metric"))
            found.append({"definition": definition, "values": values})
    except Absent:  # nothing was ever logged
        return found
    return found


def _pages(
    plane: DataPlane, run_id: str, action: str, body: dict[str, str], what: str
) -> Iterator[dict[str, Any]]:
    """Give the members of `value`, page after page; the token goes into the next body."""
    following = ""
    while True:
        asked = {**body, **({"continuationToken": following} if following else {})}
        answer = plane.post(METRIC, ("runs", run_id, action), asked, what)
        value = answer.get("value")
        if value is not None and not isinstance(value, list):
            raise Unavailable(f"{what} answered with something else than a list")
        yield from (item for item in value or () if isinstance(item, dict))
        before, following = following, text(answer, "continuationToken")
        if not following:
            return
        if following == before:
            raise Unusable(f"{what} gives the same page again and again")
