"""Experiments of Studio (classic): graph, parameters, annotations, earlier runs, outputs, logs."""

from collections.abc import Iterator
from typing import Any, Final

from dsr.errors import Absent
from dsr.model.asset import Asset, Kind
from dsr.services.studio.client import StudioClient, has_location
from dsr.services.studio.fields import get, named, text
from dsr.usecases.connector import Content, Document, File, Missing

KIND: Final = Kind("experiment", batch=16, folder=True)

_MAX_RUNS: Final = 1000


def assets(client: StudioClient, workspace_id: str) -> Iterator[Asset]:
    """List experiments, each by its newest version, Microsoft's samples included."""
    for item in client.many("experiments", "list experiments"):
        yield to_asset(item, workspace_id)


def to_asset(item: Any, workspace_id: str) -> Asset:
    """Read one entry of the list; an entry that can't be read has the id ""."""
    asset_id = text(item, "ExperimentId")
    name = text(item, "Description") or asset_id
    return Asset(
        kind=KIND.name,
        id=asset_id,
        name=name,
        file_name=name,
        owners=named(item, "Creator"),
        texts=named(item, "Description", "Summary", "Tags"),
        builtin=not asset_id.startswith(workspace_id + ".") and bool(asset_id),
    )


def read(client: StudioClient, asset_id: str, include_data: bool) -> Iterator[File]:
    """Give the experiment with its annotations, then each run's outputs, newest run first."""
    payload = client.one(f"experiments/{asset_id}", "read experiment")
    yield Document("experiment.json", payload)
    annotations = list(client.many(f"experiments/{asset_id}/annotations", "list annotations"))
    if annotations:
        yield Document("annotations.json", annotations)
    if include_data:
        yield from _outputs(client, asset_id, payload, "")
    yield from _earlier_runs(client, asset_id, payload, include_data)


def _earlier_runs(
    client: StudioClient, asset_id: str, payload: dict[str, Any], include_data: bool
) -> Iterator[File]:
    """Follow the chain of parents, each of which is the run before."""
    seen = {asset_id, text(payload, "RunId")}
    parent = text(payload, "ParentExperimentId")
    for number in range(1, _MAX_RUNS + 1):
        if not parent or parent in seen:
            return
        seen.add(parent)
        folder = f"earlier-{number}/"
        try:
            run = client.one(f"experiments/{parent}", "read earlier run")
        except Absent:
            yield Missing(
                folder + "run.json",
                "an earlier run that the experiment refers to is no longer there",
                ("Nothing can be done: the service holds no more of this run.",),
            )
            return
        yield Document(folder + "run.json", run)
        if include_data:
            yield from _outputs(client, parent, run, folder)
        parent = text(run, "ParentExperimentId")
    if parent and parent not in seen:
        yield Missing(
            "earlier-runs",
            f"the experiment has more than {_MAX_RUNS} earlier runs",
            ("Open the experiment in Studio (classic) and export its older runs by hand.",),
        )


def _outputs(
    client: StudioClient, experiment_id: str, payload: dict[str, Any], folder: str
) -> Iterator[File]:
    """Give what a run's nodes wrote: outputs, what describes them, and the two logs."""
    endpoints = _endpoints(payload)
    for key, (name, endpoint) in endpoints.items():
        known = [endpoint]

        def locate(key: tuple[str, ...] = key, known: list[Any] = known) -> Any:
            # the location just read is good for the first try; later ones need a fresh SAS
            if known:
                return known.pop()
            fresh = client.one(f"experiments/{experiment_id}", "read experiment")
            return _endpoints(fresh).get(key, ("", None))[1]

        yield Content(folder + name, client.source(locate, "download run output"))


def _endpoints(payload: dict[str, Any]) -> dict[tuple[str, ...], tuple[str, Any]]:
    """Give every endpoint object of a run by what identifies it, with a name for its file."""
    found: dict[tuple[str, ...], tuple[str, Any]] = {}
    for status in get(payload, "NodeStatuses") or ():
        node = text(status, "NodeId")
        label = f"node-{node.rsplit('-', 1)[-1]}"
        for log in ("StandardOut", "StandardError"):
            endpoint = get(status, f"{log}Endpoint")
            if has_location(endpoint):
                name = "stdout" if log == "StandardOut" else "stderr"
                found[node, log] = (f"{label} {name}.txt", endpoint)
        for endpoint in get(status, "OutputEndpoints") or ():
            if has_location(endpoint):
                port = text(endpoint, "Name")
                found[node, "output", port] = (f"{label} {port or 'output'}", endpoint)
        described = get(status, "MetadataOutputEndpoints") or {}
        for port, members in described.items():
            for member in members or ():
                endpoint, key = get(member, "Value"), text(member, "Key")
                if has_location(endpoint):
                    found[node, "about", port, key] = (f"{label} {port} {key}.json", endpoint)
    return found
