"""The data plane's calls: discovery, run history, artifacts, metrics, registry, datasets.

Routes and bodies are those of the clients that azure-ai-ml 1.35.2 and azureml-mlflow 1.62.0 hold.
"""

import json
from collections.abc import Callable
from typing import Any

from sandbox.azureml.arm import has_token
from sandbox.azureml.artifacts import artifacts_answer
from sandbox.azureml.errors import history_error, registry_error
from sandbox.azureml.history import history_answer, metrics_answer
from sandbox.azureml.model import PROVIDER
from sandbox.azureml.payload_arm import discovery_payload
from sandbox.azureml.registry import datasets_answer, registry_answer
from sandbox.azureml.state import State
from sandbox.azureml.view import Run, WorkspaceView
from sandbox.loopback.exchange import Request, Response, json_response
from sandbox.loopback.faults import ErrorShape

_REGISTRIES = ("/modelregistry/", "/modelmanagement/")


def error_shape(request: Request) -> ErrorShape:
    """Give how errors look on the service that a call goes to."""
    return registry_error if request.raw_path.startswith(_REGISTRIES) else history_error


class DataPlane:
    """Answers the data plane's requests for the workspaces of a state."""

    def __init__(self, state: State, sas_seconds: Callable[[], float]) -> None:
        self._state = state
        self._sas_seconds = sas_seconds

    def answer(self, request: Request, url: str) -> Response:
        """Answer one request; `url` is the address that links lead to."""
        self._state.operations.settle()
        parts = request.path.strip("/").split("/")
        if parts == ["discovery"] and request.method == "GET":
            return json_response(json.dumps(discovery_payload(url)).encode())
        shape = error_shape(request)
        if not has_token(request):
            return shape(401, "Unauthorized", "The access token is missing or invalid.")
        found = self._workspace(parts)
        if found is None:
            return shape(404, "NotFound", "no such path or workspace")
        view, rest = found
        if view.workspace.name in self._state.behaviour.private:
            return shape(403, "Forbidden", "public network access to the workspace is disabled")
        try:
            body = json.loads(request.body) if request.body else {}
            answer = self._service(request, parts[:2], view, rest, body, url)
        except ValueError as error:
            return shape(400, "BadArgument", str(error))
        return answer or shape(404, "NotFound", "no such path, run or asset")

    def _service(
        self,
        request: Request,
        service: list[str],
        view: WorkspaceView,
        rest: list[str],
        body: dict[str, Any],
        url: str,
    ) -> Response | None:
        size = self._state.behaviour.page_size
        match service:
            case ["history", "v1.0"]:
                if "artifacts" in rest[3:]:
                    return self._run_artifacts(request, view, rest, url)
                return history_answer(request, view, rest, body, url, size)
            case ["artifact", "v2.0"] if rest[:2] == ["artifacts", "ExperimentRun"]:
                run = view.run(rest[2].removeprefix("dcid.")) if len(rest) > 2 else None
                return self._artifacts(request, view, run, rest[3:], url)
            case ["metric", "v2.0"]:
                return metrics_answer(request, view, rest, body)
            case ["modelregistry" | "modelmanagement", "v1.0"]:
                return registry_answer(request, view, rest, url, size)
            case ["data", "v1.0"]:
                return datasets_answer(request, view, rest, url, size)
        return None

    def _run_artifacts(
        self, request: Request, view: WorkspaceView, rest: list[str], url: str
    ) -> Response | None:
        """Answer `experiments/{name}/runs/{id}/artifacts…` and the same by an experiment's id."""
        match rest:
            case ["experiments" | "experimentids", _, "runs", name, "artifacts", *path]:
                return self._artifacts(request, view, view.run(name), path, url)
        return None

    def _artifacts(
        self, request: Request, view: WorkspaceView, run: Run | None, path: list[str], url: str
    ) -> Response | None:
        if run is None or request.method != "GET":
            return None
        account = self._state.accounts.get(view.workspace.storage_account)
        blob_url = self._state.blob_url(view.workspace)
        seconds = self._sas_seconds()

        def link(container: str, name: str) -> str:
            if account is None:
                return f"{blob_url}/{container}/{name}?sig=of-no-account"
            return account.link(container, name, seconds)

        return artifacts_answer(request, run, path, link, url, self._state.behaviour.page_size)

    def _workspace(self, parts: list[str]) -> tuple[WorkspaceView, list[str]] | None:
        match parts:
            case [_, _, scope, subscription, groups, group, providers, provider, kind, name, *rest]:
                words = [w.lower() for w in (scope, groups, providers, provider, kind)]
                ours = ["subscriptions", "resourcegroups", "providers", PROVIDER.lower()]
                if words != [*ours, "workspaces"]:
                    return None
                view = self._state.view(subscription, group, name)
                return None if view is None else (view, rest)
        return None
