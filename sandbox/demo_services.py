"""What the services themselves list, asked without the app: before a delete and after it."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol

import requests

from sandbox.azureml.arm import DEVELOPMENT_TOKEN
from sandbox.azureml.model import ARTIFACTS, MlWorkspace
from sandbox.stack import Stack
from sandbox.studio.application import TOKEN_HEADER
from sandbox.studio.identifiers import GLOBAL_WORKSPACE_ID

Entry = dict[str, Any]
STUDIO: Final = "Studio itself, asked without the app, for datasets and experiments:"
AZUREML: Final = "Azure Machine Learning itself, asked without the app, for everything that it has:"
_LISTS: Final = {"dataset": "datasources", "experiment": "experiments"}
_VERSIONED: Final = {
    "model": "models",
    "data": "data",
    "environment": "environments",
    "component": "components",
    "code": "codes",
    "featureset": "featuresets",
}
_PLAIN: Final = {
    "job": "jobs",
    "schedule": "schedules",
    "online_endpoint": "onlineEndpoints",
    "batch_endpoint": "batchEndpoints",
    "compute": "computes",
    "datastore": "datastores",
    "connection": "connections",
}
_VERSION: Final = "2025-12-01"


class Service(Protocol):
    """A service at one time: the assets that it lists, and those of them that are Microsoft's."""

    title: str
    listed: set[str]
    samples: set[str]

    def has(self, asset: str) -> bool:
        """Tell whether the service lists an asset, or still gives it by its id."""


class Studio:
    """Studio (classic): datasets and experiments, by asset."""

    def __init__(self, stack: Stack) -> None:
        self.title = STUDIO
        self._headers = {}
        self._urls = {}
        self.listed: set[str] = set()
        for workspace in stack.studio.workspaces.values():
            name = workspace.name
            self._headers[name] = {TOKEN_HEADER: workspace.primary_token}
            self._urls[name] = f"{stack.studio.url}/api/workspaces/{workspace.workspace_id}"
            for kind, path in _LISTS.items():
                answer = self._get(name, path)
                answer.raise_for_status()
                key = "Id" if kind == "dataset" else "ExperimentId"
                self.listed |= {f"{name}/{kind}:{item[key]}" for item in answer.json()}
        self.samples = {a for a in self.listed if f":{GLOBAL_WORKSPACE_ID}" in a}

    def has(self, asset: str) -> bool:
        """Tell whether Studio lists an asset, or still gives it by its id."""
        name, kind, asset_id = _parts(asset)
        return asset in self.listed or _is_there(self._get(name, f"{_LISTS[kind]}/{asset_id}"))

    def _get(self, name: str, path: str) -> requests.Response:
        url = f"{self._urls[name]}/{path}"
        return requests.get(url, headers=self._headers[name], timeout=30)


class AzureMl:
    """Azure Machine Learning: every kind, archived items too, and the blobs of its accounts."""

    def __init__(self, stack: Stack) -> None:
        self.title = AZUREML
        self._arm = stack.arm.url
        self._ids = {name: w.arm_id for name, w in stack.azureml.workspaces.items()}
        self.listed: set[str] = set()
        self.samples: set[str] = set()
        self.blobs: dict[str, set[str]] = {}
        for name, workspace in stack.azureml.workspaces.items():
            for kind, path in _PLAIN.items():
                self._note(name, kind, ((i["name"], i) for i in self._all(name, path)))
            for kind, path in _VERSIONED.items():
                self._note(name, kind, self._versions(name, path))
            self.blobs[name] = _blobs(stack, workspace)

    def has(self, asset: str) -> bool:
        """Tell whether the service lists an asset, or still gives it by its id."""
        name, kind, asset_id = _parts(asset)
        if kind in _PLAIN:
            path = f"{_PLAIN[kind]}/{asset_id}"
        else:
            container, _, version = asset_id.rpartition(":")
            path = f"{_VERSIONED[kind]}/{container}/versions/{version}"
        return asset in self.listed or _is_there(self._get(self._url(name, path)))

    def _versions(self, name: str, path: str) -> Iterator[tuple[str, Entry]]:
        for container in self._all(name, path):
            for version in self._all(name, f"{path}/{container['name']}/versions"):
                yield f"{container['name']}:{version['name']}", version

    def _note(self, name: str, kind: str, found: Iterable[tuple[str, Entry]]) -> None:
        for asset_id, item in found:
            asset = f"{name}/{kind}:{asset_id}"
            self.listed.add(asset)
            if item.get("systemData", {}).get("createdBy") == "Microsoft":
                self.samples.add(asset)

    def _all(self, name: str, path: str) -> Iterator[Entry]:
        url: str | None = self._url(name, path) + "&listViewType=All"
        while url:
            answer = self._get(url)
            answer.raise_for_status()
            page = answer.json()
            yield from page["value"]
            url = page.get("nextLink")

    def _url(self, name: str, path: str) -> str:
        return f"{self._arm}{self._ids[name]}/{path}?api-version={_VERSION}"

    def _get(self, url: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {DEVELOPMENT_TOKEN}"}
        return requests.get(url, headers=headers, timeout=30)


def service_lines(before: Service, after: Service, results: list[Entry]) -> tuple[list[str], bool]:
    """Compare what a service lists with the results; give lines, and whether the two agree."""
    named = {r["asset"] for r in results}
    workspaces = {a.partition("/")[0] for a in before.listed}
    deleted = [
        r
        for r in results
        if r["outcome"] == "deleted" and r["asset"].partition("/")[0] in workspaces
    ]
    gone = [r for r in deleted if not after.has(r["asset"])]
    by_hand = {r["asset"] for r in results if r["outcome"] == "manual"} & before.listed
    others = before.listed - before.samples - named
    lines = [
        before.title,
        f"  gone: {names(gone)}",
        f"  still there: {len(before.samples & after.listed)} of {len(before.samples)}"
        " samples of Microsoft's",
        f"  still there: {len(others & after.listed)} of {len(others)} that are other people's,"
        " or nobody's known",
    ]
    if by_hand:
        lines.append(f"  still there, for somebody to do by hand: {_ids(by_hand & after.listed)}")
    kept = before.listed - {r["asset"] for r in deleted}
    return lines, len(gone) == len(deleted) and after.listed == kept


def blob_lines(
    stack: Stack, before: AzureMl, after: AzureMl, results: list[Entry]
) -> tuple[list[str], bool]:
    """Compare the blobs of deleted jobs' runs with all others; give lines, and whether it fits."""
    going = {r["asset"] for r in results if r["outcome"] == "deleted"}
    lines, fits = [], True
    for name, workspace in stack.azureml.workspaces.items():
        runs = {
            run.name
            for job in workspace.jobs
            if f"{name}/job:{job.name}" in going
            for run in job.family()
        }
        theirs = {b for b in before.blobs[name] if _run(b) in runs}
        others = before.blobs[name] - theirs
        left, kept = theirs & after.blobs[name], others & after.blobs[name]
        lines += [
            f"  blobs of the {len(runs)} runs of those jobs: {len(theirs)} before, {len(left)} now",
            f"  still there: {len(kept)} of {len(others)} other blobs of {name}'s storage account",
        ]
        fits = fits and not left and kept == others
    return lines, fits


def names(found: Iterable[Entry]) -> str:
    """Give the names of entries, each once."""
    return ", ".join(sorted({e["name"] for e in found}))


def _ids(assets: Iterable[str]) -> str:
    return ", ".join(sorted(f"{kind} {asset_id}" for _, kind, asset_id in map(_parts, assets)))


def _parts(asset: str) -> tuple[str, str, str]:
    """Give workspace, kind and id of `workspace/kind:id`."""
    name, _, rest = asset.partition("/")
    kind, _, asset_id = rest.partition(":")
    return name, kind, asset_id


def _is_there(answer: requests.Response) -> bool:
    if answer.status_code not in (200, 404):
        answer.raise_for_status()
    return answer.status_code == 200


def _blobs(stack: Stack, workspace: MlWorkspace) -> set[str]:
    account = stack.azureml.account(workspace)
    return {
        f"{container}/{name}"
        for container in (ARTIFACTS, workspace.blobstore)
        for name in account.names(container)
    }


def _run(blob: str) -> str:
    """Give the run that a blob is of, "" where it is none's."""
    _, found, rest = blob.partition("/dcid.")
    return rest.partition("/")[0].removesuffix(".zip") if found else ""
