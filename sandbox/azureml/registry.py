"""The model registry and the dataset service: assets with a creator that has an object id."""

from typing import Any
from urllib.parse import quote

from sandbox.azureml.model import Version
from sandbox.azureml.paging import cut
from sandbox.azureml.payload_registry import (
    data_container_payload,
    data_version_payload,
    model_payload,
)
from sandbox.azureml.view import WorkspaceView, archived_shown
from sandbox.loopback.exchange import Request, Response, json_response


def registry_answer(
    request: Request, view: WorkspaceView, rest: list[str], url: str, size: int
) -> Response | None:
    """Answer GET `models` and `models/{name}:{version}`; None where there is no such thing."""
    if request.method != "GET" or rest[:1] != ["models"] or len(rest) > 2:
        return None
    if len(rest) == 2:
        name, _, number = rest[1].rpartition(":")
        model = view.version("models", name, number)
        return None if model is None else _json(view, model_payload(view.workspace, model))
    asked = request.query
    shown = archived_shown(asked.get("listViewType"))
    only = asked.get("name")

    def listed(model: Version) -> bool:
        return (
            shown(model.archived)
            and only in (None, model.name)
            and view.removals.listed(view.version_key(model))
        )

    models = [v for v in view.workspace.versions if v.kind == "models"]
    size = min(size, int(asked.get("count") or size))
    page = cut(models, asked.get("$skipToken"), size, listed)
    body: dict[str, Any] = {
        "value": [model_payload(view.workspace, model) for model in page.items],
        "nextLink": _link(request, url, "$skipToken", page.token),
        "continuationToken": page.token,
        "nextRequest": None,
    }
    return _json(view, body)


def datasets_answer(
    request: Request, view: WorkspaceView, rest: list[str], url: str, size: int
) -> Response | None:
    """Answer GET of `datacontainer` and `dataversion`; None where there is no such thing."""
    if request.method != "GET":
        return None
    token = request.query.get("continuationToken")

    def container(name: str) -> dict[str, Any]:
        held, there = view.versions["data", name.lower()], view.there("data", name)
        return data_container_payload(view.workspace, held[0].name, held[0], there)

    match rest:
        case ["datacontainer"]:
            names = cut(view.names("data"), token, size, lambda n: view.listed("data", n))
            found = [container(name) for name in names.items]
            return _page(request, view, url, found, names.token)
        case ["datacontainer", name]:
            return None if view.first("data", name) is None else _json(view, container(name))
        case ["dataversion", name, "versions"] if view.first("data", name) is not None:
            held = view.versions["data", name.lower()]
            listed = view.removals.listed
            page = cut(held, token, size, lambda v: listed(view.version_key(v)))
            found = [data_version_payload(view.workspace, v) for v in page.items]
            return _page(request, view, url, found, page.token)
        case ["dataversion", name, "versions", number]:
            version = view.version("data", name, number)
            if version is None:
                return None
            return _json(view, data_version_payload(view.workspace, version))
    return None


def _page(
    request: Request, view: WorkspaceView, url: str, found: list[dict[str, Any]], token: str | None
) -> Response:
    link = _link(request, url, "continuationToken", token)
    return _json(view, {"value": found, "continuationToken": token, "nextLink": link})


def _link(request: Request, url: str, name: str, token: str | None) -> str | None:
    if token is None:
        return None
    kept = {k: v for k, v in request.query.items() if k != name}
    query = "".join(f"{k}={quote(v, safe='')}&" for k, v in kept.items())
    return f"{url}{request.raw_path}?{query}{name}={token}"


def _json(view: WorkspaceView, body: Any) -> Response:
    return json_response(view.render(body))
