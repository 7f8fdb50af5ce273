"""Experiments of Studio (classic): graph, parameters, annotations, earlier runs, outputs, logs."""

import re
from collections.abc import Iterator
from typing import Any, Final

from dsr.errors import Absent
from dsr.model.asset import Asset, Kind
from dsr.services.asset_kind import Eraser, listed_whole
from dsr.services.fields import get, named, state_of, text
from dsr.services.located import LocatedSource
from dsr.services.studio.client import not_own
from dsr.services.studio.location import endpoint_url, has_location
from dsr.services.studio.promotions import linked
from dsr.services.studio.workspace import StudioWorkspace
from dsr.usecases.connector import Asked, Content, Document, File, Leftover, Missing

_KIND: Final = Kind("experiment", batch=16, folder=True)

_MAX_RUNS: Final = 1000
_CURRENT: Final = re.compile(r"f-id\.[0-9a-f]{32}")
"""An experiment's id within its workspace; those of earlier runs are of the form `s-id`."""
_STATE: Final = (
    "ExperimentId",
    "RunId",
    "ParentExperimentId",
    "Etag",
    "Description",
    "Summary",
    "Creator",
    "Tags",
    "Category",
)
"""What is another one once the experiment was saved or run again."""


def assets(workspace: StudioWorkspace) -> Iterator[Asset]:
    """List experiments, each by its newest version, Microsoft's samples included."""
    for item in workspace.studio.many("experiments", "list experiments"):
        yield _to_asset(item, workspace)


def _to_asset(item: Any, workspace: StudioWorkspace) -> Asset:
    """Read one entry of the list; an entry that can't be read has the id ""."""
    asset_id = text(item, "ExperimentId")
    name = text(item, "Description") or asset_id
    return Asset(
        kind=_KIND.name,
        id=asset_id,
        name=name,
        file_name=name,
        owners=named(item, "Creator"),
        texts=named(item, "Description", "Summary", "Tags"),
        builtin=workspace.is_builtin(asset_id),
        state=state_of(item, *_STATE, more=text(get(item, "Status"), "StatusCode")),
    )


def read(
    workspace: StudioWorkspace, asset_id: str, listed: Any, include_data: bool
) -> Iterator[File]:
    """Give the experiment with its annotations, then each run's outputs, newest run first."""
    path = f"experiments/{asset_id}"
    payload = workspace.studio.one(path, "read experiment")
    yield Document("experiment.json", payload)
    annotations = list(workspace.studio.many(f"{path}/annotations", "list annotations"))
    if annotations:
        yield Document("annotations.json", annotations)
    if _defines_service(payload):
        what = "read web service definition"
        definition = workspace.studio.one(f"{path}/webservicedefinition", what)
        yield Document("web-service-definition.json", definition)
    if include_data:
        yield from _outputs(workspace, asset_id, payload, "")
    yield from _earlier_runs(workspace, asset_id, payload, include_data)


def _defines_service(payload: dict[str, Any]) -> bool:
    """Tell whether the experiment has a web service's definition: only finished ones have."""
    finished = text(get(payload, "Status"), "StatusCode") == "Finished"
    return finished and get(get(payload, "WebService"), "IsWebServiceExperiment") is True


def _earlier_runs(
    workspace: StudioWorkspace, asset_id: str, payload: dict[str, Any], include_data: bool
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
            run = workspace.studio.one(f"experiments/{parent}", "read earlier run")
        except Absent:
            yield Missing(
                folder + "run.json",
                "an earlier run that the experiment refers to is no longer there",
                ("Nothing can be done: the service holds no more of this run.",),
            )
            return
        yield Document(folder + "run.json", run)
        if include_data:
            yield from _outputs(workspace, parent, run, folder)
        parent = text(run, "ParentExperimentId")
    if parent and parent not in seen:
        yield Missing(
            "earlier-runs",
            f"the experiment has more than {_MAX_RUNS} earlier runs",
            ("Open the experiment in Studio (classic) and export its older runs by hand.",),
        )


def _outputs(
    workspace: StudioWorkspace, experiment_id: str, payload: dict[str, Any], folder: str
) -> Iterator[File]:
    """Give what a run's nodes wrote: outputs, what describes them, and the two logs."""
    for key, (name, endpoint) in _endpoints(payload).items():
        source = output_source(workspace, experiment_id, key, endpoint)
        yield Content(folder + name, source)


def output_source(
    workspace: StudioWorkspace, experiment_id: str, key: tuple[str, ...], endpoint: Any
) -> LocatedSource:
    """Give the bytes of one output of a run, whose endpoint object was just read."""

    def locate() -> str | None:
        fresh = workspace.studio.one(f"experiments/{experiment_id}", "read experiment")
        return endpoint_url(_endpoints(fresh).get(key, ("", None))[1])

    return workspace.source(locate, "download run output", endpoint_url(endpoint))


def node_output(
    workspace: StudioWorkspace, experiment_id: str, node: str, port: str
) -> LocatedSource | None:
    """Give what a port of a node gave in an experiment's run; None where there is nothing."""
    payload = workspace.studio.one(f"experiments/{experiment_id}", "read experiment")
    key = (node, "output", port)
    found = _endpoints(payload).get(key)
    return None if found is None else output_source(workspace, experiment_id, key, found[1])


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


def delete(workspace: StudioWorkspace, experiment_id: str) -> Asked:
    """Delete an experiment with its earlier runs, as azuremlps does."""
    what = "delete experiment"
    own = workspace.is_own(experiment_id)
    if not own or not _CURRENT.fullmatch(experiment_id.partition(".")[2]):
        raise not_own(what)
    names = ("experiments", experiment_id)
    return Asked(workspace.studio.delete(names, what, "deleteAncestors=true"))


def left_behind(workspace: StudioWorkspace, experiment_id: str) -> tuple[Leftover, ...]:
    """Give the blobs of outputs and logs that nothing else leads to, all runs of it included."""
    if workspace.storage is None:
        return ()
    payload = workspace.studio.named(("experiments", experiment_id), "read experiment")
    others, key = linked(workspace), _key(experiment_id)
    endpoints = [
        endpoint
        for run in _own_runs(workspace, key, payload)
        for place, (_, endpoint) in _endpoints(run).items()
        if (key, place[0].lower(), *place[2:3]) not in others.ports
    ]
    found = workspace.storage.named_by(*endpoints)
    return tuple(blob for blob in found if blob not in others.blobs)


def output_blobs(workspace: StudioWorkspace, experiment_id: str) -> tuple[Leftover, ...]:
    """Give the blobs that one run, or an experiment's newest one, leads to; none where it went."""
    if workspace.storage is None:
        return ()
    try:
        payload = workspace.studio.named(("experiments", experiment_id), "read experiment")
    except Absent:
        return ()
    return workspace.storage.named_by(*(place for _, place in _endpoints(payload).values()))


def _own_runs(
    workspace: StudioWorkspace, key: str, payload: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Give an experiment and its earlier runs; a parent may be a run of another experiment."""
    seen: set[str] = set()
    while True:
        yield payload
        parent = text(payload, "ParentExperimentId")
        if parent in seen or len(seen) >= _MAX_RUNS:
            return
        if not workspace.is_own(parent) or _key(parent) != key:
            return
        seen.add(parent)
        try:
            payload = workspace.studio.named(("experiments", parent), "read earlier run")
        except Absent:
            return


def _key(experiment_id: str) -> str:
    """Give the 32 digits that an experiment shares with its runs; "" where there are none."""
    parts = experiment_id.split(".")
    return parts[2].lower() if len(parts) > 2 else ""


def is_there(workspace: StudioWorkspace, experiment_id: str) -> bool:
    """Tell whether an experiment is there."""
    return workspace.studio.is_there(("experiments", experiment_id), "read experiment")


KIND: Final = listed_whole(_KIND, assets, read, Eraser(3, delete, is_there, left_behind))
